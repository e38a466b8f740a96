"""Which views are seen, and where: `slicer.app.layoutManager()`."""

from __future__ import annotations

from typing import Any

import slicer
from PySide6 import QtCore, QtWidgets
from PySide6.QtCore import Signal

from ..views.standard import StandardViews
from ..widgets.declare import slicer_class, stored
from .slice_widget import qMRMLSliceWidget, qMRMLThreeDWidget, slice_widgets

_LAYOUTS = slicer.vtkMRMLLayoutNode
_THREE_D = "1"
# Layout -> names of the views that it shows; all others show the four standard views.
_SHOWN = {
    _LAYOUTS.SlicerLayoutOneUpRedSliceView: ("Red",),
    _LAYOUTS.SlicerLayoutOneUpGreenSliceView: ("Green",),
    _LAYOUTS.SlicerLayoutOneUpYellowSliceView: ("Yellow",),
    _LAYOUTS.SlicerLayoutOneUp3DView: (_THREE_D,),
}


@slicer_class("slicer")
class qSlicerLayoutManager(QtCore.QObject):
    """The standard views in a grid of two by two."""

    _slices: dict
    _threed: qMRMLThreeDWidget
    _viewport: QtWidgets.QWidget

    layoutChanged = Signal(int)
    layout = stored("layout", int, int(_LAYOUTS.SlicerLayoutFourUpView), then="_on_layout")

    def __init__(self, views: StandardViews) -> None:
        super().__init__()
        self._slices = slice_widgets(views.slices)
        self._threed = qMRMLThreeDWidget(views.threed)
        self._viewport = QtWidgets.QWidget()
        grid = QtWidgets.QGridLayout(self._viewport)
        grid.setSpacing(2)
        grid.setContentsMargins(0, 0, 0, 0)
        places = ((0, 0), (0, 1), (1, 0), (1, 1))
        names = ("Red", _THREE_D, "Green", "Yellow")
        for name, place in zip(names, places, strict=True):
            grid.addWidget(self._all()[name], *place)

    threeDViewCount = property(lambda self: 1)
    tableViewCount = property(lambda self: 0)
    plotViewCount = property(lambda self: 0)

    def viewport(self) -> QtWidgets.QWidget:
        return self._viewport

    def sliceViewNames(self) -> tuple[str, ...]:
        return tuple(self._slices)

    def sliceWidget(self, name: str) -> qMRMLSliceWidget | None:
        return self._slices.get(name)

    def threeDWidget(self, index: int) -> qMRMLThreeDWidget:
        return self._threed

    def mrmlSliceLogics(self) -> Any:
        return slicer.app.applicationLogic().GetSliceLogics()

    def mrmlViewLogics(self) -> Any:
        return slicer.app.applicationLogic().GetViewLogics()

    def setLayout(self, layout: int) -> None:
        self.layout = int(layout)

    def resetSliceViews(self) -> None:
        for widget in self._slices.values():
            widget.fitSliceToBackground()

    def resetThreeDViews(self) -> None:
        self._threed.threeDView().resetFocalPoint()

    def _all(self) -> dict[str, QtWidgets.QWidget]:
        return {**self._slices, _THREE_D: self._threed}

    def _on_layout(self, layout: int) -> None:
        shown = _SHOWN.get(layout, tuple(self._all()))
        for name, widget in self._all().items():
            widget.visible = name in shown
        self.layoutChanged.emit(layout)
