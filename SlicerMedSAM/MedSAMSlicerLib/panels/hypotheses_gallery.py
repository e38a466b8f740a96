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
from ..hypotheses.thumbnails import Crop, crop_around, gray_picture, with_mask
from ..session.ports import SliceImage

PICTURE = 108  # side in pixels
_CELL_WIDTH, _CELL_HEIGHT = 122, 166
_VISIBLE_ROWS = 3
_LEAST_WIDTH = 360  # of the list, before it is laid out


class Gallery:
    """The list `galleryList` of the panel.

    `chosen` and `marked` are called with the index of a candidate, `accepted` on a double click.
    """

    def __init__(
        self,
        listWidget: Any,
        chosen: Callable[[int], None],
        marked: Callable[[int], None],
        accepted: Callable[[], None],
    ) -> None:
        self._list, self._chosen, self._marked = listWidget, chosen, marked
        self._order: list[int] = []
        self._shown: tuple = ()
        self._found: SliceSet | None = None
        self._updating = False
        listWidget.setViewMode(qt.QListView.IconMode)
        listWidget.setResizeMode(qt.QListView.Adjust)
        listWidget.setMovement(qt.QListView.Static)
        listWidget.setIconSize(qt.QSize(PICTURE, PICTURE))
        listWidget.setGridSize(qt.QSize(_CELL_WIDTH, _CELL_HEIGHT))
        listWidget.connect("currentRowChanged(int)", self._onRow)
        listWidget.connect("itemChanged(QListWidgetItem*)", self._onItem)
        listWidget.connect("itemDoubleClicked(QListWidgetItem*)", lambda _item: accepted())

    def show(
        self, found: SliceSet | None, image: Callable[[], SliceImage | None], bestFirst: bool,
        unit: tuple[float, str],
    ) -> None:  # fmt: skip
        """Show these alternatives, or none.

        image: reads the slice, when it is needed. unit: what a pixel's area counts, and its name.
        """
        self._found = found
        order = [] if found is None else found.order(bestFirst)
        state = () if found is None else (id(found), tuple(order), tuple(found.accepted), unit)
        self._updating = True
        if state != self._shown:
            self._fill(found, order, image, unit)
            self._shown = state
        if found is not None:
            self._list.currentRow = order.index(found.chosen)
            for row, index in enumerate(order):
                self._tick(self._list.item(row), index in found.marked, index)
        self._updating = False

    def _fill(
        self, found: SliceSet | None, order: list[int], image: Any, unit: tuple[float, str]
    ) -> None:
        self._list.clear()
        self._order = order
        self._list.visible = found is not None
        if found is None:
            return
        slice_image = image()
        crop = crop_around(
            [each.mask for each in found.candidates],
            found.prompts.box,
            found.slice.plane.pixel_spacing,
        )
        gray = None if slice_image is None else gray_picture(slice_image, crop, PICTURE)
        for index in order:
            candidate = found.candidates[index]
            facts = found.facts(index)
            item = qt.QListWidgetItem(_title(candidate, facts, found, unit))
            item.setIcon(_icon(gray, candidate, crop))
            item.setToolTip(_toolTip(candidate, facts, unit))
            self._list.addItem(item)
        perRow = max(max(self._list.width, _LEAST_WIDTH) // _CELL_WIDTH, 1)
        rows = min(-(-len(order) // perRow), _VISIBLE_ROWS)
        self._list.setFixedHeight(rows * _CELL_HEIGHT + 6)

    def _tick(self, item: Any, isMarked: bool, index: int) -> None:
        if index >= len(self._found.alternatives):
            return  # a combination is not combined further
        wanted = qt.Qt.Checked if isMarked else qt.Qt.Unchecked
        if item.data(qt.Qt.CheckStateRole) is None or item.checkState() != wanted:
            item.setCheckState(wanted)

    def _onRow(self, row: int) -> None:
        if not self._updating and 0 <= row < len(self._order):
            self._chosen(self._order[row])

    def _onItem(self, item: Any) -> None:
        if self._updating or self._found is None:
            return
        index = self._order[self._list.row(item)]
        isMarked = item.checkState() == qt.Qt.Checked
        if index < len(self._found.alternatives) and isMarked != (index in self._found.marked):
            self._marked(index)


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
    elif facts.rank == 1:
        first = _("{number}: most typical").format(number=candidate.number)
    else:
        first = _("{number}: rank {rank}").format(number=candidate.number, rank=facts.rank)
    if facts.duplicate_of is not None:
        last = _("same as {number}").format(number=facts.duplicate_of + 1)
    else:
        last = _("differs {percent} %").format(percent=round(100 * facts.difference))
    if facts.rank == 1:
        last = _("(reference)")
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


def _icon(gray: np.ndarray | None, candidate: Candidate, crop: Crop) -> Any:
    if gray is None:
        gray = np.zeros((PICTURE, PICTURE, 3), np.uint8)
    color = COMBINED if candidate.rule else alternative_color(candidate.sources[0])
    pixmap = qt.QPixmap.fromImage(imageOf(with_mask(gray, candidate.mask, crop, color)))
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
