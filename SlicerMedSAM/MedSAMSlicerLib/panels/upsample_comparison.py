"""The result beside other ways of upsampling: outlines, maps and numbers."""

from __future__ import annotations

from typing import Any

import qt
from slicer.i18n import tr as _

from ..upsampling.scene.method_outlines import METHODS, STYLES, Style, methodName
from ..upsampling.scene.results import FineResults
from ..upsampling.scene.results_table import Row

_BOXES = {
    "nearest": "nearestCheckBox",
    "linear": "linearCheckBox",
    "smoothed": "smoothedCheckBox",
    "network": "networkCheckBox",
}
_SWATCH = (28, 12)  # pixels


class UpsampleComparison:
    """The widgets of the section `comparisonButton`."""

    def __init__(self, ui: Any, results: FineResults) -> None:
        self._ui, self._results = ui, results
        self._parameters: Any = None
        self._rows: list[Row] | None = None
        self._updating = False
        self._wasThere: bool | None = None
        for method, name in _BOXES.items():
            box = getattr(ui, name)
            style = STYLES[method]
            box.icon = _swatch(style)
            box.text = _("{method}, {width} px").format(method=box.text, width=style.width)
            box.iconSize = qt.QSize(*_SWATCH)
            box.connect("toggled(bool)", self._onOutlines)
        self._makeTable()

    def setParameters(self, parameters: Any) -> None:
        """An `UpsampleParameters`; None before the scene closes."""
        self._parameters, self._rows = parameters, None

    def refresh(self) -> None:
        """Show what there is of the result."""
        if self._parameters is None:
            return
        self._fold()
        shown = self._parameters.outlines.splitlines()
        self._updating = True
        for method, name in _BOXES.items():
            getattr(self._ui, name).checked = method in shown
        self._updating = False
        self._fill()

    def _fold(self) -> None:
        """Before there is a result its section is closed; what the user folds later stays so."""
        there = self._results.exists
        if there is not self._wasThere:
            self._wasThere = there
            self._ui.comparisonButton.enabled = there
            self._ui.comparisonButton.collapsed = not there

    def showOver(self, isOpen: bool) -> None:
        """Show the chosen outlines and map over the image while the module is open."""
        parameters = self._parameters if isOpen else None
        overlay = "none" if parameters is None else parameters.overlay
        self._results.show_map("" if overlay == "none" else overlay)
        node = self._results.node("comparison")
        if node is not None:
            shown = () if parameters is None else tuple(parameters.outlines.splitlines())
            self._results.outlines.show(node, shown)

    def _makeTable(self) -> None:
        table = self._ui.comparisonTable
        titles = (
            _("Segment"),
            _("Method"),
            _("Mean shift, mm"),
            _("95 % shift, mm"),
            _("Volume, ml"),
            _("Surface, cm²"),
        )
        table.setColumnCount(len(titles))
        table.setHorizontalHeaderLabels(titles)
        table.verticalHeader().hide()
        table.horizontalHeader().setSectionResizeMode(qt.QHeaderView.ResizeToContents)

    def _fill(self) -> None:
        node, table = self._results.node("table"), self._ui.comparisonTable
        rows = [] if node is None else self._results.table.rows(node)
        if rows == self._rows:
            return
        self._rows = rows
        table.setRowCount(len(rows))
        for number, row in enumerate(rows):
            for column, text in enumerate(_texts(row)):
                table.setItem(number, column, qt.QTableWidgetItem(text))

    def _onOutlines(self, _checked: bool) -> None:
        if self._updating or self._parameters is None:
            return
        shown = [method for method in METHODS if getattr(self._ui, _BOXES[method]).checked]
        self._parameters.outlines = "\n".join(shown)


def _texts(row: Row) -> tuple[str, ...]:
    return (
        row.segment,
        methodName(row.method),
        f"{row.mean_shift_mm:.2f}",
        f"{row.shift95_mm:.2f}",
        f"{row.volume_mm3 / 1000:.3f}",
        f"{row.surface_mm2 / 100:.2f}",
    )


def _swatch(style: Style) -> Any:
    """A piece of the outline on a dark ground, as wide as it is drawn."""
    picture = qt.QPixmap(*_SWATCH)
    picture.fill(qt.QColor("#26323b"))
    painter = qt.QPainter(picture)
    width, height = _SWATCH
    top = (height - style.width) // 2
    painter.fillRect(2, top, width - 4, style.width, qt.QColor.fromRgbF(*style.color))
    painter.end()
    return qt.QIcon(picture)
