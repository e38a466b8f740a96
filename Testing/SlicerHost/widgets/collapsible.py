"""Sections of a panel that a user can close."""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import Signal

from .declare import slicer_class, stored

_AROUND_TITLE = 10
_ARROW = 26
_SHOWN = "visibilityToParent"  # CTK's name of it
_UNLIMITED = 16777215  # QWIDGETSIZE_MAX


@slicer_class("ctk")
class ctkCollapsibleButton(QtWidgets.QAbstractButton):
    """A header line; the children below it are hidden while `collapsed`.

    As with CTK's, a child that the module hides stays hidden when the section opens, and one that
    it shows in a closed section appears when that opens.
    """

    _is_forcing: bool

    contentsCollapsed = Signal(bool)
    collapsed = stored("collapsed", bool, False, then="_apply_collapsed")
    collapsedHeight = stored("collapsedHeight", int, 14)
    flat = stored("flat", bool, False)
    contentsLineWidth = stored("contentsLineWidth", int, 1)

    def __init__(self, *arguments: Any) -> None:
        title = arguments[0] if arguments and isinstance(arguments[0], str) else ""
        parents = [a for a in arguments if isinstance(a, QtWidgets.QWidget)]
        self._is_forcing = False
        super().__init__(*parents)
        self.text = title
        self.checkable = True
        self.checked = True
        self._leave_room()
        policy = QtWidgets.QSizePolicy.Policy
        self.setSizePolicy(policy.Minimum, policy.Preferred)
        self.toggled.connect(self._on_toggled)

    def sizeHint(self) -> QtCore.QSize:
        layout, header = self.layout(), self._header()
        inner = layout.totalSizeHint() if layout else QtCore.QSize(120, header)
        width = max(inner.width(), _ARROW + self.fontMetrics().horizontalAdvance(self.text))
        return QtCore.QSize(width, header if self.collapsed else inner.height())

    def minimumSizeHint(self) -> QtCore.QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:
        painter = QtWidgets.QStylePainter(self)
        style, header = QtWidgets.QStyle, self._header()
        option = QtWidgets.QStyleOptionButton()
        option.initFrom(self)
        option.rect = QtCore.QRect(0, 0, self.width, header - 2)
        painter.drawControl(style.ControlElement.CE_PushButtonBevel, option)
        arrow = QtWidgets.QStyleOption()
        arrow.initFrom(self)
        arrow.rect = QtCore.QRect(8, (header - 12) // 2, 10, 10)
        primitive = style.PrimitiveElement
        shape = primitive.PE_IndicatorArrowRight if self.collapsed else None
        painter.drawPrimitive(shape or primitive.PE_IndicatorArrowDown, arrow)
        text = QtCore.QRect(_ARROW, 0, self.width - _ARROW, header - 2)
        painter.drawText(text, int(QtCore.Qt.AlignmentFlag.AlignVCenter), self.text)

    def changeEvent(self, event: QtCore.QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QtCore.QEvent.Type.FontChange:
            self._leave_room()

    def childEvent(self, event: QtCore.QChildEvent) -> None:
        if event.added() and event.child().isWidgetType():
            child, states = event.child(), QtCore.Qt.WidgetAttribute
            is_explicit = child.testAttribute(states.WA_WState_ExplicitShowHide)
            if is_explicit and child.testAttribute(states.WA_WState_Hidden):
                child.setProperty(_SHOWN, False)
            child.installEventFilter(self)
        super().childEvent(event)

    def eventFilter(self, child: QtCore.QObject, event: QtCore.QEvent) -> bool:
        kinds = QtCore.QEvent.Type
        if not self._is_forcing and event.type() in (kinds.ShowToParent, kinds.HideToParent):
            child.setProperty(_SHOWN, event.type() == kinds.ShowToParent)
            if self.collapsed:
                self._show(child, False)
        return False

    def _header(self) -> int:
        return self.fontMetrics().height() + _AROUND_TITLE

    def _leave_room(self) -> None:
        self.setContentsMargins(0, self._header(), 0, 0)
        if self.collapsed:
            self.maximumHeight = self._header()

    def _on_toggled(self, checked: bool) -> None:
        self.collapsed = not checked

    def _apply_collapsed(self, collapsed: bool) -> None:
        self.checked = not collapsed
        for child in self.children():
            if isinstance(child, QtWidgets.QWidget):
                self._show(child, not collapsed and child.property(_SHOWN) is not False)
        self.maximumHeight = self._header() if collapsed else _UNLIMITED
        self.updateGeometry()
        self.contentsCollapsed.emit(collapsed)

    def _show(self, child: QtWidgets.QWidget, shown: bool) -> None:
        self._is_forcing = True
        child.setVisible(shown)
        if child.property(_SHOWN) is not False:  # so that the next explicit change is seen
            child.setAttribute(QtCore.Qt.WidgetAttribute.WA_WState_ExplicitShowHide, False)
        self._is_forcing = False


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
