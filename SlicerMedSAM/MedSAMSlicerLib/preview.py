"""The current mask before it is accepted, and what the last click changed in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import slicer
import vtk

from .transforms import arrayFromMatrix
from .volumes import worldFromVoxels
from .voxel_grid import VoxelBox, VoxelGrid, orientedImage

if TYPE_CHECKING:
    from .slices import SlicePlane

# Okabe and Ito's yellow, sky blue and vermilion: bright on gray, distinct to any color vision.
MASK_COLOR = (0.941, 0.894, 0.259)
ADDED_COLOR = (0.337, 0.706, 0.914)
REMOVED_COLOR = (0.835, 0.369, 0.000)


@dataclass(frozen=True)
class _Style:
    color: tuple[float, float, float]
    fill: float
    outline: bool


_STYLES = {
    "Mask": _Style(MASK_COLOR, fill=0.1, outline=True),
    "Added": _Style(ADDED_COLOR, fill=0.8, outline=False),
    "Removed": _Style(REMOVED_COLOR, fill=0.8, outline=False),
}


class MaskPreview:
    """A segmentation that the views show but that is not saved, not undone, and not selectable.

    The mask has a yellow outline; what the last change added is blue, what it removed orange.
    The voxels shown are those that accepting would write to a segmentation of this volume.
    """

    def __init__(self, scene: Any) -> None:
        self._scene = scene
        self._node = None

    @property
    def node(self) -> Any:
        """The vtkMRMLSegmentationNode, None while nothing was shown or after the scene closed."""
        if self._node is not None and not self._scene.IsNodePresent(self._node):
            self._node = None
        return self._node

    def show(
        self,
        mask: np.ndarray,
        plane: SlicePlane,
        volumeNode: Any,
        previous: np.ndarray | None = None,
    ) -> None:
        """Show a mask (H, W) of a slice; `previous` (H, W) is what it was before the last click."""
        before = mask if previous is None else previous
        self._showBoxes(
            volumeNode,
            Mask=_box(*plane.voxels(mask)),
            Added=_box(*plane.voxels(mask & ~before)),
            Removed=_box(*plane.voxels(before & ~mask)),
        )

    def showVoxels(
        self,
        extent: tuple[slice, slice, slice],
        voxels: np.ndarray,
        volumeNode: Any,
    ) -> None:
        """Show a box of voxels (bool) at `extent` (k, j, i), as propagation gives it."""
        self._showBoxes(volumeNode, Mask=_box(extent, voxels))

    def clear(self) -> None:
        """Show nothing; the node stays for the next mask."""
        if self.node is not None:
            for segmentId in _STYLES:
                self._write(segmentId, None)

    def remove(self) -> None:
        """Take the node out of the scene."""
        if self.node is not None:
            self._scene.RemoveNode(self._node)
        self._node = None

    def _showBoxes(self, volumeNode: Any, **boxes: VoxelBox) -> None:
        if self.node is None:
            self._node = _createNode(self._scene)
        self._node.SetAndObserveTransformNodeID(volumeNode.GetTransformNodeID())
        grid = _gridOf(volumeNode)
        for segmentId in _STYLES:
            box = boxes.get(segmentId)
            shown = box is not None and box.values.any()
            self._write(segmentId, orientedImage(box, grid) if shown else None)

    def _write(self, segmentId: str, labelmap: Any) -> None:
        segmentation = self._node.GetSegmentation()
        if labelmap is None:
            segmentation.ClearSegment(segmentId)
            return
        logic = slicer.vtkSlicerSegmentationsModuleLogic
        logic.SetBinaryLabelmapToSegment(labelmap, self._node, segmentId, logic.MODE_REPLACE)


def _createNode(scene: Any) -> Any:
    node = slicer.vtkMRMLSegmentationNode()
    node.SetName("MedSAM preview")
    node.SetHideFromEditors(True)
    node.SaveWithSceneOff()
    node = scene.AddNode(node)
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetHideFromEditors(True)
    display.SaveWithSceneOff()
    display.SetVisibility3D(False)
    display.SetOpacity2DFill(1.0)
    display.SetSliceIntersectionThickness(2)
    segmentation = node.GetSegmentation()
    for segmentId, style in _STYLES.items():
        segmentation.AddEmptySegment(segmentId, segmentId, style.color)
        segmentation.SeparateSegmentLabelmap(segmentId)  # they overlap: a layer for each
        display.SetSegmentOpacity2DFill(segmentId, style.fill)
        display.SetSegmentVisibility2DOutline(segmentId, style.outline)
    return node


def _gridOf(volumeNode: Any) -> VoxelGrid:
    matrix = vtk.vtkMatrix4x4()
    volumeNode.GetIJKToRASMatrix(matrix)
    return VoxelGrid(arrayFromMatrix(matrix), worldFromVoxels(volumeNode))


def _box(extent: tuple[slice, slice, slice], voxels: np.ndarray) -> VoxelBox:
    return VoxelBox(tuple(run.start for run in extent), voxels)
