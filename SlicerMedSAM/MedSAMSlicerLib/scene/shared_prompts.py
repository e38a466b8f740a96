"""The prompts that MedSAMSegment, MedSAMHypotheses and MedSAMUpsample have in common.

Each module keeps its own in the scene; those of MedSAMSegment are what the others share.
"""

from __future__ import annotations

from typing import Any, Protocol

import slicer

from ..panels.segment_parameters import SegmentParameters
from ..session.history import History
from ..session.prompts import Targets, from_json, to_json

_MODULE = "MedSAMSegment"
_NOTHING = ("", "[]")


class Session(Protocol):
    """Of a module in which prompts are drawn."""

    history: History

    def restore(self, targets: Targets) -> None:
        """Go on with these prompts."""


def takeOver(session: Session, volumeNode: Any) -> bool:
    """Let a session go on with what was drawn in MedSAMSegment; False if that is nothing new."""
    prompts = "" if volumeNode is None else promptsOf(volumeNode)
    if prompts in _NOTHING or prompts == to_json(session.history.targets):
        return False
    session.restore(from_json(prompts, volumeNode.GetID()))
    return True


def keep(session: Session, parameters: Any, isShared: bool) -> None:
    """Keep a session's prompts in its module's parameters and, shared, in MedSAMSegment's."""
    prompts = to_json(session.history.targets)
    if parameters.prompts == prompts:
        return
    parameters.prompts = prompts
    if isShared:
        share(parameters.inputVolume, prompts)


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
