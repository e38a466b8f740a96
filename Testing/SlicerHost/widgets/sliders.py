"""Sliders of real numbers."""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore, QtWidgets
from PySide6.QtCore import Signal

from .declare import slicer_class, stored

_HORIZONTAL, _VERTICAL = 1, 2  # Qt::Orientation


@slicer_class("ctk")
class ctkDoubleSlider(QtWidgets.QWidget):
    """A slider whose value is a multiple of `singleStep` above `minimum`."""

    _slider: QtWidgets.QSlider
    _updating: bool

    valueChanged = Signal(float)
    rangeChanged = Signal(float, float)
    value = stored("value", float, 0.0, then="_on_value", adjust="_allowed")
    minimum = stored("minimum", float, 0.0, then="_on_range")
    maximum = stored("maximum", float, 99.0, then="_on_range")
    singleStep = stored("singleStep", float, 1.0, then="_on_range")
    pageStep = stored("pageStep", float, 10.0)
    tickInterval = stored("tickInterval", float, 0.0)
    tracking = stored("tracking", bool, True)
    orientation = stored("orientation", int, _VERTICAL, then="_on_orientation")

    def __init__(self, *arguments: Any) -> None:
        parents = [a for a in arguments if isinstance(a, QtWidgets.QWidget)]
        super().__init__(*parents)
        self._updating = False
        self._slider = QtWidgets.QSlider()
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._slider)
        self._slider.valueChanged.connect(self._on_moved)
        self._on_range()
        for orientation in [a for a in arguments if isinstance(a, int)]:
            self.orientation = int(orientation)

    def setValue(self, value: float) -> None:
        self.value = value

    def setOrientation(self, orientation: int) -> None:
        self.orientation = int(orientation)

    def _on_orientation(self, orientation: int) -> None:
        self._slider.setOrientation(QtCore.Qt.Orientation(orientation))

    def _on_range(self, _changed: float = 0.0) -> None:
        steps = round((self.maximum - self.minimum) / (self.singleStep or 1.0))
        self._updating = True
        self._slider.setRange(0, max(0, steps))
        self._updating = False
        self.rangeChanged.emit(self.minimum, self.maximum)
        self.setValue(self.value)
        self._show_value()

    def _allowed(self, value: float) -> float:
        return min(max(value, self.minimum), self.maximum)

    def _on_value(self, value: float) -> None:
        self._show_value()
        self.valueChanged.emit(value)

    def _show_value(self) -> None:
        self._updating = True
        self._slider.value = round((self.value - self.minimum) / (self.singleStep or 1.0))
        self._updating = False

    def _on_moved(self, steps: int) -> None:
        if not self._updating:
            self.value = self.minimum + steps * self.singleStep


@slicer_class("ctk")
class ctkSliderWidget(QtWidgets.QWidget):
    """A slider with a spin box; the value is rounded to `decimals`."""

    _slider: ctkDoubleSlider
    _spin: QtWidgets.QDoubleSpinBox
    _updating: bool

    valueChanged = Signal(float)
    valueIsChanging = Signal(float)
    decimalsChanged = Signal(int)
    value = stored("value", float, 0.0, then="_on_value", adjust="_allowed")
    minimum = stored("minimum", float, 0.0, then="_on_range")
    maximum = stored("maximum", float, 99.0, then="_on_range")
    singleStep = stored("singleStep", float, 1.0, then="_on_range")
    pageStep = stored("pageStep", float, 10.0)
    decimals = stored("decimals", int, 2, then="_on_decimals")
    prefix = stored("prefix", str, "", then="_on_prefix")
    suffix = stored("suffix", str, "", then="_on_suffix")
    tickInterval = stored("tickInterval", float, 0.0)
    tracking = stored("tracking", bool, True)
    spinBoxVisible = stored("spinBoxVisible", bool, True, then="setSpinBoxVisible")

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._updating = False
        self._slider = ctkDoubleSlider(QtCore.Qt.Orientation.Horizontal)
        self._slider.objectName = "Slider"
        self._spin = QtWidgets.QDoubleSpinBox()
        self._spin.objectName = "SpinBox"
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._slider, 1)
        layout.addWidget(self._spin)
        self._on_range()
        for part in (self._slider, self._spin):
            part.valueChanged.connect(self._on_changed_by_user)

    def setValue(self, value: float) -> None:
        self.value = value

    def setDecimals(self, decimals: int) -> None:
        self.decimals = decimals

    def setSpinBoxVisible(self, visible: bool) -> None:
        self._spin.visible = visible
        self.spinBoxVisible = visible

    def reset(self) -> None:
        self.value = self.minimum

    def _on_range(self, _changed: float = 0.0) -> None:
        self._updating = True
        for part in (self._slider, self._spin):
            part.minimum, part.maximum = self.minimum, self.maximum
            part.singleStep = self.singleStep
        self._updating = False
        self.setValue(self.value)
        self._show_value()

    def _on_decimals(self, decimals: int) -> None:
        self._spin.decimals = decimals
        self.decimalsChanged.emit(decimals)

    def _on_prefix(self, prefix: str) -> None:
        self._spin.prefix = prefix

    def _on_suffix(self, suffix: str) -> None:
        self._spin.suffix = suffix

    def _allowed(self, value: float) -> float:
        return round(min(max(value, self.minimum), self.maximum), self.decimals)

    def _on_value(self, value: float) -> None:
        self._show_value()
        self.valueIsChanging.emit(value)
        self.valueChanged.emit(value)

    def _show_value(self) -> None:
        self._updating = True
        self._slider.value = self.value
        self._spin.value = self.value
        self._updating = False

    def _on_changed_by_user(self, value: float) -> None:
        if not self._updating:
            self.value = value


@slicer_class("slicer")
class qMRMLSliderWidget(ctkSliderWidget):
    """A slider that knows the scene's units; the host shows none."""

    quantity = stored("quantity", str, "")

    def setMRMLScene(self, scene: Any) -> None:
        """Units would be taken from here."""

    def setQuantity(self, quantity: str) -> None:
        self.quantity = quantity
