"""A propagation's slices put together into one volume mask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from ..geometry import axis_plane, place_extent
from ..images import Volume
from .walk import SliceResult


@dataclass
class PropagatedMask:
    """A propagation's outcome.

    Attributes:
        mask: (K, J, I) bool.
        scores: predicted intersection over union of every kept slice, by slice index.
        endings: for direction +1 and -1 the slice that was refused and why; a direction that
            went on to the end of its range has none.
    """

    mask: np.ndarray
    scores: dict[int, float] = field(default_factory=dict)
    endings: dict[int, tuple[int, str]] = field(default_factory=dict)

    @property
    def slices(self) -> tuple[int, int]:
        """First and last kept slice."""
        return min(self.scores), max(self.scores)


def collect(results: Iterable[SliceResult], volume: Volume, axis: str) -> PropagatedMask:
    """Place every kept slice of `propagate(model, volume, axis, ...)` into the volume."""
    collected = PropagatedMask(np.zeros(volume.array.shape[:3], bool))
    for result in results:
        if result.refusal:
            collected.endings[result.direction] = (result.index, result.refusal)
            continue
        collected.scores[result.index] = result.score
        plane = axis_plane(volume, axis, result.index)
        slices, part = place_extent(result.mask, plane, volume)
        collected.mask[slices] |= part
    return collected
