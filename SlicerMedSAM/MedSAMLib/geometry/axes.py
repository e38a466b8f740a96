"""Axial, coronal and sagittal planes: slices of the array itself."""

from __future__ import annotations

from itertools import permutations

import numpy as np

from ..errors import UsageError
from ..images.volume import Volume
from .plane import Plane

# The RAS direction that each anatomical axis counts its slices along.
_RAS_COMPONENT = {"sagittal": 0, "coronal": 1, "axial": 2}


def array_axis(volume: Volume, axis: str) -> int:
    """Which axis of the array (0 = k, 1 = j, 2 = i) the slices of an anatomical axis are cut along.

    It is the voxel axis nearest to the patient's axis; every voxel axis serves one anatomical
    axis, also where a volume lies at 45 degrees. axis: "axial", "coronal" or "sagittal".
    """
    if axis not in _RAS_COMPONENT:
        raise UsageError(f"The axis must be axial, coronal or sagittal, not {axis!r}.")
    cosines = np.abs(volume.affine[:3, :3]) / volume.spacing
    ijk_axes = max(permutations(range(3)), key=lambda p: cosines[range(3), p].sum())
    return 2 - ijk_axes[_RAS_COMPONENT[axis]]


def slice_count(volume: Volume, axis: str) -> int:
    """How many slices the volume has along "axial", "coronal" or "sagittal"."""
    return volume.shape[array_axis(volume, axis)]


def axis_plane(volume: Volume, axis: str, index: int) -> Plane:
    """The plane whose pixels are the voxels of one slice; its normal points to higher indices.

    Rows and columns are in the array's own order (of the two remaining axes, the later one in
    (k, j, i) runs along x), so the image may be turned or mirrored against a radiological
    display. UsageError for an unknown axis and an index out of range.
    """
    along = array_axis(volume, axis)
    count = volume.shape[along]
    if not 0 <= index < count:
        raise UsageError(
            f"Slice {index} is out of range: there are {count} {axis} slices, 0 to {count - 1}."
        )
    rows, columns = (a for a in range(3) if a != along)
    steps = volume.affine[:3, 2::-1]
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = steps[:, columns], steps[:, rows]
    affine[:3, 2] = _perpendicular_part(steps[:, along], steps[:, columns], steps[:, rows])
    affine[:3, 3] = volume.affine[:3, 3] + index * steps[:, along]
    return Plane((volume.shape[rows], volume.shape[columns]), affine)


def _perpendicular_part(step: np.ndarray, in_plane: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The step from slice to slice, less what a sheared volume moves within the slice."""
    normal = np.cross(in_plane, other)
    normal /= np.linalg.norm(normal)
    return normal * (normal @ step)
