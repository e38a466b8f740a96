"""The current mask before it is accepted, and what the last click changed in it."""

from __future__ import annotations

from collections.abc import Sequence
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


@dataclass(frozen=True, eq=False)
class PreviewMask:
    """A mask (H, W) of a slice, and what it was before the last click."""

    mask: np.ndarray
    plane: SlicePlane
    previous: np.ndarray | None = None


@dataclass(frozen=True)
class _Style:
    color: tuple[float, float, float]
    fill: float
    outline: bool


_STYLES = {
    "Mask": _Style(MASK_COLOR, fill=0.15, outline=True),
    "Added": _Style(ADDED_COLOR, fill=0.5, outline=False),
    "Removed": _Style(REMOVED_COLOR, fill=0.5, outline=False),
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
        self.showAll([PreviewMask(mask, plane, previous)], volumeNode)

    def showAll(self, masks: Sequence[PreviewMask], volumeNode: Any) -> None:
        """Show the masks of several slices of a volume, and nothing else."""
        changes = [m for m in masks if m.previous is not None]
        self._showBoxes(
            volumeNode,
            Mask=[_box(m.plane, m.mask) for m in masks],
            Added=[_box(m.plane, m.mask & ~m.previous) for m in changes],
            Removed=[_box(m.plane, m.previous & ~m.mask) for m in changes],
        )

    def showVoxels(
        self,
        extent: tuple[slice, slice, slice],
        voxels: np.ndarray,
        volumeNode: Any,
    ) -> None:
        """Show a box of voxels (bool) at `extent` (k, j, i), as propagation gives it."""
        box = VoxelBox(tuple(run.start for run in extent), voxels)
        self._showBoxes(volumeNode, Mask=[box], Added=[], Removed=[])

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

    def _showBoxes(self, volumeNode: Any, **boxes: list[VoxelBox]) -> None:
        if self.node is None:
            self._node = _createNode(self._scene)
        grid = _gridOf(volumeNode)
        self._node.SetAndObserveTransformNodeID(volumeNode.GetTransformNodeID())
        for segmentId, parts in boxes.items():
            joined = _joined([box for box in parts if box.values.any()])
            self._write(segmentId, None if joined is None else orientedImage(joined, grid))

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


def _box(plane: SlicePlane, mask: np.ndarray) -> VoxelBox:
    extent, voxels = plane.voxels(mask)
    return VoxelBox(tuple(run.start for run in extent), voxels)


def _joined(boxes: list[VoxelBox]) -> VoxelBox | None:
    """One box around all."""
    if len(boxes) <= 1:
        return boxes[0] if boxes else None
    first = np.min([box.first for box in boxes], axis=0)
    last = np.max([np.add(box.first, box.values.shape) for box in boxes], axis=0)
    values = np.zeros(last - first, bool)
    for box in boxes:
        start = box.first - first
        run = tuple(slice(s, s + n) for s, n in zip(start, box.values.shape, strict=True))
        values[run] |= box.values
    return VoxelBox(tuple(first.tolist()), values)
