"""Choosing an interval: two values between a minimum and a maximum."""

from __future__ import annotations

from typing import Any

from PySide6 import QtWidgets
from PySide6.QtCore import Signal

from .declare import set_quietly, slicer_class, stored
from .spin_boxes import ctkDoubleSpinBox


class _Interval(QtWidgets.QWidget):
    """What both widgets share, with a spin box for each end."""

    _low: ctkDoubleSpinBox
    _high: ctkDoubleSpinBox

    valuesChanged = Signal(float, float)
    rangeChanged = Signal(float, float)
    minimumValueChanged = Signal(float)
    maximumValueChanged = Signal(float)
    minimum = stored("minimum", float, 0.0, then="_on_range")
    maximum = stored("maximum", float, 99.0, then="_on_range")
    minimumValue = stored("minimumValue", float, 0.0, then="_on_values", adjust="_clamped")
    maximumValue = stored("maximumValue", float, 99.0, then="_on_values", adjust="_clamped")
    singleStep = stored("singleStep", float, 1.0, then="_on_range")
    symmetricMoves = stored("symmetricMoves", bool, False)
    tickInterval = stored("tickInterval", float, 0.0)
    tracking = stored("tracking", bool, True)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._low, self._high = ctkDoubleSpinBox(), ctkDoubleSpinBox()
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._low)
        layout.addWidget(self._high)
        self._on_range()
        self._low.valueChanged.connect(self.setMinimumValue)
        self._high.valueChanged.connect(self.setMaximumValue)

    def setRange(self, minimum: float, maximum: float) -> None:
        self.minimum, self.maximum = minimum, maximum

    def setValues(self, minimumValue: float, maximumValue: float) -> None:
        values = sorted(self._clamped(v) for v in (minimumValue, maximumValue))
        if values != [self.minimumValue, self.maximumValue]:
            set_quietly(self, "minimumValue", values[0])
            set_quietly(self, "maximumValue", values[1])
            self._on_values()

    def setMinimumValue(self, value: float) -> None:
        self.setValues(value, max(value, self.maximumValue))

    def setMaximumValue(self, value: float) -> None:
        self.setValues(min(value, self.minimumValue), value)

    def _clamped(self, value: float) -> float:
        return float(min(max(value, self.minimum), self.maximum))

    def _on_range(self, _changed: float = 0.0) -> None:
        for end in (self._low, self._high):
            end.minimum, end.maximum = self.minimum, self.maximum
            end.singleStep = self.singleStep
        self.rangeChanged.emit(self.minimum, self.maximum)
        self.setValues(self.minimumValue, self.maximumValue)
        self._show_values()

    def _on_values(self, _changed: float = 0.0) -> None:
        self._show_values()
        self.minimumValueChanged.emit(self.minimumValue)
        self.maximumValueChanged.emit(self.maximumValue)
        self.valuesChanged.emit(self.minimumValue, self.maximumValue)

    def _show_values(self) -> None:
        for end, value in ((self._low, self.minimumValue), (self._high, self.maximumValue)):
            blocked = end.blockSignals(True)
            end.value = value
            end.blockSignals(blocked)


@slicer_class("ctk")
class ctkRangeWidget(_Interval):
    """A double slider with spin boxes."""

    decimals = stored("decimals", int, 2, then="_on_decimals")
    prefix = stored("prefix", str, "", then="_on_texts")
    suffix = stored("suffix", str, "", then="_on_texts")

    def setDecimals(self, decimals: int) -> None:
        self.decimals = decimals

    def reset(self) -> None:
        self.setValues(self.minimum, self.maximum)

    def _on_decimals(self, decimals: int) -> None:
        self._low.decimals = self._high.decimals = decimals

    def _on_texts(self, _text: str) -> None:
        for end in (self._low, self._high):
            end.prefix, end.suffix = self.prefix, self.suffix


@slicer_class("ctk")
class ctkDoubleRangeSlider(_Interval):
    """A double slider."""


@slicer_class("slicer")
class qMRMLRangeWidget(ctkRangeWidget):
    """A range that knows the scene's units; the host shows none."""

    quantity = stored("quantity", str, "")

    def setMRMLScene(self, scene: Any) -> None:
        """Units would be taken from here."""

    def setQuantity(self, quantity: str) -> None:
        self.quantity = quantity
