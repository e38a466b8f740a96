"""Choosing the segment, and by which rules masks are written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slicer
from slicer.i18n import tr as _

from ..scene.segment_editor_node import segmentEditorNode


class SegmentChooser:
    """The widgets `segmentComboBox`, `areaComboBox` and `overlapComboBox` of a panel.

    `chosen` is called with the ID of the segment that the user chose, "" for a new one.
    """

    def __init__(self, ui: Any, chosen: Callable[[str], None]) -> None:
        self._ui, self._chosen = ui, chosen
        self._segmentation: Any = None
        self._tags: list[tuple[Any, int]] = []
        self._segmentIDs: list[str] = []
        self._areas: list[tuple[int, str]] = []
        self._shown: list[tuple[str, str]] | None = None
        self._selected = ""
        node = slicer.vtkMRMLSegmentEditorNode
        self._overlaps = (
            (node.OverwriteAllSegments, _("Overwritten")),
            (node.OverwriteVisibleSegments, _("Overwritten where visible")),
            (node.OverwriteNone, _("Kept, segments may overlap")),
        )
        for _mode, text in self._overlaps:
            ui.overlapComboBox.addItem(text)
        ui.segmentComboBox.connect("activated(int)", self._onSegment)
        ui.areaComboBox.connect("activated(int)", self._onArea)
        ui.overlapComboBox.connect("activated(int)", self._onOverlap)

    def show(self, segmentationNode: Any, segmentID: str) -> None:
        """Show the segments of a segmentation, or none, and which one is chosen."""
        self._selected = segmentID
        if segmentationNode is not self._segmentation:
            self._observe(segmentationNode)
        self._refresh()

    def release(self) -> None:
        """Observe nothing."""
        self._observe(None)
        self._shown = None

    def refreshRules(self) -> None:
        """Show what the Segment Editor is set to now."""
        editor = segmentEditorNode()
        area = (editor.GetMaskMode(), editor.GetMaskSegmentID() or "")
        self._ui.areaComboBox.currentIndex = self._areas.index(area) if area in self._areas else 0
        modes = [mode for mode, _text in self._overlaps]
        self._ui.overlapComboBox.currentIndex = modes.index(editor.GetOverwriteMode())

    def _observe(self, segmentationNode: Any) -> None:
        for subject, tag in self._tags:
            subject.RemoveObserver(tag)
        self._tags, self._segmentation = [], segmentationNode
        if segmentationNode is not None:
            subject, kinds = segmentationNode.GetSegmentation(), slicer.vtkSegmentation
            for event in (kinds.SegmentAdded, kinds.SegmentRemoved, kinds.SegmentModified):
                self._tags.append((subject, subject.AddObserver(event, self._onSegments)))

    def _onSegments(self, _caller: Any, _event: str) -> None:
        self._refresh()

    def _refresh(self) -> None:
        segments = self._segments()
        if segments != self._shown:
            self._shown = segments
            self._fillSegments(segments)
            self._fillAreas(segments)
        known = self._selected in self._segmentIDs
        index = self._segmentIDs.index(self._selected) if known else 0
        self._ui.segmentComboBox.currentIndex = index
        self.refreshRules()

    def _segments(self) -> list[tuple[str, str]]:
        if self._segmentation is None:
            return []
        segmentation = self._segmentation.GetSegmentation()
        ids = segmentation.GetSegmentIDs()
        return [(each, segmentation.GetSegment(each).GetName()) for each in ids]

    def _fillSegments(self, segments: list[tuple[str, str]]) -> None:
        self._segmentIDs = ["", *(segmentID for segmentID, _name in segments)]
        self._ui.segmentComboBox.clear()
        self._ui.segmentComboBox.addItem(_("New segment"))
        for _segmentID, name in segments:
            self._ui.segmentComboBox.addItem(name)

    def _fillAreas(self, segments: list[tuple[str, str]]) -> None:
        node = slicer.vtkMRMLSegmentationNode
        texts = {
            (node.EditAllowedEverywhere, ""): _("Everywhere"),
            (node.EditAllowedInsideAllSegments, ""): _("Inside all segments"),
            (node.EditAllowedInsideVisibleSegments, ""): _("Inside all visible segments"),
            (node.EditAllowedOutsideAllSegments, ""): _("Outside all segments"),
            (node.EditAllowedOutsideVisibleSegments, ""): _("Outside all visible segments"),
        }
        for segmentID, name in segments:
            text = _("Inside {segment}").format(segment=name)
            texts[node.EditAllowedInsideSingleSegment, segmentID] = text
        self._areas = list(texts)
        self._ui.areaComboBox.clear()
        for text in texts.values():
            self._ui.areaComboBox.addItem(text)

    def _onSegment(self, index: int) -> None:
        self._chosen(self._segmentIDs[index])

    def _onArea(self, index: int) -> None:
        mode, segmentID = self._areas[index]
        editor = segmentEditorNode()
        editor.SetMaskSegmentID(segmentID)
        editor.SetMaskMode(mode)

    def _onOverlap(self, index: int) -> None:
        segmentEditorNode().SetOverwriteMode(self._overlaps[index][0])
