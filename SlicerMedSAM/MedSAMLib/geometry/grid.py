"""How the pixels of a plane and the voxels of a volume correspond."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..images.volume import Volume
from .plane import Plane

# A plane counts as a slice of the array where no pixel is farther than this from its voxel's
# center; a thousandth of a voxel is far above rounding and far below what can be seen.
_ALIGNED_WITHIN_VOXELS = 1e-3


@dataclass(frozen=True)
class GridSlice:
    """A plane whose pixels are voxels: basic slices of the (K, J, I) array."""

    slices: tuple[slice, slice, slice]
    along: int
    transposed: bool

    def view(self, array: np.ndarray) -> np.ndarray:
        """The plane's image (H, W[, 3]) as a view on the volume's array."""
        image = array[self.slices].squeeze(axis=self.along)
        return image.swapaxes(0, 1) if self.transposed else image


def kji_from_pixel(plane: Plane, volume: Volume) -> np.ndarray:
    """(3, 3): pixel (x, y, 1) -> continuous index (k, j, i)."""
    ijk_from_pixel = np.linalg.solve(volume.affine, plane.affine)
    return ijk_from_pixel[2::-1, [0, 1, 3]]


def grid_slice(plane: Plane, volume: Volume) -> GridSlice | None:
    """The slice of the array that the plane is, in any turn or reflection; None if oblique."""
    exact = kji_from_pixel(plane, volume)
    whole = np.rint(exact)
    height, width = plane.shape
    far = np.array([width - 1, height - 1, 1])
    steps = np.abs(whole[:, :2])
    if (np.abs(exact - whole) @ np.abs(far) > _ALIGNED_WITHIN_VOXELS).any():
        return None
    if (steps.sum(axis=0) != 1).any() or (steps.sum(axis=1) > 1).any():
        return None
    ends = np.stack([whole[:, 2], whole @ far])
    if (ends.min(axis=0) < 0).any() or (ends.max(axis=0) >= volume.shape).any():
        return None
    x_axis, y_axis = (int(axis) for axis in steps.argmax(axis=0))
    slices = tuple(_run(int(first), int(last)) for first, last in ends.T)
    return GridSlice(slices, along=3 - x_axis - y_axis, transposed=y_axis > x_axis)


def nearest_voxels(plane: Plane, volume: Volume) -> np.ndarray:
    """(H, W) int64: the flat index of the voxel nearest to each pixel's center, -1 outside.

    Taking out and putting back both rest on this one function: that makes the round trip exact.
    """
    matrix = kji_from_pixel(plane, volume)
    height, width = plane.shape
    x, y = np.arange(width), np.arange(height)[:, np.newaxis]
    flat, inside = np.zeros(plane.shape, dtype=np.int64), np.ones(plane.shape, dtype=bool)
    for (per_x, per_y, origin), count in zip(matrix, volume.shape, strict=True):
        index = np.rint(per_x * x + (per_y * y + origin)).astype(np.int64)
        inside &= (index >= 0) & (index < count)
        flat = flat * count + index
    return np.where(inside, flat, -1)


def _run(first: int, last: int) -> slice:
    if last >= first:
        return slice(first, last + 1)
    return slice(first, last - 1 if last > 0 else None, -1)
