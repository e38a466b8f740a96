"""Choosing files, folders and colors. Nothing opens a dialog: tests set the property."""

from __future__ import annotations

from enum import IntFlag
from pathlib import Path
from typing import Any

from PySide6 import QtGui, QtWidgets
from PySide6.QtCore import Signal

from .declare import set_quietly, slicer_class, stored


class Filter(IntFlag):
    """What a path may be: the values of QDir::Filter that ctkPathLineEdit offers."""

    Dirs = 0x001
    Files = 0x002
    NoSymLinks = 0x008
    Drives = 0x004
    Readable = 0x010
    Writable = 0x020
    Executable = 0x040
    Hidden = 0x100


@slicer_class("ctk")
class ctkPathLineEdit(QtWidgets.QWidget):
    """A line with a path and a button to browse."""

    Dirs, Files, Drives = Filter.Dirs, Filter.Files, Filter.Drives
    Readable, Writable, Executable = Filter.Readable, Filter.Writable, Filter.Executable
    _edit: QtWidgets.QComboBox
    _button: QtWidgets.QToolButton

    currentPathChanged = Signal(str)
    validInputChanged = Signal(bool)
    currentPath = stored("currentPath", str, "", then="_on_path")
    label = stored("label", str, "")
    filters = stored("filters", int, int(Filter.Dirs | Filter.Files | Filter.Readable))
    nameFilters = stored("nameFilters", "QStringList", [])
    settingKey = stored("settingKey", str, "")
    showBrowseButton = stored("showBrowseButton", bool, True, then="_on_button")
    showHistoryButton = stored("showHistoryButton", bool, True)
    minimumContentsLength = stored("minimumContentsLength", int, 0)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*[a for a in arguments if isinstance(a, QtWidgets.QWidget)])
        self._edit = QtWidgets.QComboBox()
        self._edit.editable = True
        self._button = QtWidgets.QToolButton()
        self._button.text = "..."
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._edit, 1)
        layout.addWidget(self._button)
        self._edit.lineEdit().textChanged.connect(self.setCurrentPath)

    def setCurrentPath(self, path: str) -> None:
        self.currentPath = path

    def addCurrentPathToHistory(self) -> None:
        if self._edit.findText(self.currentPath) < 0:
            self._edit.addItem(self.currentPath)

    def comboBox(self) -> QtWidgets.QComboBox:
        return self._edit

    def _on_path(self, path: str) -> None:
        if self._edit.lineEdit().text != path:
            self._edit.lineEdit().text = path
        self.validInputChanged.emit(_exists(path))
        self.currentPathChanged.emit(path)

    def _on_button(self, visible: bool) -> None:
        self._button.visible = visible


@slicer_class("ctk")
class ctkDirectoryButton(QtWidgets.QPushButton):
    """A button that shows a folder."""

    directoryChanged = Signal(str)
    directorySelected = Signal(str)
    directory = stored("directory", str, "", then="_on_directory")
    caption = stored("caption", str, "")

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*[a for a in arguments if isinstance(a, QtWidgets.QWidget)])
        set_quietly(self, "directory", str(Path.cwd()))

    def _on_directory(self, directory: str) -> None:
        self.text = directory
        self.directoryChanged.emit(directory)


@slicer_class("ctk")
class ctkColorPickerButton(QtWidgets.QPushButton):
    """A button that shows a color."""

    colorChanged = Signal(QtGui.QColor)
    colorNameChanged = Signal(str)
    color = stored("color", QtGui.QColor, QtGui.QColor(), then="_on_color")
    colorName = stored("colorName", str, "", then="_on_name")
    displayColorName = stored("displayColorName", bool, True)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*[a for a in arguments if isinstance(a, (QtWidgets.QWidget, str))])

    def setColor(self, color: QtGui.QColor) -> None:
        self.color = color

    def setDisplayColorName(self, display: bool) -> None:
        self.displayColorName = display

    def _on_color(self, color: QtGui.QColor) -> None:
        pixmap = QtGui.QPixmap(self.iconSize)
        pixmap.fill(color)
        self.icon = QtGui.QIcon(pixmap)
        if self.displayColorName:
            self.text = color.name()
        self.colorChanged.emit(color)

    def _on_name(self, name: str) -> None:
        self.colorNameChanged.emit(name)


def _exists(path: str) -> bool:
    """Whether there is something; nothing is where a path cannot be one."""
    try:
        return Path(path).exists()
    except OSError:
        return False
