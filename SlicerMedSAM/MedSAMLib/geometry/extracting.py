"""Taking the image of a plane out of a volume."""

from __future__ import annotations

import numpy as np
import scipy

from ..errors import UsageError
from ..images.volume import Volume
from .grid import grid_slice, kji_from_pixel, nearest_voxels
from .plane import Plane


def extract(volume: Volume, plane: Plane, order: int = 1) -> np.ndarray:
    """The image (H, W[, 3]) of a plane, in the volume's own type.

    A plane of voxels (see axis_plane) is a view on the array: copy it before changing it. An
    oblique plane is sampled linearly, and outside the volume has the lowest value of the image;
    with order=0 (for labels; always so for bool) it is sampled at the nearest voxel, and outside
    is 0. UsageError where the plane misses the volume.
    """
    aligned = grid_slice(plane, volume)
    if aligned is not None:
        return aligned.view(volume.array)
    nearest = nearest_voxels(plane, volume)
    inside = nearest >= 0
    if not inside.any():
        raise UsageError("The plane does not cross the volume.")
    if order == 0 or volume.array.dtype == bool:
        image = volume.array.reshape(-1, *volume.array.shape[3:])[nearest]
        image[~inside] = 0
    else:
        image = _linear(volume, plane)
        image[~inside] = np.fmin.reduce(image[inside], axis=None)  # fmin passes over NaN
    return image


def _linear(volume: Volume, plane: Plane) -> np.ndarray:
    matrix = kji_from_pixel(plane, volume)
    # SciPy wants as many axes out as in: one row of images, pixels as (0, y, x).
    kji_from_0yx = np.column_stack([np.zeros(3), matrix[:, 1], matrix[:, 0]])
    exact_type = np.float32 if volume.array.dtype.itemsize <= 2 else np.float64

    def sampled(channel: np.ndarray) -> np.ndarray:
        return scipy.ndimage.affine_transform(
            channel,
            kji_from_0yx,
            offset=matrix[:, 2],
            output_shape=(1, *plane.shape),
            output=exact_type,
            order=1,
            mode="nearest",
        )[0]

    if volume.is_color:
        image = np.stack([sampled(volume.array[..., c]) for c in range(3)], axis=-1)
    else:
        image = sampled(volume.array)
    if np.issubdtype(volume.array.dtype, np.integer):
        image = np.rint(image)
    return image.astype(volume.array.dtype, copy=False)
