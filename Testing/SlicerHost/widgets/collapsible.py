"""Sections of a panel that a user can close."""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import Signal

from .declare import slicer_class, stored

_HEADER = 26
_UNLIMITED = 16777215  # QWIDGETSIZE_MAX


@slicer_class("ctk")
class ctkCollapsibleButton(QtWidgets.QAbstractButton):
    """A header line; the children below it are hidden while `collapsed`."""

    contentsCollapsed = Signal(bool)
    collapsed = stored("collapsed", bool, False, then="_apply_collapsed")
    collapsedHeight = stored("collapsedHeight", int, 14)
    flat = stored("flat", bool, False)
    contentsLineWidth = stored("contentsLineWidth", int, 1)

    def __init__(self, *arguments: Any) -> None:
        title = arguments[0] if arguments and isinstance(arguments[0], str) else ""
        parents = [a for a in arguments if isinstance(a, QtWidgets.QWidget)]
        super().__init__(*parents)
        self.text = title
        self.checkable = True
        self.checked = True
        self.setContentsMargins(0, _HEADER, 0, 0)
        policy = QtWidgets.QSizePolicy.Policy
        self.setSizePolicy(policy.Minimum, policy.Preferred)
        self.toggled.connect(self._on_toggled)

    def sizeHint(self) -> QtCore.QSize:
        layout = self.layout()
        inner = layout.totalSizeHint() if layout else QtCore.QSize(120, _HEADER)
        return QtCore.QSize(max(inner.width(), 120), _HEADER if self.collapsed else inner.height())

    def minimumSizeHint(self) -> QtCore.QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:
        painter = QtWidgets.QStylePainter(self)
        style = QtWidgets.QStyle
        option = QtWidgets.QStyleOptionButton()
        option.initFrom(self)
        option.rect = QtCore.QRect(0, 0, self.width, _HEADER - 2)
        painter.drawControl(style.ControlElement.CE_PushButtonBevel, option)
        arrow = QtWidgets.QStyleOption()
        arrow.initFrom(self)
        arrow.rect = QtCore.QRect(8, 7, 10, 10)
        primitive = style.PrimitiveElement
        shape = primitive.PE_IndicatorArrowRight if self.collapsed else None
        painter.drawPrimitive(shape or primitive.PE_IndicatorArrowDown, arrow)
        text = QtCore.QRect(_HEADER, 0, self.width - _HEADER, _HEADER - 2)
        painter.drawText(text, int(QtCore.Qt.AlignmentFlag.AlignVCenter), self.text)

    def _on_toggled(self, checked: bool) -> None:
        self.collapsed = not checked

    def _apply_collapsed(self, collapsed: bool) -> None:
        self.checked = not collapsed
        for child in self.children():
            if isinstance(child, QtWidgets.QWidget):
                child.visible = not collapsed
        self.maximumHeight = _HEADER if collapsed else _UNLIMITED
        self.updateGeometry()
        self.contentsCollapsed.emit(collapsed)


@slicer_class("ctk")
class ctkCollapsibleGroupBox(QtWidgets.QGroupBox):
    """A checkable group box whose children are hidden while it is not checked."""

    collapsed = stored("collapsed", bool, False, then="_apply_collapsed")
    collapsedHeight = stored("collapsedHeight", int, 14)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.checkable = True
        self.checked = True
        self.toggled.connect(self._on_toggled)

    def _on_toggled(self, checked: bool) -> None:
        self.collapsed = not checked

    def _apply_collapsed(self, collapsed: bool) -> None:
        self.checked = not collapsed
        for child in self.children():
            if isinstance(child, QtWidgets.QWidget):
                child.visible = not collapsed
