"""Several objects of a volume on a finer grid: what did not overlap does not overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
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
    """`upsample_object` of each mask; where two neighbors meet, the more probable one is.

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
    return without_new_overlaps(found, masks)


def without_new_overlaps(
    found: Sequence[UpsampledObject], masks: Sequence[NDArray[np.bool_]]
) -> list[UpsampledObject]:
    """Objects whose masks (K, J, I) are disjoint made disjoint again; the given ones stay."""
    found = [replace(each, mask=each.mask.copy()) for each in found]
    for (one, mask), (other, second) in combinations(zip(found, masks, strict=True), 2):
        shared = _intersection(one.extent, other.extent)
        if shared is None or (mask & second).any():
            continue
        mine, theirs = _within(one.extent, shared), _within(other.extent, shared)
        both = one.mask[mine] & other.mask[theirs]
        more = one.probability[mine] >= other.probability[theirs]
        one.mask[mine] &= ~both | more
        other.mask[theirs] &= ~both | ~more
    return found


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
