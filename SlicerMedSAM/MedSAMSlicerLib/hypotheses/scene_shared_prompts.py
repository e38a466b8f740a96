"""The prompts that MedSAMSegment and MedSAMHypotheses have in common."""

from __future__ import annotations

from typing import Any

import slicer

from ..panels.segment_parameters import SegmentParameters

_MODULE = "MedSAMSegment"


def segmentParameters() -> Any:
    """The parameters of MedSAMSegment; None while that module was never opened in this scene."""
    node = slicer.mrmlScene.GetSingletonNode(_MODULE, "vtkMRMLScriptedModuleNode")
    return None if node is None else SegmentParameters(node)


def promptsOf(volumeNode: Any) -> str:
    """The prompts that MedSAMSegment has for a volume, as JSON; "" for none."""
    parameters = segmentParameters()
    if parameters is None or parameters.inputVolume is not volumeNode:
        return ""
    return parameters.prompts


def share(volumeNode: Any, prompts: str) -> None:
    """Let MedSAMSegment go on with these prompts, if it is at the same volume."""
    parameters = segmentParameters()
    if parameters is None or parameters.inputVolume is not volumeNode:
        return
    if parameters.prompts != prompts:
        parameters.prompts = prompts
