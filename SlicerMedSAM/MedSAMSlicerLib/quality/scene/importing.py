"""Label maps become segmentations, which can be reviewed."""

from __future__ import annotations

from typing import Any

import slicer


def importLabelMap(labelMapNode: Any, volumeNode: Any = None) -> Any:
    """A new segmentation with a segment for each label; the label map stays as it is.

    volumeNode: whose grid new segments will have; the label map's own without.
    """
    scene = slicer.mrmlScene
    name = scene.GenerateUniqueName(f"{labelMapNode.GetName()} segmentation")
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
    node.CreateDefaultDisplayNodes()
    node.SetAndObserveTransformNodeID(labelMapNode.GetTransformNodeID())
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    logic.ImportLabelmapToSegmentationNode(labelMapNode, node)
    node.SetReferenceImageGeometryParameterFromVolumeNode(volumeNode or labelMapNode)
    return node
