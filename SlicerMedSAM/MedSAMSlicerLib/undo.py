"""The Segment Editor's own stack of states, to which accepted masks belong too."""

from __future__ import annotations

from typing import Any, Protocol


class UndoStack(Protocol):
    """A qMRMLSegmentEditorWidget, or a LogicUndo where there is no widget."""

    def saveStateForUndo(self) -> None:
        """Remember the segmentation as it is now."""

    def undo(self) -> None:
        """Back to the state before."""

    def redo(self) -> None:
        """Forward again."""


class LogicUndo:
    """The stack of a vtkSlicerSegmentEditorLogic under the widget's names."""

    def __init__(self, editorLogic: Any) -> None:
        self._logic = editorLogic

    def saveStateForUndo(self) -> None:
        """Remember the segmentation as it is now."""
        self._logic.SaveStateForUndo()

    def undo(self) -> None:
        """Back to the state before."""
        self._logic.Undo()

    def redo(self) -> None:
        """Forward again."""
        self._logic.Redo()
