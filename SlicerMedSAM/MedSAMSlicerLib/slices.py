"""What a slice view shows of a volume, as an image and a plane in world coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import MedSAMLib as medsam
import numpy as np

if TYPE_CHECKING:
    from MedSAMLib.geometry import Plane
    from MedSAMLib.images import Volume


@dataclass(frozen=True, eq=False)
class SlicePlane:
    """One slice of a volume: a plane (pixel -> world mm) and the volume (ijk -> world mm).

    Everything is in world coordinates, all parent transforms applied. Pixel and voxel centers are
    at integers.
    """

    plane: Plane
    volume: Volume

    @property
    def shape(self) -> tuple[int, int]:
        """(H, W) in pixels."""
        raise NotImplementedError

    @property
    def thickness(self) -> float:
        """Of the slice in mm."""
        raise NotImplementedError

    @property
    def isVoxelSlice(self) -> bool:
        """Whether the pixels are voxels of one slice of the array; otherwise it is oblique."""
        raise NotImplementedError

    def image(self) -> np.ndarray:
        """A copy (H, W[, 3]) in the volume's type, safe to hand to a thread."""
        raise NotImplementedError

    def pixelFromWorld(self, points: np.ndarray) -> np.ndarray:
        """World points (N, 3) mm -> pixel coordinates (N, 2) as (x, y), projected on the plane."""
        raise NotImplementedError

    def worldFromPixel(self, pixels: np.ndarray) -> np.ndarray:
        """Pixel coordinates (N, 2) -> world points (N, 3) mm."""
        raise NotImplementedError

    def offsetFromWorld(self, points: np.ndarray) -> np.ndarray:
        """Signed distance (N,) of world points (N, 3) from the plane in mm."""
        raise NotImplementedError

    def voxelFromWorld(self, points: np.ndarray) -> np.ndarray:
        """World points (N, 3) -> nearest voxel (N, 3) as (k, j, i); may lie outside the array."""
        raise NotImplementedError

    def voxels(self, mask: np.ndarray) -> tuple[tuple[slice, slice, slice], np.ndarray]:
        """The voxels of a mask (H, W): slices (k, j, i) of the array and the bool box within."""
        raise NotImplementedError

    def neighbor(self, steps: int) -> SlicePlane | None:
        """The parallel slice `steps` thicknesses along the normal; None outside the volume."""
        raise NotImplementedError

    def isSameAs(self, other: SlicePlane | None) -> bool:
        """Whether both are the same plane through the same array."""
        raise NotImplementedError


def slicePlane(sliceNode: Any, volumeNode: Any) -> SlicePlane:
    """The slice of a scalar or color volume that a vtkMRMLSliceNode shows.

    MedSAMError: no image, non-linear transform, slice beside the volume.
    """
    raise NotImplementedError


def volumeFromNode(volumeNode: Any) -> Volume:
    """The node's voxels without copying (color: RGB of RGB or RGBA), affine ijk -> world."""
    raise NotImplementedError


def networkWindow(volumeNode: Any) -> tuple[float, float] | str | None:
    """The window (center, width) of the view; "auto" without display node; None for color."""
    raise NotImplementedError


def describeWindow(volumeNode: Any) -> str:
    """The same for the user, for example "window 400, level 40"."""
    raise NotImplementedError


_ = medsam
