"""Where accepted masks go: the session's `Segments`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from slicer.i18n import tr as _

from MedSAMLib.errors import MedSAMError

from ..segments import SegmentWriter, UndoStack, addSegment, createSegmentation
from ..session.ports import ShownMask
from .segment_editor_node import segmentEditorNode
from .volume_slices import VolumeSlices
from .voxel_boxes import union

_MM3_PER_ML = 1000.0


class Choice(Protocol):
    """The chosen segmentation node and segment, as the panel keeps them; None and "" for new."""

    segmentation: Any
    segmentID: str


class Undo(UndoStack, Protocol):
    """An undo stack that can also go back, for the segmentation that it is told."""

    def useFor(self, segmentationNode: Any, volumeNode: Any) -> None: ...

    def undo(self) -> None: ...


class SegmentTarget:
    """Writes masks of the volume that `slices` knows, by the rules of the Segment Editor."""

    def __init__(self, slices: VolumeSlices, undo: Undo) -> None:
        self.choice: Choice | None = None
        self._slices, self._undo = slices, undo
        self._accepted = 0

    def write(self, masks: Sequence[ShownMask], separate: bool) -> str:
        """Add the masks to the chosen segment, or each to a new one."""
        segmentation, volume = self._segmentation(), self._slices.volumeNode
        groups = [[mask] for mask in masks] if separate and len(masks) > 1 else [list(masks)]
        self._undo.useFor(segmentation, volume)
        writer = self._writer(segmentation)
        with writer.undoStep(segmentation):
            counts = [self._add(writer, group, isNew=len(groups) > 1) for group in groups]
        if not any(counts):
            self._undo.undo()
            raise MedSAMError(
                _("Nothing was written: the editable area lets no voxel of the mask through.")
            )
        self._accepted += 1
        return self._sentence(segmentation, sum(counts), len(groups))

    def start_next(self) -> None:
        """Choose a new, empty segment."""
        segmentation = self._segmentation()
        self.choice.segmentID = addSegment(segmentation)

    def can_undo(self) -> bool:
        """Whether something was accepted since the module was opened."""
        return self._accepted > 0

    def undo(self) -> None:
        """Take the last accepted object back."""
        self._accepted -= 1
        self._undo.undo()

    def forget(self) -> None:
        """From here on the Segment Editor may have other steps on the stack."""
        self._accepted = 0

    def _writer(self, _segmentation: Any) -> SegmentWriter:
        return SegmentWriter(segmentEditorNode(), self._undo)

    def _segmentation(self) -> Any:
        if self.choice.segmentation is None:
            self.choice.segmentation = createSegmentation(self._slices.volumeNode)
            self.choice.segmentID = ""
        return self.choice.segmentation

    def _segmentID(self, segmentation: Any) -> str:
        known = self.choice.segmentID
        if not known or segmentation.GetSegmentation().GetSegment(known) is None:
            self.choice.segmentID = addSegment(segmentation)
        return self.choice.segmentID

    def _add(self, writer: SegmentWriter, masks: list[ShownMask], isNew: bool) -> int:
        segmentation, volume = self.choice.segmentation, self._slices.volumeNode
        if isNew:
            self.choice.segmentID = addSegment(segmentation)
        segmentID = self._segmentID(segmentation)
        boxes = [self._slices.planeOf(each.slice).voxels(each.mask) for each in masks]
        return writer.acceptVoxels(segmentation, segmentID, *union(boxes), volume)

    def _sentence(self, segmentation: Any, count: int, segments: int) -> str:
        spacing = np.array(self._slices.volumeNode.GetSpacing())
        values = {"count": count, "ml": f"{count * spacing.prod() / _MM3_PER_ML:.3g}"}
        if segments > 1:
            text = _("Added {count} voxels ({ml} mL) as {segments} new segments.")
            return text.format(**values, segments=segments)
        name = segmentation.GetSegmentation().GetSegment(self.choice.segmentID).GetName()
        return _("Added {count} voxels ({ml} mL) to {name}.").format(**values, name=name)
