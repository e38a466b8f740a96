"""The settings of the Segment Editor."""

from __future__ import annotations

from typing import Any

import slicer

_TAG = "SegmentEditor"


def segmentEditorNode() -> Any:
    """The node that the Segment Editor uses, so that its masking and overwriting hold here."""
    scene = slicer.mrmlScene
    node = scene.GetSingletonNode(_TAG, "vtkMRMLSegmentEditorNode")
    if node is None:
        node = scene.CreateNodeByClass("vtkMRMLSegmentEditorNode")
        node.UnRegister(None)
        node.SetSingletonTag(_TAG)
        node = scene.AddNode(node)
    return node
