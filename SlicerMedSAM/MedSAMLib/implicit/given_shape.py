"""The shape that the user gave, as a signed distance that can be read between its voxels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .fine_grid import Extent, FineGrid

# Voxels around the object in which its distance is told.
MARGIN = 3
# A boundary of voxels is a staircase: the distance is smoothed by so many voxels (sigma).
SMOOTHING = 0.7


def object_extent(mask: NDArray[np.bool_], margin: int = MARGIN) -> Extent:
    """The box (slices k, j, i) around the true voxels, wider by `margin`, within the volume."""
    box = ndimage.find_objects(mask.astype(np.uint8), max_label=1)[0]
    return tuple(
        slice(max(0, part.start - margin), min(size, part.stop + margin))
        for part, size in zip(box, mask.shape, strict=True)
    )


def signed_distance(
    mask: NDArray[np.bool_], spacing: tuple[float, float, float], smoothing: float = SMOOTHING
) -> NDArray[np.float32]:
    """Distance to the boundary, positive inside, in smallest voxel sides: (K, J, I) float32.

    spacing: along k, j, i in mm. The mask goes on beyond the edge of the array as it ends there.
    """
    steps = np.asarray(spacing) / min(spacing)
    padded = np.pad(mask, 1, mode="edge")
    inside = ndimage.distance_transform_edt(padded, sampling=steps)
    outside = ndimage.distance_transform_edt(~padded, sampling=steps)
    signed = (inside - outside)[(slice(1, -1),) * 3].astype(np.float32)
    # As far in every direction; across thick slices hardly at all.
    return ndimage.gaussian_filter(signed, smoothing / steps, mode="nearest")


def read_between(
    array: NDArray, grid: FineGrid, fine: Extent, coarse: Extent, axes: tuple[int, ...] = (0, 1, 2)
) -> NDArray[np.float32]:
    """`array` on the coarse extent, read linearly at the centers of a fine extent's voxels.

    Only along `axes`; the others stay as they are. Beyond the outermost centers nothing changes.
    """
    for axis in axes:
        positions = grid.coarse_positions(axis, fine[axis]) - coarse[axis].start
        array = between(np.asarray(array, np.float32), positions, axis)
    return array


def between(array: NDArray[np.float32], positions: NDArray, axis: int) -> NDArray[np.float32]:
    """Linear values at `positions` (in indices) along an axis; the ends go on as they are."""
    positions = positions.clip(0, array.shape[axis] - 1)
    lower = np.floor(positions).astype(int)
    upper = np.minimum(lower + 1, array.shape[axis] - 1)
    shape = [1] * array.ndim
    shape[axis] = -1
    share = (positions - lower).astype(np.float32).reshape(shape)
    below, above = array.take(lower, axis), array.take(upper, axis)
    return below + share * (above - below)
