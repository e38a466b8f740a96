"""The table that compares alternatives with readers' segments on the shown slice."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import qt
from slicer.i18n import tr as _

from ..hypotheses.candidates import SliceSet
from ..hypotheses.readers import Comparison, ReaderRow, compare
from ..hypotheses.scene_segments import isOurs, segmentOnPlane, segmentsOf
from ..scene.volume_slices import VolumeSlices

_COLUMNS = 4


class ReadersTable:
    """The widgets `compareTable` and `compareLabel`: a row a segment, ticked if it is a reader's.

    `tickedChanged` is called with a text that keeps what the user has ticked.
    """

    def __init__(self, ui: Any, slices: VolumeSlices, tickedChanged: Callable[[str], None]) -> None:
        self._ui, self._slices, self._tickedChanged = ui, slices, tickedChanged
        self._ticked: dict[str, bool] = {}
        self._ids: list[str] = []
        self._updating = False
        table = ui.compareTable
        table.setColumnCount(_COLUMNS)
        table.setHorizontalHeaderLabels([_("Reader"), _("Chosen"), _("Best"), _("by")])
        header = table.horizontalHeader()
        header.setSectionResizeMode(qt.QHeaderView.ResizeToContents)
        header.setSectionResizeMode(0, qt.QHeaderView.Stretch)
        table.verticalHeader().visible = False
        for column, text in enumerate(_toolTips()):
            table.horizontalHeaderItem(column).setToolTip(text)
        table.connect("itemChanged(QTableWidgetItem*)", self._onItem)

    def setTicked(self, text: str) -> None:
        """What the scene keeps of the user's ticks."""
        try:
            ticked = json.loads(text or "{}")
            self._ticked = {str(name): bool(value) for name, value in ticked.items()}
        except (ValueError, AttributeError):
            self._ticked = {}

    def show(self, found: SliceSet | None, segmentationNode: Any, versions: list[str]) -> None:
        """Compare with the segments of a node; `versions` are ticked unless the user said else."""
        segments = {} if isOurs(segmentationNode) else dict(segmentsOf(segmentationNode))
        ticked = [each for each in segments if self._ticked.get(each, each in versions)]
        result = self._compared(found, segmentationNode, {each: segments[each] for each in ticked})
        rows = dict(zip(ticked, result.rows, strict=True)) if result.rows else {}
        self._updating = True
        self._ids = list(segments)
        self._ui.compareTable.setRowCount(len(segments))
        for number, (segmentID, segment) in enumerate(segments.items()):
            self._showRow(number, segment.GetName(), segmentID in ticked, rows.get(segmentID))
        self._updating = False
        self._ui.compareLabel.text = _summary(found, result, bool(segments))

    def _compared(self, found: SliceSet | None, node: Any, readers: dict) -> Comparison:
        if found is None or not readers:
            return Comparison(math.nan, ())
        plane = self._slices.planeOf(found.slice)
        masks: dict[str, np.ndarray] = {
            segmentID: segmentOnPlane(node, segment, plane)
            for segmentID, segment in readers.items()
        }
        return compare(found.hypotheses, found.candidate.mask, masks)

    def _showRow(self, number: int, name: str, isTicked: bool, row: ReaderRow | None) -> None:
        texts = [name, "", "", ""]
        if row is not None:
            texts = [name, f"{row.chosen:.3f}", f"{row.best:.3f}", str(row.best_index + 1)]
        for column, text in enumerate(texts):
            item = self._ui.compareTable.item(number, column)
            if item is None:
                item = qt.QTableWidgetItem()
                item.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsUserCheckable)
                self._ui.compareTable.setItem(number, column, item)
            item.setText(text)
        first = self._ui.compareTable.item(number, 0)
        first.setCheckState(qt.Qt.Checked if isTicked else qt.Qt.Unchecked)

    def _onItem(self, item: Any) -> None:
        if self._updating or item.column() != 0:
            return
        self._ticked[self._ids[item.row()]] = item.checkState() == qt.Qt.Checked
        self._tickedChanged(json.dumps(self._ticked))


def _summary(found: SliceSet | None, result: Comparison, hasSegments: bool) -> str:
    if not hasSegments:
        return _("Accept masks as readers, or choose a segmentation with readers' segments.")
    if found is None:
        return _("Make alternatives on this slice to compare them.")
    if not result.rows:
        return _("Tick the segments that are readers' versions of this object.")
    text = _(
        "GED {value}: {count} alternatives against {readers} readers on this slice; 0 is best."
    )
    return text.format(
        value=f"{result.ged:.3f}", count=len(found.alternatives), readers=len(result.rows)
    )


def _toolTips() -> tuple[str, ...]:
    return (
        _("Segments; tick those that are readers' versions of this object"),
        _("Dice of the chosen mask with the reader's"),
        _("Highest Dice of an alternative with the reader's"),
        _("The alternative that is nearest to the reader"),
    )
