"""Masks go into segments by the changed extent, by the rules that the Segment Editor is set to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from .slices import SlicePlane


class UndoStack(Protocol):
    """Who saves a state before a change: a qMRMLSegmentEditorWidget, or LogicUndo."""

    def saveStateForUndo(self) -> None: ...


class LogicUndo:
    """The undo stack of a vtkSlicerSegmentEditorLogic, named as the widget's."""

    def __init__(self, editorLogic: Any) -> None:
        raise NotImplementedError

    def saveStateForUndo(self) -> None: ...

    def undo(self) -> None: ...

    def redo(self) -> None: ...


def createSegmentation(volumeNode: Any, name: str = "") -> Any:
    """A new vtkMRMLSegmentationNode in the volume's geometry and under its transform."""
    raise NotImplementedError


def addSegment(segmentationNode: Any, name: str = "Object") -> str:
    """Add an empty segment and return its id; its name is made unique ("Object 2"), its color is
    the next of the palette, its status not started, its terminology the default (tissue).
    """
    raise NotImplementedError


class SegmentWriter:
    """Adds masks to segments. One accept is one undo step."""

    def __init__(self, editorNode: Any, undo: UndoStack | None = None) -> None:
        """editorNode: the vtkMRMLSegmentEditorNode whose masking and overwriting hold."""
        raise NotImplementedError

    def accept(
        self,
        segmentationNode: Any,
        segmentId: str,
        mask: np.ndarray,
        plane: SlicePlane,
        volumeNode: Any,
    ) -> int:
        """Add a mask (H, W) of a slice to a segment; returns the number of voxels offered that
        the masking let through. MedSAMError where that is not possible, with nothing changed.
        """
        raise NotImplementedError

    def acceptVoxels(
        self,
        segmentationNode: Any,
        segmentId: str,
        extent: tuple[slice, slice, slice],
        voxels: np.ndarray,
        volumeNode: Any,
    ) -> int:
        """The same for a box of the volume's voxels: `voxels` bool lies at `extent` (k, j, i)."""
        raise NotImplementedError
