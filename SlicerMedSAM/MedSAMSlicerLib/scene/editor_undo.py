"""The Segment Editor's undo stack: there is one for all who change segments, not one a module."""

from __future__ import annotations

from typing import Any

import slicer

from ..segments import LogicUndo
from .segment_editor_node import segmentEditorNode


class EditorUndo:
    """The stack of the Segment Editor module; an own one where that module is not loaded."""

    def __init__(self) -> None:
        self._logic: Any = None
        self._stack: Any = None

    def useFor(self, segmentationNode: Any, volumeNode: Any) -> None:
        """Which segmentation is about to be changed."""
        editor = _segmentEditorWidget()
        if editor is None:
            self._stack = LogicUndo(self._logicFor(segmentationNode, volumeNode))
            return
        editor.setMRMLSegmentEditorNode(segmentEditorNode())
        editor.setSegmentationNode(segmentationNode)
        editor.setSourceVolumeNode(volumeNode)
        self._stack = editor

    def saveStateForUndo(self) -> None:
        """Keep the segmentation as it is now."""
        self._stack.saveStateForUndo()

    def undo(self) -> None:
        """Go back to the state that was kept last."""
        if self._stack is not None:
            self._stack.undo()

    def release(self) -> None:
        """The scene is closed."""
        self._logic = self._stack = None

    def _logicFor(self, segmentationNode: Any, volumeNode: Any) -> Any:
        if self._logic is None:
            self._logic = slicer.vtkSlicerSegmentEditorLogic()
            self._logic.SetMRMLScene(slicer.mrmlScene)
            self._logic.SetMRMLApplicationLogic(slicer.app.applicationLogic())
        self._logic.SetSegmentEditorNode(segmentEditorNode())
        self._logic.SetSegmentationNode(segmentationNode)
        self._logic.SetSourceVolumeNode(volumeNode)
        return self._logic


def _segmentEditorWidget() -> Any:
    module = getattr(slicer.modules, "segmenteditor", None)
    return None if module is None else module.widgetRepresentation().self().editor
