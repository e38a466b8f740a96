"""What a slice view shows of a volume, as an image and a plane in world coordinates.

Everything is in world coordinates, with all parent transforms applied: a linear transform takes
planes to planes, so nothing is lost by it, and a click needs no further conversion. Where the
view is parallel to the voxels, the image is a slice of the array itself; otherwise it is sampled
linearly on square pixels of the volume's smallest spacing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

import MedSAMLib as medsam
from MedSAMLib.errors import MedSAMError

from .transforms import arrayFromMatrix, mapped
from .translation import tr as _
from .volumes import describeWindow, networkWindow, volumeFromNode

if TYPE_CHECKING:
    from MedSAMLib.geometry import Plane
    from MedSAMLib.images import Volume

__all__ = ["SlicePlane", "describeWindow", "networkWindow", "slicePlane", "volumeFromNode"]

# A view counts as parallel to the voxels where over the whole volume it tilts by less than this
# many voxels: header rounding stays far below it, the eye cannot see it, and a click is never
# more than half a voxel plus this from the voxel that it is taken for.
_PARALLEL_WITHIN_VOXELS = 0.02
_ANATOMICAL_AXES = ("axial", "coronal", "sagittal")


@dataclass(frozen=True, eq=False)
class SlicePlane:
    """One slice of a volume: a plane (pixel -> world mm) and the volume (ijk -> world mm).

    Pixel and voxel centers are at integers.
    """

    plane: Plane
    volume: Volume

    @property
    def shape(self) -> tuple[int, int]:
        """(H, W) in pixels."""
        return self.plane.shape

    @property
    def thickness(self) -> float:
        """Of the slice in mm: how far its voxels reach along the normal."""
        return float(np.linalg.norm(self.plane.affine[:3, 2]))

    @property
    def normal(self) -> np.ndarray:
        """Unit vector (3,) across the slice."""
        return self.plane.affine[:3, 2] / self.thickness

    @property
    def isVoxelSlice(self) -> bool:
        """Whether the pixels are voxels of one slice of the array; otherwise it is oblique."""
        from MedSAMLib.geometry.grid import grid_slice  # SciPy is loaded when first needed

        return grid_slice(self.plane, self.volume) is not None

    def image(self) -> np.ndarray:
        """A copy (H, W[, 3]) in the volume's type, safe to hand to a thread."""
        return np.array(medsam.geometry.extract(self.volume, self.plane))

    def pixelFromWorld(self, points: np.ndarray) -> np.ndarray:
        """World points (N, 3) mm -> pixel coordinates (N, 2) as (x, y), along the normal."""
        return mapped(np.linalg.inv(self.plane.affine), points)[:, :2]

    def worldFromPixel(self, pixels: np.ndarray) -> np.ndarray:
        """Pixel coordinates (N, 2) -> world points (N, 3) mm."""
        pixels = np.asarray(pixels, dtype=float).reshape(-1, 2)
        return mapped(self.plane.affine, np.column_stack([pixels, np.zeros(len(pixels))]))

    def offsetFromWorld(self, points: np.ndarray) -> np.ndarray:
        """Signed distance (N,) of world points (N, 3) from the plane in mm."""
        points = np.asarray(points, dtype=float).reshape(-1, 3)
        return (points - self.plane.affine[:3, 3]) @ self.normal

    def voxelFromWorld(self, points: np.ndarray) -> np.ndarray:
        """World points (N, 3) -> nearest voxel (N, 3) as (k, j, i); may lie outside the array."""
        ijk = mapped(np.linalg.inv(self.volume.affine), points)
        return np.floor(ijk[:, ::-1] + 0.5).astype(int)

    def voxels(self, mask: np.ndarray) -> tuple[tuple[slice, slice, slice], np.ndarray]:
        """The voxels of a mask (H, W): slices (k, j, i) of the array and the bool box within."""
        return medsam.geometry.place_extent(mask, self.plane, self.volume)

    def neighbor(self, steps: int) -> SlicePlane | None:
        """The parallel slice `steps` thicknesses along the normal; None outside the volume."""
        right, down, step, origin = self.plane.affine[:3].T
        try:
            plane = _planeThrough(self.volume, origin + steps * step, right, -down)
        except MedSAMError:
            return None
        return replace(self, plane=plane)

    def isSameAs(self, other: SlicePlane | None) -> bool:
        """Whether both are the same plane through the same memory; voxels are not compared."""
        if other is None or self.shape != other.shape:
            return False
        array, others = self.volume.array, other.volume.array
        sameMemory = array.__array_interface__ == others.__array_interface__
        return sameMemory and np.allclose(self.plane.affine, other.plane.affine, rtol=0, atol=1e-4)


def slicePlane(sliceNode: Any, volumeNode: Any) -> SlicePlane:
    """The slice of a scalar or color volume that a vtkMRMLSliceNode shows.

    It does not depend on how the view is panned or zoomed. MedSAMError: no image, a non-linear
    transform, a view that passes the volume by.
    """
    volume = volumeFromNode(volumeNode)
    right, up, _, origin = arrayFromMatrix(sliceNode.GetSliceToRAS())[:3].T
    return SlicePlane(_planeThrough(volume, origin, right, up), volume)


def _planeThrough(volume: Volume, point: np.ndarray, right: np.ndarray, up: np.ndarray) -> Plane:
    """The plane of a view with these directions on the screen, through a world point."""
    normal = np.cross(up, right)
    normal /= np.linalg.norm(normal)
    center = mapped(volume.affine, (np.array(volume.shape[::-1]) - 1) / 2)[0]
    height = normal @ (point - center)
    # How much higher the plane's side is at the next voxel along k, j, i.
    slope = normal @ volume.affine[:3, 2::-1]
    along = int(np.argmax(np.abs(slope)))
    tilt = np.abs(slope) @ (np.array(volume.shape) - 1) / np.abs(slope[along])
    tilt -= volume.shape[along] - 1
    if tilt > _PARALLEL_WITHIN_VOXELS:
        # Through the point nearest to the volume's center: the same pixels however it is panned.
        return medsam.geometry.oblique_plane(volume, center + height * normal, normal, up)
    index = (volume.shape[along] - 1) / 2 + height / slope[along]
    return _voxelPlane(volume, along, int(np.floor(index + 0.5)))


def _voxelPlane(volume: Volume, along: int, index: int) -> Plane:
    if not 0 <= index < volume.shape[along]:
        raise MedSAMError(
            _("The slice view does not cross volume {name!r}: move the slice to it.").format(
                name=volume.name
            )
        )
    geometry = medsam.geometry
    axis = next(a for a in _ANATOMICAL_AXES if geometry.array_axis(volume, a) == along)
    return geometry.axis_plane(volume, axis, index)
