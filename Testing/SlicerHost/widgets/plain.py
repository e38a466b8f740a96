"""Widgets of CTK that differ from Qt's own by a few properties only."""

from __future__ import annotations

from PySide6 import QtWidgets
from PySide6.QtCore import Signal

from .declare import slicer_class, stored


@slicer_class("ctk")
class ctkCheckBox(QtWidgets.QCheckBox):
    """A check box with an icon."""


@slicer_class("ctk")
class ctkComboBox(QtWidgets.QComboBox):
    """A combo box with a text for no choice."""

    defaultText = stored("defaultText", str, "")
    forceDefault = stored("forceDefault", bool, False)


@slicer_class("ctk")
class ctkPushButton(QtWidgets.QPushButton):
    """A push button with an alignment of its text."""


@slicer_class("ctk")
class ctkCheckablePushButton(ctkPushButton):
    """A push button with a check box inside."""

    checkBoxToggled = Signal(bool)
    checkBoxControlsButton = stored("checkBoxControlsButton", bool, True)
    checkBoxControlsButtonToggleState = stored("checkBoxControlsButtonToggleState", bool, True)


@slicer_class("ctk")
class ctkMenuButton(QtWidgets.QPushButton):
    """A push button with a menu beside it."""


@slicer_class("ctk")
class ctkExpandButton(QtWidgets.QToolButton):
    """A small button that opens more."""

    mirrorOnExpand = stored("mirrorOnExpand", bool, False)


@slicer_class("ctk")
class ctkSearchBox(QtWidgets.QLineEdit):
    """A line to search with."""

    showSearchIcon = stored("showSearchIcon", bool, False)


@slicer_class("ctk")
class ctkFittedTextBrowser(QtWidgets.QTextBrowser):
    """A text as high as its contents."""

    collapsed = stored("collapsed", bool, True)

    def setCollapsibleText(self, text: str) -> None:
        self.setHtml(text)


@slicer_class("ctk")
class ctkMessageBox(QtWidgets.QMessageBox):
    """A message that a user can ask not to see again."""

    dontShowAgain = stored("dontShowAgain", bool, False)
    dontShowAgainVisible = stored("dontShowAgainVisible", bool, False)
    dontShowAgainSettingsKey = stored("dontShowAgainSettingsKey", str, "")
