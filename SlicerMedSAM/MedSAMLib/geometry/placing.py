"""Putting the mask of a plane back into the volume.

On a plane of voxels, a voxel is what its pixel is. On an oblique plane every pixel has a nearest
voxel, and a voxel is set where more than half of its pixels are: a mask that was taken out of the
volume (order=0) comes back exactly on every voxel that the plane shows. A voxel that the plane
passes through between the pixel centers takes the value of the pixel nearest to it, so that a
mask stays solid, however coarse the pixels.
"""

from __future__ import annotations

import numpy as np

from ..errors import UsageError
from ..images.volume import Volume
from .grid import GridSlice, grid_slice, nearest_voxels
from .plane import Plane

Extent = tuple[slice, slice, slice]


def place(mask: np.ndarray, plane: Plane, volume: Volume) -> np.ndarray:
    """The voxels (K, J, I) bool that a mask (H, W) of the plane stands for."""
    voxels = np.zeros(volume.shape, dtype=bool)
    extent, part = place_extent(mask, plane, volume)
    voxels[extent] = part
    return voxels


def place_extent(mask: np.ndarray, plane: Plane, volume: Volume) -> tuple[Extent, np.ndarray]:
    """The same voxels as their bounding box: slices (k, j, i) and the bool array within.

    Both are empty (size 0) where no voxel is set. UsageError for a mask of another shape.
    """
    mask = np.asarray(mask).astype(bool)
    if mask.shape != tuple(plane.shape):
        raise UsageError(f"The mask has the shape {mask.shape}, the plane {tuple(plane.shape)}.")
    aligned = grid_slice(plane, volume)
    if aligned is not None:
        return _place_aligned(mask, aligned)
    kji = np.stack(np.unravel_index(_oblique_voxels(mask, plane, volume), volume.shape))
    if kji.shape[1] == 0:
        return _empty_extent()
    first, last = kji.min(axis=1), kji.max(axis=1)
    part = np.zeros(last - first + 1, dtype=bool)
    part[tuple(kji - first[:, np.newaxis])] = True
    return tuple(slice(int(a), int(b) + 1) for a, b in zip(first, last, strict=True)), part


def shown_voxels(plane: Plane, volume: Volume) -> np.ndarray:
    """The voxels (K, J, I) bool that are nearest to at least one pixel's center."""
    shown = np.zeros(volume.shape, dtype=bool)
    nearest = nearest_voxels(plane, volume)
    shown.flat[nearest[nearest >= 0]] = True
    return shown


def _place_aligned(mask: np.ndarray, aligned: GridSlice) -> tuple[Extent, np.ndarray]:
    """Undo the slice's transposition and reflections, then cut to what is set."""
    part = np.expand_dims(mask.T if aligned.transposed else mask, aligned.along)
    part = part[tuple(slice(None, None, run.step) for run in aligned.slices)]
    starts = [
        min(run.start, run.start + (run.step or 1) * (size - 1))
        for run, size in zip(aligned.slices, part.shape, strict=True)
    ]
    set_at = [np.flatnonzero(part.any(axis=others)) for others in ((1, 2), (0, 2), (0, 1))]
    if set_at[0].size == 0:
        return _empty_extent()
    box = tuple(slice(int(at[0]), int(at[-1]) + 1) for at in set_at)
    extent = tuple(slice(s + b.start, s + b.stop) for s, b in zip(starts, box, strict=True))
    return extent, part[box].copy()


def _empty_extent() -> tuple[Extent, np.ndarray]:
    return (slice(0, 0),) * 3, np.zeros((0, 0, 0), dtype=bool)


def _oblique_voxels(mask: np.ndarray, plane: Plane, volume: Volume) -> np.ndarray:
    """Flat indices of the voxels that are set."""
    nearest = nearest_voxels(plane, volume)
    inside = nearest >= 0
    if not inside.any():
        return np.zeros(0, dtype=np.int64)
    # The pixel's value rides in the lowest bit, so that one plain sort groups pixels by voxel.
    votes = np.sort(2 * nearest[inside] + mask[inside])
    voxels = votes >> 1
    starts = np.flatnonzero(np.diff(voxels, prepend=-1))
    pixels = np.diff(starts, append=voxels.size)
    shown = voxels[starts]
    by_majority = shown[2 * np.add.reduceat(votes & 1, starts) > pixels]
    crossed = _set_between_pixels(mask, plane, volume)
    is_shown = shown[np.searchsorted(shown, crossed).clip(max=shown.size - 1)] == crossed
    return np.concatenate([by_majority, crossed[~is_shown]])


def _set_between_pixels(mask: np.ndarray, plane: Plane, volume: Volume) -> np.ndarray:
    """Flat indices of voxels that the plane passes through and whose nearest pixel is set.

    One voxel in every column of the array along the axis that is steepest to the plane: the
    naive digital plane, the thinnest that has no holes (Andres, Acharya, Sibata 1997).
    """
    kji = _digital_plane(plane, volume)
    pixel_from_ijk = np.linalg.solve(plane.affine, volume.affine)[:2]
    pixel = pixel_from_ijk[:, 2::-1] @ kji.astype(np.float64) + pixel_from_ijk[:, 3:]
    x, y = np.rint(pixel).astype(np.int64)
    height, width = plane.shape
    on_plane = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    kji = kji[:, on_plane]
    is_set = mask[y[on_plane], x[on_plane]]
    return np.ravel_multi_index(tuple(kji[:, is_set]), volume.shape)


def _digital_plane(plane: Plane, volume: Volume) -> np.ndarray:
    """(3, N) indices (k, j, i): in each column of the steepest axis, the voxel in the plane."""
    slope = plane.normal @ volume.affine[:3, 2::-1]
    height = plane.normal @ (volume.affine[:3, 3] - plane.affine[:3, 3])
    steepest = int(np.argmax(np.abs(slope)))
    others = [axis for axis in range(3) if axis != steepest]
    kji = np.zeros((3, volume.shape[others[0]], volume.shape[others[1]]), dtype=np.int64)
    kji[others] = np.indices(kji.shape[1:])
    depth = -(height + np.tensordot(slope[others], kji[others], axes=1)) / slope[steepest]
    kji[steepest] = np.rint(depth)
    inside = (kji[steepest] >= 0) & (kji[steepest] < volume.shape[steepest])
    return kji[:, inside]
