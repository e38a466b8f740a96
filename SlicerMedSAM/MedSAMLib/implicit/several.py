"""Several objects of a volume on a finer grid: neighbors neither overlap nor part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..geometry import array_axis
from ..images import Volume
from ..sam.cache import Window
from .grids import Extent, FineGrid
from .slice_logits import Sampling
from .volume_upsampling import Checkpoint, Progress, UpsampledObject, upsample_object

if TYPE_CHECKING:
    from ..sam.predictor import SamModel

Given = tuple[UpsampledObject, NDArray[np.bool_]]


def upsample_objects(
    model: SamModel,
    volume: Volume,
    masks: Sequence[NDArray[np.bool_]],
    grid: FineGrid,
    axis: str | None = None,
    window: Window = "auto",
    sampling: Sampling | None = None,
    progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
) -> list[UpsampledObject]:
    """`upsample_object` of each mask; what touched still touches, without new overlaps.

    Arguments and errors are those of `upsample_object`; progress is over the slices of all.
    """
    along = 0 if axis is None else array_axis(volume, axis)
    slices = [_slices(mask, along) for mask in masks]
    found = [
        upsample_object(
            model,
            volume,
            mask,
            grid,
            axis,
            window,
            sampling,
            _over_all(progress, sum(slices[:number]), sum(slices)),
            checkpoint,
        )
        for number, mask in enumerate(masks)
    ]
    return as_neighbors(found, masks)


def as_neighbors(
    found: Sequence[UpsampledObject], masks: Sequence[NDArray[np.bool_]]
) -> list[UpsampledObject]:
    """Objects whose masks (K, J, I) are disjoint, made to share borders; the given ones stay.

    Each was drawn by itself, so that between two that touch there may be gaps and overlaps. A
    voxel in a gap is in one of them where their probabilities, which exclude each other, are more
    than 1/2 together and one of the masks holds its place; the more probable object has it.
    """
    found = [replace(each, mask=each.mask.copy()) for each in found]
    pairs = [_Pair.of(*pair) for pair in combinations(list(zip(found, masks, strict=True)), 2)]
    pairs = [pair for pair in pairs if pair is not None]
    for pair in pairs:
        pair.close_gaps()
    for pair in pairs:
        pair.part_overlaps()
    return found


@dataclass(frozen=True, eq=False)
class _Pair:
    """Two objects where their extents meet: views of their masks, probabilities, and the voxels
    whose places the given masks hold."""

    masks: tuple[NDArray[np.bool_], NDArray[np.bool_]]
    probabilities: tuple[NDArray[np.float32], NDArray[np.float32]]
    held: NDArray[np.bool_]

    @classmethod
    def of(cls, first: Given, second: Given) -> _Pair | None:
        """None where they do not meet, and where the given masks overlap: so may the finer."""
        (one, mask), (other, further) = first, second
        shared = _intersection(one.extent, other.extent)
        if shared is None or (mask & further).any():
            return None
        places = [_within(each.extent, shared) for each in (one, other)]
        indices = np.ix_(*one.grid.coarse_indices(shared))
        return cls(
            (one.mask[places[0]], other.mask[places[1]]),
            (one.probability[places[0]], other.probability[places[1]]),
            mask[indices] | further[indices],
        )

    def close_gaps(self) -> None:
        one, other = self.masks
        first, second = self.probabilities
        gap = self.held & ~one & ~other & (first + second > 0.5)
        one |= gap & (first >= second)
        other |= gap & (first < second)

    def part_overlaps(self) -> None:
        one, other = self.masks
        first, second = self.probabilities
        both = one & other
        one &= ~both | (first >= second)
        other &= ~both | (first < second)


def _slices(mask: NDArray[np.bool_], along: int) -> int:
    others = tuple(axis for axis in range(3) if axis != along)
    return int(mask.any(axis=others).sum())


def _over_all(progress: Progress | None, before: int, total: int) -> Progress | None:
    if progress is None:
        return None
    return lambda done, _: progress(before + done, total)


def _intersection(one: Extent, other: Extent) -> Extent | None:
    shared = tuple(
        slice(max(a.start, b.start), min(a.stop, b.stop)) for a, b in zip(one, other, strict=True)
    )
    return shared if all(part.start < part.stop for part in shared) else None


def _within(extent: Extent, shared: Extent) -> Extent:
    """The shared voxels as seen from an extent's own first voxel."""
    return tuple(
        slice(s.start - e.start, s.stop - e.start) for e, s in zip(extent, shared, strict=True)
    )
