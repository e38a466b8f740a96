"""Spin boxes of real numbers."""

from __future__ import annotations

from typing import Any

from PySide6 import QtWidgets
from PySide6.QtCore import Signal

from .declare import slicer_class, stored


@slicer_class("ctk")
class ctkDoubleSpinBox(QtWidgets.QWidget):
    """A number field with up and down buttons."""

    _spin: QtWidgets.QDoubleSpinBox

    valueChanged = Signal(float)
    decimalsChanged = Signal(int)
    editingFinished = Signal()
    value = stored("value", float, 0.0, then="_on_value", adjust="_allowed")
    minimum = stored("minimum", float, 0.0, then="_on_settings")
    maximum = stored("maximum", float, 99.99, then="_on_settings")
    singleStep = stored("singleStep", float, 1.0, then="_on_settings")
    decimals = stored("decimals", int, 2, then="_on_decimals")
    prefix = stored("prefix", str, "", then="_on_settings")
    suffix = stored("suffix", str, "", then="_on_settings")
    readOnly = stored("readOnly", bool, False, then="_on_settings")

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._spin = QtWidgets.QDoubleSpinBox()
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._spin)
        self._on_settings()
        self._spin.valueChanged.connect(self.setValue)
        self._spin.editingFinished.connect(self.editingFinished.emit)

    def setValue(self, value: float) -> None:
        self.value = value

    def setDecimals(self, decimals: int) -> None:
        self.decimals = decimals

    def setReadOnly(self, readOnly: bool) -> None:
        self.readOnly = readOnly

    def stepUp(self) -> None:
        self._spin.stepUp()

    def stepDown(self) -> None:
        self._spin.stepDown()

    def _on_settings(self, _changed: Any = None) -> None:
        for name in ("minimum", "maximum", "singleStep", "prefix", "suffix", "readOnly"):
            setattr(self._spin, name, getattr(self, name))
        self.setValue(self.value)
        self._spin.value = self.value

    def _on_decimals(self, decimals: int) -> None:
        self._spin.decimals = decimals
        self.decimalsChanged.emit(decimals)

    def _allowed(self, value: float) -> float:
        return round(min(max(value, self.minimum), self.maximum), self.decimals)

    def _on_value(self, value: float) -> None:
        self._spin.value = value
        self.valueChanged.emit(value)


@slicer_class("slicer")
class qMRMLSpinBox(ctkDoubleSpinBox):
    """A spin box that knows the scene's units; the host shows none."""

    quantity = stored("quantity", str, "")

    def setMRMLScene(self, scene: Any) -> None:
        """Units would be taken from here."""

    def setQuantity(self, quantity: str) -> None:
        self.quantity = quantity
