"""A prompt on one slice, carried through the volume both ways."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import scipy

from ..default_window import default_window
from ..errors import MedSAMError, UsageError
from ..geometry import Plane, axis_plane, extract, slice_count
from ..images import Volume
from ..object_mask import ObjectMask, segment_object
from ..prompts import Prompts
from .prompting import Carrying, largest_part_touching, next_prompts
from .stopping import SliceShape, StoppingRules, refusal

if TYPE_CHECKING:
    from ..sam.predictor import SamModel

Window = tuple[float, float] | str | None


class PropagationCancelled(MedSAMError):
    """The caller's `cancelled` said stop; what was yielded before is not a whole result."""


@dataclass(frozen=True)
class PropagationOptions:
    """How to carry a mask on, and when to stop.

    Attributes:
        window: (center, width) for every slice, or "auto" for the volume's default window.
        carrying: which prompts a mask turns into.
        rules: when a direction ends.
    """

    window: Window = "auto"
    carrying: Carrying = field(default_factory=Carrying)
    rules: StoppingRules = field(default_factory=StoppingRules)


@dataclass(frozen=True)
class SliceResult:
    """What was found in one slice.

    Attributes:
        index: the slice, counted from 0 along the axis.
        direction: 0 for the prompted slice, +1 towards higher and -1 towards lower slices.
        mask: (H, W) bool in the slice's plane.
        score: predicted intersection over union, about 0..1.
        refusal: None when the mask is part of the result. Otherwise why it is not, in plain
            words; it is the last of its direction.
    """

    index: int
    direction: int
    mask: np.ndarray
    score: float
    refusal: str | None = None


def propagate(
    model: SamModel,
    volume: Volume,
    axis: str,
    index: int,
    prompts: Prompts,
    slice_range: tuple[int, int] | None = None,
    options: PropagationOptions | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Iterator[SliceResult]:
    """Segment the prompted slice, then its neighbors upwards, then downwards, one at a time.

    Only one slice's embedding is held at once. Nothing is computed before the first `next`,
    but wrong arguments are told at once.

    Args:
        model: the network.
        volume: (K, J, I) or (K, J, I, 3).
        axis: "axial", "coronal" or "sagittal".
        index: the prompted slice, counted from 0 along `axis`.
        prompts: one object, in pixels of that slice's plane.
        slice_range: first and last slice that may be visited, both included.
        options: defaults to `PropagationOptions()`.
        cancelled: asked before every slice.

    Raises:
        UsageError: for a slice, range or prompt outside the volume.
        PropagationCancelled: from the iterator, when `cancelled` answers True.
    """
    plane = axis_plane(volume, axis, index)
    first, last = visited_slices(volume, axis, index, slice_range)
    prompts = prompts.validated(plane.shape)
    options = options or PropagationOptions()
    window = default_window(volume) if options.window == "auto" else options.window
    walk = _Walk(model, volume, axis, replace(options, window=window), cancelled or _never)
    return walk.results(index, prompts, range(index + 1, last + 1), range(index - 1, first - 1, -1))


@dataclass(frozen=True)
class _Walk:
    """One propagation's collaborators; the moving state lives in the generators."""

    model: SamModel
    volume: Volume
    axis: str
    options: PropagationOptions
    cancelled: Callable[[], bool]

    def results(
        self, index: int, prompts: Prompts, upwards: range, downwards: range
    ) -> Iterator[SliceResult]:
        start = self._segment(index, prompts)
        yield SliceResult(index, 0, start.mask, start.score)
        if not start.mask.any():
            return
        yield from self._direction(index, start, upwards, +1)
        yield from self._direction(index, start, downwards, -1)

    def _direction(
        self, index: int, start: ObjectMask, indices: range, direction: int
    ) -> Iterator[SliceResult]:
        previous = start
        first_shape = shape = self._shape(index, start)
        for neighbor in indices:
            found = self._segment(neighbor, next_prompts(previous, self.options.carrying))
            found = replace(found, mask=largest_part_touching(found.mask, previous.mask))
            previous_shape, shape = shape, self._shape(neighbor, found)
            why = refusal(first_shape, previous_shape, shape, self.options.rules)
            yield SliceResult(neighbor, direction, found.mask, found.score, why)
            if why:
                return
            previous = found

    def _segment(self, index: int, prompts: Prompts) -> ObjectMask:
        if self.cancelled():
            raise PropagationCancelled("The propagation was cancelled.")
        image = extract(self.volume, self._plane(index))
        embedding = self.model.embed(image, window=self.options.window)
        return segment_object(self.model, embedding, prompts)

    def _plane(self, index: int) -> Plane:
        return axis_plane(self.volume, self.axis, index)

    def _shape(self, index: int, found: ObjectMask) -> SliceShape:
        return slice_shape(found.mask, found.score, self._plane(index).pixel_spacing)


def slice_shape(mask: np.ndarray, score: float, spacing: tuple[float, float]) -> SliceShape:
    """Area and centroid in mm of a mask (H, W) with pixel spacing (x, y) in mm."""
    pixels = int(mask.sum())
    if pixels == 0:
        return SliceShape(0.0, (0.0, 0.0), score)
    y, x = scipy.ndimage.center_of_mass(mask)
    return SliceShape(pixels * spacing[0] * spacing[1], (x * spacing[0], y * spacing[1]), score)


def _never() -> bool:
    return False


def visited_slices(
    volume: Volume, axis: str, index: int, slice_range: tuple[int, int] | None
) -> tuple[int, int]:
    """First and last slice to visit; UsageError when the range does not fit."""
    end = slice_count(volume, axis) - 1
    first, last = slice_range or (0, end)
    if not 0 <= first <= last <= end:
        raise UsageError(
            f"The slice range {first} to {last} does not fit the volume: it has slices 0 to {end}."
        )
    if not first <= index <= last:
        raise UsageError(f"The prompted slice {index} is not in the slice range {first} to {last}.")
    return first, last
