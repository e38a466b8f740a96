"""A volume node as plain data, and the intensities that its views show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import slicer.util
import vtk

import MedSAMLib as medsam
from MedSAMLib.errors import MedSAMError

from .transforms import arrayFromMatrix, worldFromNode
from .translation import tr as _

if TYPE_CHECKING:
    from MedSAMLib.images import Volume


def volumeFromNode(volumeNode: Any) -> Volume:
    """The node's voxels as a view, not a copy (color: RGB of RGB or RGBA); affine ijk -> world.

    MedSAMError: no image, a number of components that is no color, a non-linear transform.
    """
    name = volumeNode.GetName()
    image = volumeNode.GetImageData()
    if image is None or image.GetNumberOfPoints() == 0:
        raise MedSAMError(_("Volume {name!r} has no image.").format(name=name))
    components = image.GetNumberOfScalarComponents()
    if components not in (1, 3, 4):
        raise MedSAMError(
            _(
                "Volume {name!r} has {components} values a voxel: choose a gray or a color volume."
            ).format(name=name, components=components)
        )
    array = slicer.util.arrayFromVolume(volumeNode).reshape(image.GetDimensions()[::-1] + (-1,))
    array = array[..., 0] if components == 1 else array[..., :3]
    return medsam.images.Volume(array, worldFromVoxels(volumeNode), name)


def worldFromVoxels(volumeNode: Any) -> np.ndarray:
    """(4, 4): voxel (i, j, k, 1) -> world mm, all parent transforms applied."""
    matrix = vtk.vtkMatrix4x4()
    volumeNode.GetIJKToRASMatrix(matrix)
    return worldFromNode(volumeNode) @ arrayFromMatrix(matrix)


def networkWindow(volumeNode: Any) -> tuple[float, float] | str | None:
    """The (center, width) of the view, which the network is to see too.

    "auto" for a gray volume that has no display or no window yet, None for a color volume, whose
    colors are taken as they are (see `images.to_uint8`).
    """
    image = volumeNode.GetImageData()
    if image is not None and image.GetNumberOfScalarComponents() > 1:
        return None
    display = volumeNode.GetDisplayNode()
    if display is None or not display.IsA("vtkMRMLScalarVolumeDisplayNode"):
        return "auto"
    center, width = display.GetLevel(), display.GetWindow()
    return (center, width) if width > 0 else "auto"


def describeWindow(volumeNode: Any) -> str:
    """What the network sees, in words for the user."""
    window = networkWindow(volumeNode)
    if window is None:
        return _("colors as they are")
    if isinstance(window, str):
        return _("automatic window")
    center, width = window
    return _("window {width:g}, level {center:g}").format(width=width, center=center)
