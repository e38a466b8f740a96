"""The alternatives as pictures: each with its outline, size, rank, and difference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import qt
import slicer
import vtk
from slicer.i18n import tr as _
from vtk.util.numpy_support import numpy_to_vtk

from ..hypotheses.candidates import Candidate, Facts, SliceSet
from ..hypotheses.colors import COMBINED, alternative_color
from ..hypotheses.thumbnails import Crop, crop_around, gray_picture, with_badge, with_mask
from ..session.ports import SliceImage

PICTURE = 94  # side in pixels
_AROUND = 6  # pixels beside and below a caption
_VISIBLE_ROWS = 3
_LEAST_WIDTH = 340  # of the section, before it is laid out
_MARGINS = 48  # of the section and the list, which keeps room for a scroll bar
_FRAME = 6


class Gallery:
    """The list `galleryList` of the panel.

    `chosen` is called with the index of a candidate, `accepted` on a double click.
    """

    def __init__(
        self, listWidget: Any, chosen: Callable[[int], None], accepted: Callable[[], None]
    ) -> None:
        self._list, self._chosen = listWidget, chosen
        self._order: list[int] = []
        self._shown: tuple = ()
        self._pictures: list[np.ndarray] = []
        self._marked: set[int] = set()
        self._layout = (0, 0, 0)
        self._updating = False
        listWidget.setViewMode(qt.QListView.IconMode)
        listWidget.setResizeMode(qt.QListView.Adjust)
        listWidget.setMovement(qt.QListView.Static)
        listWidget.setIconSize(qt.QSize(PICTURE, PICTURE))
        listWidget.connect("currentRowChanged(int)", self._onRow)
        listWidget.connect("itemDoubleClicked(QListWidgetItem*)", lambda _item: accepted())

    def show(
        self,
        found: SliceSet | None,
        image: Callable[[], SliceImage | None],
        bestFirst: bool,
        unit: tuple[float, str],
    ) -> None:
        """Show these alternatives, or none.

        image: reads the slice, when it is needed. unit: what a pixel's area counts, and its name.
        """
        order = [] if found is None else found.order(bestFirst)
        state = () if found is None else (id(found), tuple(order), unit)
        self._updating = True
        if state != self._shown:
            self._shown = state
            self._fill(found, order, image, unit)
        if found is not None:
            self._layOut(len(order))
            self._showMarks(found.marked)
            self._list.currentRow = order.index(found.chosen)
            self._list.scrollToItem(self._list.currentItem())
        self._updating = False

    def _fill(
        self, found: SliceSet | None, order: list[int], image: Any, unit: tuple[float, str]
    ) -> None:
        self._list.clear()
        self._order, self._pictures, self._marked = order, [], set()
        self._list.visible = found is not None
        if found is None:
            return
        masks = [each.mask for each in found.candidates]
        crop = crop_around(masks, found.prompts.box, found.slice.plane.pixel_spacing)
        gray = _gray(image(), crop)
        for index in order:
            candidate, facts = found.candidates[index], found.facts(index)
            item = qt.QListWidgetItem(_title(candidate, facts, found, unit))
            item.setToolTip(_toolTip(candidate, facts, unit))
            color = COMBINED if candidate.rule else alternative_color(index)
            self._pictures.append(with_mask(gray, candidate.mask, crop, color))
            item.setIcon(_icon(self._pictures[-1]))
            self._list.addItem(item)

    def _layOut(self, count: int) -> None:
        """As many columns as there is room for; more than _VISIBLE_ROWS rows are scrolled."""
        cellWidth, cellHeight = self._cell(count)
        width = max(self._list.parentWidget().width, _LEAST_WIDTH) - _MARGINS
        columns = max(width // cellWidth, 1)
        rows = min(-(-count // columns), _VISIBLE_ROWS)
        layout = width // columns, cellHeight, rows * cellHeight + _FRAME
        if layout != self._layout:
            self._layout = layout
            self._list.setGridSize(qt.QSize(*layout[:2]))
            self._list.setFixedHeight(layout[2])

    def _cell(self, count: int) -> tuple[int, int]:
        """Room for a picture and the longest caption, in the type that the user has."""
        metrics = self._list.fontMetrics()
        captions = [self._list.item(row).text().split("\n") for row in range(count)]
        widest = max(metrics.horizontalAdvance(line) for lines in captions for line in lines)
        below = max(map(len, captions)) * metrics.lineSpacing()
        return max(PICTURE, widest) + _AROUND, PICTURE + below + 2 * _AROUND

    def _showMarks(self, marked: set[int]) -> None:
        for row, index in enumerate(self._order):
            if (index in marked) != (index in self._marked):
                picture = self._pictures[row]
                isMarked = index in marked
                self._list.item(row).setIcon(_icon(with_badge(picture) if isMarked else picture))
        self._marked = set(marked)

    def _onRow(self, row: int) -> None:
        if not self._updating and 0 <= row < len(self._order):
            self._chosen(self._order[row])


def ruleText(rule: str) -> str:
    """The name of a rule of consensus."""
    texts = {
        "union": _("union"),
        "majority": _("majority"),
        "intersection": _("intersection"),
        "staple": _("STAPLE"),
    }
    return texts[rule]


def areaText(area: int, unit: tuple[float, str]) -> str:
    """An area in pixels as text with its unit."""
    size, name = unit
    return f"{area * size:.4g} {name}"


def _title(candidate: Candidate, facts: Facts, found: SliceSet, unit: tuple[float, str]) -> str:
    if candidate.rule:
        isAll = len(candidate.sources) == len(found.alternatives)
        of = _("all") if isAll else candidate.number
        first = f"{of} {ruleText(candidate.rule)}"
    else:
        first = _("{number}: rank {rank}").format(number=candidate.number, rank=facts.rank)
    if facts.duplicate_of is not None:
        last = _("same as {number}").format(number=facts.duplicate_of + 1)
    else:
        last = _("differs {percent} %").format(percent=round(100 * facts.difference))
    if facts.rank == 1:
        last = _("most typical")
    return "\n".join((first, areaText(facts.area, unit), last))


def _toolTip(candidate: Candidate, facts: Facts, unit: tuple[float, str]) -> str:
    lines = [_("Area: {area}").format(area=areaText(facts.area, unit))]
    lines.append(
        _("Difference (1 - Dice) from the most typical one: {value}").format(
            value=f"{facts.difference:.3f}"
        )
    )
    if candidate.rule:
        lines.append(_("Made of {numbers}").format(numbers=candidate.number))
    else:
        lines.append(
            _("Rank {rank} by overlap with the others; predicted quality {score}").format(
                rank=facts.rank, score=f"{facts.score:.2f}"
            )
        )
    return "\n".join(lines)


def _gray(image: SliceImage | None, crop: Crop) -> np.ndarray:
    if image is None:
        return np.zeros((PICTURE, PICTURE, 3), np.uint8)
    return gray_picture(image, crop, PICTURE)


def _icon(picture: np.ndarray) -> Any:
    pixmap = qt.QPixmap.fromImage(imageOf(picture))
    icon = qt.QIcon()
    for mode in (qt.QIcon.Normal, qt.QIcon.Selected):
        icon.addPixmap(pixmap, mode)  # a chosen picture is not tinted
    return icon


def imageOf(pixels: np.ndarray) -> Any:
    """A picture (H, W, 3) uint8 as a QImage."""
    height, width, _channels = pixels.shape
    data = vtk.vtkImageData()
    data.SetDimensions(width, height, 1)
    upright = np.ascontiguousarray(pixels[::-1]).reshape(-1, 3)  # VTK's first row is the lowest
    data.GetPointData().SetScalars(numpy_to_vtk(upright, deep=True))
    image = qt.QImage()
    slicer.qMRMLUtils().vtkImageDataToQImage(data, image)
    return image
