"""What the Segment Editor's settings let an edit change."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer

from MedSAMLib.errors import MedSAMError

from .volumes import volumeFromNode
from .voxel_grid import VoxelBox, VoxelGrid, emptyImage, intensities, valuesOf


def allowedPart(
    box: VoxelBox,
    grid: VoxelGrid,
    segmentationNode: Any,
    segmentId: str,
    editorNode: Any,
    volumeNode: Any,
) -> VoxelBox:
    """The voxels of a box that the editable area and the editable intensity range allow.

    editorNode: a vtkMRMLSegmentEditorNode. Intensities are those of its source volume, of
    `volumeNode` where it has none. Only the box is looked at, however large the volume is.
    """
    allowed = box.values
    if editorNode.GetMaskMode() != segmentationNode.EditAllowedEverywhere:
        allowed = allowed & _inEditableArea(box, grid, segmentationNode, segmentId, editorNode)
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
    others = [i for i in segmentationNode.GetSegmentation().GetSegmentIDs() if i != segmentId]
    if mode == editorNode.OverwriteAllSegments:
        return others
    display = segmentationNode.GetDisplayNode()
    return [i for i in others if display is not None and display.GetSegmentVisibility(i)]


def _inEditableArea(
    box: VoxelBox, grid: VoxelGrid, segmentationNode: Any, segmentId: str, editorNode: Any
) -> np.ndarray:
    forbidden = slicer.vtkOrientedImageData()
    done = segmentationNode.GenerateEditMask(
        forbidden,
        editorNode.GetMaskMode(),
        emptyImage(box, grid),
        segmentId,
        editorNode.GetMaskSegmentID() or "",
    )
    if not done:
        raise MedSAMError(
            "The editable area of the Segment Editor cannot be determined: show the segmentation, "
            "or set the editable area to everywhere."
        )
    return valuesOf(forbidden) == 0
