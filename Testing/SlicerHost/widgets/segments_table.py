"""The table of a segmentation's segments."""

from __future__ import annotations

from typing import Any

import slicer
from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import Signal

from .declare import slicer_class, stored
from .observations import Observations
from .scene_widgets import qMRMLWidget

_VISIBILITY, _COLOR, _NAME, _STATUS = range(4)


@slicer_class("slicer")
class qMRMLSegmentsTableView(qMRMLWidget):
    """One row a segment; a click on the eye hides or shows it."""

    _table: QtWidgets.QTableWidget
    _segmentation: Any
    _ids: list
    _observations: Observations

    selectionChanged = Signal(QtCore.QItemSelection, QtCore.QItemSelection)
    segmentAboutToBeModified = Signal(str)
    selectionMode = stored("selectionMode", int, 3, then="_on_selection_mode")
    headerVisible = stored("headerVisible", bool, True, then="_on_columns")
    visibilityColumnVisible = stored("visibilityColumnVisible", bool, True, then="_on_columns")
    colorColumnVisible = stored("colorColumnVisible", bool, True, then="_on_columns")
    statusColumnVisible = stored("statusColumnVisible", bool, False, then="_on_columns")
    opacityColumnVisible = stored("opacityColumnVisible", bool, True)
    layerColumnVisible = stored("layerColumnVisible", bool, False)
    filterBarVisible = stored("filterBarVisible", bool, False)
    textFilter = stored("textFilter", str, "", then="_on_filter")
    readOnly = stored("readOnly", bool, False, then="_on_read_only")

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._segmentation, self._ids = None, []
        self._observations = Observations(self)
        self._table = QtWidgets.QTableWidget(0, 4)
        self._table.objectName = "SegmentsTable"
        self._table.setHorizontalHeaderLabels(["", "", "Name", "Status"])
        self._table.setSelectionBehavior(QtWidgets.QAbstractItemView.SelectRows)
        self._table.horizontalHeader().setStretchLastSection(True)
        self._table.verticalHeader().hide()
        for column in (_VISIBILITY, _COLOR):
            self._table.setColumnWidth(column, 28)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._table)
        self._table.selectionModel().selectionChanged.connect(self.selectionChanged.emit)
        self._table.cellClicked.connect(self._on_clicked)
        self._table.itemChanged.connect(self._on_edited)
        self._on_columns()

    def segmentationNode(self) -> Any:
        return self._segmentation

    def setSegmentationNode(self, node: Any) -> None:
        self._observations.clear()
        self._segmentation = node
        if node is not None:
            self._observe(node)
        self._show_segments()

    def tableWidget(self) -> QtWidgets.QTableWidget:
        return self._table

    def _count(self) -> int:
        return len(self._ids)

    segmentCount = property(_count)

    def rowForSegmentID(self, segment_id: str) -> int:
        return self._ids.index(segment_id) if segment_id in self._ids else -1

    def segmentIDForRow(self, row: int) -> str:
        return self._ids[row] if 0 <= row < len(self._ids) else ""

    def selectedSegmentIDs(self) -> tuple[str, ...]:
        rows = sorted({index.row() for index in self._table.selectedIndexes()})
        return tuple(self._ids[row] for row in rows if row < len(self._ids))

    def setSelectedSegmentIDs(self, segment_ids: Any) -> None:
        self._table.clearSelection()
        model = self._table.selectionModel()
        flags = QtCore.QItemSelectionModel.Select | QtCore.QItemSelectionModel.Rows
        for row in (self.rowForSegmentID(segment_id) for segment_id in segment_ids):
            if row >= 0:
                model.select(self._table.model().index(row, 0), flags)

    def clearSelection(self) -> None:
        self._table.clearSelection()

    def setSelectionMode(self, mode: int) -> None:
        self.selectionMode = int(mode)

    def setReadOnly(self, readOnly: bool) -> None:
        self.readOnly = readOnly

    def setTextFilter(self, text: str) -> None:
        self.textFilter = text

    def _observe(self, node: Any) -> None:
        segmentation = node.GetSegmentation()
        kinds = slicer.vtkSegmentation
        for event in (
            kinds.SegmentAdded,
            kinds.SegmentRemoved,
            kinds.SegmentsOrderModified,
        ):
            self._observations.observe(segmentation, event, "_show_segments")
        self._observations.observe(segmentation, kinds.SegmentModified, "_on_segment_modified")
        display = node.GetDisplayNode()
        if display is not None:
            self._observations.observe(display, "ModifiedEvent", "_show_segments")

    def _on_segment_modified(self) -> None:
        # Also comes before SegmentAdded, while the new segment has no display properties yet.
        if list(self._segmentation.GetSegmentation().GetSegmentIDs()) == self._ids:
            self._show_segments()

    def _show_segments(self) -> None:
        selected = self.selectedSegmentIDs()
        node = self._segmentation
        self._ids = list(node.GetSegmentation().GetSegmentIDs()) if node is not None else []
        blocked = self._table.blockSignals(True)
        self._table.rowCount = len(self._ids)
        for row, segment_id in enumerate(self._ids):
            for column, item in enumerate(self._items(segment_id)):
                self._table.setItem(row, column, item)
        self._table.blockSignals(blocked)
        self._on_filter()
        self.setSelectedSegmentIDs(selected)

    def _items(self, segment_id: str) -> tuple[QtWidgets.QTableWidgetItem, ...]:
        segment = self._segmentation.GetSegmentation().GetSegment(segment_id)
        display = self._segmentation.GetDisplayNode()
        shown = display is None or display.GetSegmentVisibility(segment_id)
        eye = QtWidgets.QTableWidgetItem("\u25c9" if shown else "\u25cb")
        color = QtWidgets.QTableWidgetItem()
        color.setBackground(QtGui.QBrush(QtGui.QColor.fromRgbF(*segment.GetColor())))
        logic = slicer.vtkSlicerSegmentationsModuleLogic
        status = logic.GetSegmentStatusAsHumanReadableString(logic.GetSegmentStatus(segment))
        for item in (eye, color):
            item.setFlags(QtCore.Qt.ItemIsEnabled | QtCore.Qt.ItemIsSelectable)
        name = QtWidgets.QTableWidgetItem(segment.GetName())
        return eye, color, name, QtWidgets.QTableWidgetItem(status)

    def _on_clicked(self, row: int, column: int) -> None:
        display = self._segmentation.GetDisplayNode()
        if column == _VISIBILITY and display is not None:
            segment_id = self._ids[row]
            display.SetSegmentVisibility(segment_id, not display.GetSegmentVisibility(segment_id))

    def _on_edited(self, item: QtWidgets.QTableWidgetItem) -> None:
        if item.column() == _NAME:
            segment_id = self._ids[item.row()]
            self.segmentAboutToBeModified.emit(segment_id)
            self._segmentation.GetSegmentation().GetSegment(segment_id).SetName(item.text())

    def _on_filter(self, _changed: str = "") -> None:
        wanted = self.textFilter.lower()
        for row in range(self._table.rowCount):
            name = self._table.item(row, _NAME).text().lower()
            self._table.setRowHidden(row, wanted not in name)

    def _on_selection_mode(self, mode: int) -> None:
        self._table.setSelectionMode(QtWidgets.QAbstractItemView.SelectionMode(mode))

    def _on_columns(self, _changed: bool = True) -> None:
        self._table.horizontalHeader().setVisible(self.headerVisible)
        self._table.setColumnHidden(_VISIBILITY, not self.visibilityColumnVisible)
        self._table.setColumnHidden(_COLOR, not self.colorColumnVisible)
        self._table.setColumnHidden(_STATUS, not self.statusColumnVisible)

    def _on_read_only(self, read_only: bool) -> None:
        triggers = QtWidgets.QAbstractItemView.EditTrigger
        self._table.setEditTriggers(
            triggers.NoEditTriggers if read_only else triggers.DoubleClicked
        )
