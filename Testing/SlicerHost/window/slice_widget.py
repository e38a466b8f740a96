"""A slice view under its bar, and the 3-D view in its frame."""

from __future__ import annotations

from typing import Any

import slicer
import vtk
from PySide6 import QtWidgets

from ..views import SliceView, ThreeDView
from ..widgets.declare import slicer_class
from ..widgets.observations import Observations
from ..widgets.scene_widgets import qMRMLWidget
from ..widgets.sliders import qMRMLSliderWidget
from .view_widgets import qMRMLSliceView, qMRMLThreeDView


@slicer_class("slicer")
class qMRMLSliceControllerWidget(qMRMLWidget):
    """The colored bar above a slice with the slider of the slice offset (mm)."""

    _view: SliceView
    _slider: qMRMLSliderWidget
    _observations: Observations
    _updating: bool

    def __init__(self, view: SliceView | None = None) -> None:
        super().__init__()
        if view is None:
            return  # made by a script: there is no slice to control
        self._view, self._updating = view, False
        self._slider = qMRMLSliderWidget()
        self._slider.objectName = "SliceOffsetSlider"
        self._slider.suffix = " mm"
        label = QtWidgets.QLabel(view.node.GetLayoutName()[0])
        color = ",".join(str(round(255 * part)) for part in view.node.GetLayoutColor())
        label.styleSheet = f"background: rgb({color}); color: black; padding: 1px 6px"
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(2, 1, 2, 1)
        layout.addWidget(label)
        layout.addWidget(self._slider, 1)
        self._slider.valueChanged.connect(self.setSliceOffsetValue)
        self._observations = Observations(self)
        for subject in (view.logic, view.node):
            self._observations.observe(subject, "ModifiedEvent", "_show_offset")

    def sliceOffsetSlider(self) -> qMRMLSliderWidget:
        return self._slider

    def mrmlSliceNode(self) -> Any:
        return self._view.node

    def sliceLogic(self) -> Any:
        return self._view.logic

    def setSliceOffsetValue(self, offset: float) -> None:
        if not self._updating:
            self._view.logic.SetSliceOffset(offset)

    def fitSliceToBackground(self) -> None:
        self._view.fit()

    def _show_offset(self) -> None:
        if self._updating:
            return
        self._updating = True
        ends, step = [-1.0, -1.0], vtk.reference(1.0)
        if self._view.logic.GetSliceOffsetRangeResolution(ends, step):
            self._slider.minimum, self._slider.maximum = ends
            self._slider.singleStep = float(step)
        self._slider.value = self._view.logic.GetSliceOffset()
        self._updating = False


@slicer_class("slicer")
class qMRMLSliceWidget(qMRMLWidget):
    """Bar and view of a slice."""

    _logic: Any
    _controller: qMRMLSliceControllerWidget
    _widget: qMRMLSliceView

    def __init__(self, view: SliceView | None = None) -> None:
        super().__init__()
        if view is None:
            return  # made by a script: there is no slice to show
        self._logic = view.logic
        self._controller, self._widget = qMRMLSliceControllerWidget(view), qMRMLSliceView(view)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._controller)
        layout.addWidget(self._widget, 1)

    def sliceView(self) -> qMRMLSliceView:
        return self._widget

    def sliceController(self) -> qMRMLSliceControllerWidget:
        return self._controller

    def sliceLogic(self) -> Any:
        return self._logic

    def mrmlSliceNode(self) -> Any:
        return self._logic.GetSliceNode()

    def mrmlSliceCompositeNode(self) -> Any:
        return self._logic.GetSliceCompositeNode()

    def interactorStyle(self) -> Any:
        return self._widget.interactorStyle()

    def fitSliceToBackground(self) -> None:
        self._controller.fitSliceToBackground()


@slicer_class("slicer")
class qMRMLThreeDWidget(qMRMLWidget):
    """The 3-D view."""

    _widget: qMRMLThreeDView

    def __init__(self, view: ThreeDView | None = None) -> None:
        super().__init__()
        if view is None:
            return  # made by a script: there is no scene to show
        self._widget = qMRMLThreeDView(view)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._widget)

    def threeDView(self) -> qMRMLThreeDView:
        return self._widget

    def mrmlViewNode(self) -> Any:
        return self._widget.mrmlViewNode()


def slice_widgets(views: dict[str, SliceView]) -> dict[str, qMRMLSliceWidget]:
    """A widget for every slice view, named as in the application."""
    widgets = {name: qMRMLSliceWidget(view) for name, view in views.items()}
    for name, widget in widgets.items():
        widget.objectName = f"qMRMLSliceWidget{name}"
        widget.setMRMLScene(slicer.mrmlScene)
    return widgets
