"""The list of objects, worst first."""

from __future__ import annotations

from typing import Any

import qt
from slicer.i18n import tr as _

from ..quality.review import Column
from ..quality.rows import Decision, Row
from ..quality.scene.score_colors import scoreColor
from ..quality.session import QualitySession
from .quality_text import statusText

COLUMNS = (Column.SEGMENT, Column.SLICE, Column.OBJECT, Column.SCORE, Column.STATUS)
# Okabe and Ito's vermilion and bluish green, as inks on white.
_FLAGGED_INK, _ACCEPTED_INK = (168, 62, 0), (0, 110, 80)
_DARK = 128  # a color's brightness below which letters on it are white


class QualityList:
    """The table `objectTable`; slices and objects are counted from 1 for the user."""

    def __init__(self, ui: Any, session: QualitySession) -> None:
        self._table, self._session = ui.objectTable, session
        self._shown: tuple[Row, ...] | None = None
        self._updating = False
        table = self._table
        table.setColumnCount(len(COLUMNS))
        names = [_("Segment"), _("Slice"), _("No."), _("Score"), _("Status")]
        table.setHorizontalHeaderLabels(names)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(22)
        header = table.horizontalHeader()
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.setSectionResizeMode(qt.QHeaderView.ResizeToContents)
        header.setSectionResizeMode(0, qt.QHeaderView.Stretch)
        header.setSectionResizeMode(len(COLUMNS) - 1, qt.QHeaderView.Stretch)
        header.connect("sectionClicked(int)", self._onHeader)
        table.connect("itemSelectionChanged()", self._onSelection)

    def refresh(self) -> None:
        """Show the review as it is."""
        review = self._session.review
        self._updating = True
        if review.shown != self._shown:
            self._shown = review.shown
            self._fill()
        self._showOrder()
        self._showSelected()
        self._updating = False

    def _fill(self) -> None:
        table = self._table
        table.setRowCount(len(self._shown))
        for place, row in enumerate(self._shown):
            for column, item in enumerate(_items(row)):
                table.setItem(place, column, item)

    def _showOrder(self) -> None:
        column, descending = self._session.review.order
        order = qt.Qt.DescendingOrder if descending else qt.Qt.AscendingOrder
        self._table.horizontalHeader().setSortIndicator(COLUMNS.index(column), order)

    def _showSelected(self) -> None:
        selected = self._session.review.selected
        keys = [row.key for row in self._shown]
        if selected is None or selected.key not in keys:
            self._table.clearSelection()
            self._table.setCurrentItem(None)
            return
        place = keys.index(selected.key)
        if self._table.currentRow() != place or not self._table.selectedItems():
            self._table.selectRow(place)
            self._table.scrollToItem(self._table.item(place, 0))

    def _onHeader(self, column: int) -> None:
        self._session.review.sort(COLUMNS[column])
        self.refresh()

    def _onSelection(self) -> None:
        if self._updating or not self._table.selectedItems():
            return
        self._session.select(self._shown[self._table.currentRow()])


def _items(row: Row) -> list[Any]:
    each = row.object
    score = f"{each.score:.2f}" if row.has_score else "–"
    texts = (each.name, str(each.slice + 1), str(each.index + 1), score, statusText(row))
    items = [qt.QTableWidgetItem(text) for text in texts]
    for item in items[1:4]:
        item.setTextAlignment(qt.Qt.AlignCenter)
    color = scoreColor(each.score)
    items[3].setBackground(qt.QBrush(qt.QColor(*color)))
    items[3].setForeground(qt.QBrush(qt.QColor(*_inkOn(color))))
    if not row.is_open:
        flagged = row.decision is Decision.FLAGGED
        ink = _FLAGGED_INK if flagged else _ACCEPTED_INK
        items[4].setForeground(qt.QBrush(qt.QColor(*ink)))
        if row.note:
            items[4].setToolTip(row.note)
    return items


def _inkOn(color: tuple[int, int, int]) -> tuple[int, int, int]:
    red, green, blue = color
    brightness = 0.299 * red + 0.587 * green + 0.114 * blue
    return (255, 255, 255) if brightness < _DARK else (0, 0, 0)
