"""What the Segment Editor's settings let an edit change."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from .segment_voxels import voxelsInBox
from .volumes import volumeFromNode
from .voxel_grid import VoxelBox, VoxelGrid, intensities


def allowedPart(
    box: VoxelBox,
    grid: VoxelGrid,
    segmentationNode: Any,
    segmentId: str,
    editorNode: Any,
    volumeNode: Any,
    beside: Collection[str] = (),
) -> VoxelBox:
    """The voxels of a box that the editable area and the editable intensity range allow.

    editorNode: a vtkMRMLSegmentEditorNode. Segments named in `beside` bar nothing. Intensities are
    those of its source volume, of `volumeNode` where it has none. Only the box is looked at,
    however large the volume is.
    """
    allowed = box.values
    if editorNode.GetMaskMode() != segmentationNode.EditAllowedEverywhere:
        free = {segmentId, *beside}
        allowed = allowed & _editableArea(box, grid, segmentationNode, free, editorNode)
    if editorNode.GetSourceVolumeIntensityMask():
        source = volumeFromNode(editorNode.GetSourceVolumeNode() or volumeNode)
        # As in the Segment Editor, of a color volume the first component counts.
        array = source.array[..., 0] if source.is_color else source.array
        values = intensities(array, source.affine, grid, box)
        low, high = editorNode.GetSourceVolumeIntensityMaskRange()
        allowed = allowed & (values >= low) & (values <= high)
    return VoxelBox(box.first, allowed)


def overwrittenSegments(segmentationNode: Any, segmentId: str, editorNode: Any) -> list[str]:
    """The IDs of the other segments that lose the voxels which are added to `segmentId`."""
    mode = editorNode.GetOverwriteMode()
    if mode == editorNode.OverwriteNone:
        return []
    segments = segmentationNode.GetSegmentation().GetSegmentIDs()
    if mode == editorNode.OverwriteVisibleSegments:
        segments = _visible(segmentationNode)
    return [i for i in segments if i != segmentId]


def _editableArea(
    box: VoxelBox, grid: VoxelGrid, segmentationNode: Any, free: Collection[str], editorNode: Any
) -> np.ndarray:
    """As vtkMRMLSegmentationNode::GenerateEditMask has it for whole volumes."""
    mode, node = editorNode.GetMaskMode(), segmentationNode
    segmentation = node.GetSegmentation()
    outside = mode in (node.EditAllowedOutsideAllSegments, node.EditAllowedOutsideVisibleSegments)
    if mode == node.EditAllowedInsideSingleSegment:
        ids = [editorNode.GetMaskSegmentID() or ""]
    elif mode in (node.EditAllowedInsideVisibleSegments, node.EditAllowedOutsideVisibleSegments):
        ids = _visible(node)
    else:
        ids = segmentation.GetSegmentIDs()
    area = np.zeros(box.values.shape, bool)
    for segment in (segmentation.GetSegment(i) for i in ids if not (outside and i in free)):
        if segment is not None:
            area |= voxelsInBox(segment, box, grid)
    return ~area if outside else area


def _visible(segmentationNode: Any) -> list[str]:
    display = segmentationNode.GetDisplayNode()
    ids = segmentationNode.GetSegmentation().GetSegmentIDs()
    return [i for i in ids if display is not None and display.GetSegmentVisibility(i)]
