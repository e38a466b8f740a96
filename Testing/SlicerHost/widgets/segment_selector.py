"""Choosing a segmentation and one of its segments."""

from __future__ import annotations

from typing import Any

import slicer
from PySide6 import QtWidgets
from PySide6.QtCore import Signal

from .declare import slicer_class, stored
from .node_combo_box import qMRMLNodeComboBox
from .observations import Observations
from .scene_widgets import qMRMLWidget


@slicer_class(
    "slicer",
    "currentNodeChanged(vtkMRMLNode*)",
    ("currentNodeChanged(bool)", "currentNodeChanged", bool),
)
class qMRMLSegmentSelectorWidget(qMRMLWidget):
    """A combo box of segmentations and one of segments."""

    _nodes: qMRMLNodeComboBox
    _segments: QtWidgets.QComboBox
    _observations: Observations
    _current: str

    currentNodeChanged = Signal(object)
    currentSegmentChanged = Signal(str)
    noneEnabled = stored("noneEnabled", bool, False, then="_on_none_enabled")
    editEnabled = stored("editEnabled", bool, False)
    selectNodeUponCreation = stored("selectNodeUponCreation", bool, True)
    segmentationNodeSelectorVisible = stored(
        "segmentationNodeSelectorVisible", bool, True, then="_on_selector_visible"
    )
    horizontalLayout = stored("horizontalLayout", bool, False)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._current = ""
        self._observations = Observations(self)
        self._nodes = qMRMLNodeComboBox()
        self._nodes.nodeTypes = ["vtkMRMLSegmentationNode"]
        self._segments = QtWidgets.QComboBox()
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._nodes)
        layout.addWidget(self._segments)
        self.mrmlSceneChanged.connect(self._nodes.setMRMLScene)
        self._nodes.currentNodeChanged.connect(self._on_node)
        self._segments.currentIndexChanged.connect(self._on_segment)

    def currentNode(self) -> Any:
        return self._nodes.currentNode()

    def setCurrentNode(self, node: Any) -> None:
        self._nodes.setCurrentNode(node)

    def currentNodeID(self) -> str:
        return self._nodes.currentNodeID

    def setCurrentNodeID(self, node_id: str) -> None:
        self._nodes.setCurrentNodeID(node_id)

    def currentSegmentID(self) -> str:
        return self._segments.currentData or ""

    def setCurrentSegmentID(self, segment_id: str) -> None:
        self._segments.currentIndex = self._segments.findData(segment_id or "")

    def segmentIDs(self) -> tuple[str, ...]:
        items = (self._segments.itemData(row) for row in range(self._segments.count))
        return tuple(item for item in items if item)

    def _on_node(self, node: Any) -> None:
        self._observations.clear()
        if node is not None:
            kinds = slicer.vtkSegmentation
            for event in (kinds.SegmentAdded, kinds.SegmentRemoved, kinds.SegmentModified):
                self._observations.observe(node.GetSegmentation(), event, "_show_segments")
        self._show_segments()
        self.currentNodeChanged.emit(node)

    def _show_segments(self) -> None:
        node, before = self.currentNode(), self.currentSegmentID()
        blocked = self._segments.blockSignals(True)
        self._segments.clear()
        if self.noneEnabled:
            self._segments.addItem("None", "")
        if node is not None:
            segmentation = node.GetSegmentation()
            for segment_id in segmentation.GetSegmentIDs():
                self._segments.addItem(segmentation.GetSegment(segment_id).GetName(), segment_id)
        self._segments.currentIndex = max(0, self._segments.findData(before))
        self._segments.blockSignals(blocked)
        self._on_segment()

    def _on_segment(self, _row: int = 0) -> None:
        if self.currentSegmentID() != self._current:
            self._current = self.currentSegmentID()
            self.currentSegmentChanged.emit(self._current)

    def _on_none_enabled(self, enabled: bool) -> None:
        self._nodes.noneEnabled = enabled
        self._show_segments()

    def _on_selector_visible(self, visible: bool) -> None:
        self._nodes.visible = visible
