"""Status tags of reviewed segments, and new segments of suggestions: the session's `Segments`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import slicer
import vtk
from slicer.i18n import tr as _

from ...scene.editor_undo import EditorUndo
from ...scene.segment_editor_node import segmentEditorNode
from ...segments import SegmentWriter, addSegment
from ..rows import Decision
from ..suggestions import Suggested
from .reader import SegmentationReader

# Kept with the segment, so that the status can be given back in a scene that was saved, too.
STATUS_BEFORE_TAG = "MedSAM.StatusBeforeReview"


class SegmentMarks:
    """Works on the segmentation that `reader` knows."""

    def __init__(self, reader: SegmentationReader, undo: EditorUndo) -> None:
        self._reader, self._undo = reader, undo

    def mark(self, decisions: Mapping[str, Decision]) -> None:
        """Flagged, completed, or what the segment's status was before the review (OPEN)."""
        logic = slicer.vtkSlicerSegmentationsModuleLogic
        wanted = {Decision.FLAGGED: logic.Flagged, Decision.ACCEPTED: logic.Completed}
        segmentation = self._reader.segmentationNode.GetSegmentation()
        for segmentId, decision in decisions.items():
            segment = segmentation.GetSegment(segmentId)
            if segment is None:
                continue
            if decision is Decision.OPEN:
                _restore(segment)
            else:
                _set(segment, wanted[decision])

    def add(self, suggested: Suggested, array_axis: int) -> None:
        """Add a suggestion as a segment of its own; the others are left as they are."""
        segmentation, volume = self._reader.segmentationNode, self._reader.volumeNode
        place = self._reader.place(array_axis, suggested.slice)
        extent = place.extent(volume.GetImageData().GetDimensions()[::-1])
        box = _expanded(suggested, array_axis)
        editor = segmentEditorNode()
        self._undo.useFor(segmentation, volume)
        writer = SegmentWriter(editor, self._undo)
        mode = editor.GetOverwriteMode()
        with writer.undoStep(segmentation):
            name = _("{segment} (suggested)").format(segment=suggested.name)
            segmentId = addSegment(segmentation, name)
            editor.SetOverwriteMode(editor.OverwriteNone)
            try:
                writer.acceptVoxels(segmentation, segmentId, extent, box, volume)
            finally:
                editor.SetOverwriteMode(mode)

    def undo(self) -> None:
        """Take the segment that was added last out again."""
        self._undo.undo()

    def forget(self) -> None:
        """From here on the Segment Editor may have other steps on the stack."""
        self._undo.release()


def _expanded(suggested: Suggested, array_axis: int) -> Any:
    """The mask (H, W) as a box of voxels, one slice thick."""
    return np.expand_dims(suggested.mask, array_axis)


def _set(segment: Any, status: int) -> None:
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    before = vtk.reference("")
    if not segment.GetTag(STATUS_BEFORE_TAG, before):
        segment.SetTag(STATUS_BEFORE_TAG, str(logic.GetSegmentStatus(segment)))
    logic.SetSegmentStatus(segment, status)


def _restore(segment: Any) -> None:
    before = vtk.reference("")
    if segment.GetTag(STATUS_BEFORE_TAG, before):
        segment.RemoveTag(STATUS_BEFORE_TAG)
        slicer.vtkSlicerSegmentationsModuleLogic.SetSegmentStatus(segment, int(str(before)))
