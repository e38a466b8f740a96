"""Methods that PythonQt adds, and methods whose arguments or results it changes."""

from __future__ import annotations

from typing import Any

import shiboken6
from PySide6 import QtCore, QtGui, QtWidgets

from .values import to_script

_WITH_LISTS = {
    QtCore.QObject: ("children", "findChildren"),
    QtWidgets.QWidget: ("actions",),
    QtWidgets.QListWidget: ("selectedItems", "findItems"),
    QtWidgets.QTableWidget: ("selectedItems", "findItems", "selectedRanges"),
    QtWidgets.QTreeWidget: ("selectedItems", "findItems"),
    QtWidgets.QAbstractItemView: ("selectedIndexes",),
    QtWidgets.QFileDialog: ("selectedFiles",),
    QtWidgets.QButtonGroup: ("buttons",),
    QtWidgets.QSplitter: ("sizes",),
}
_WITH_EXEC = (
    QtWidgets.QDialog,
    QtWidgets.QMessageBox,
    QtWidgets.QMenu,
    QtCore.QCoreApplication,
    QtCore.QEventLoop,
)


def install() -> None:
    """Add `className`, `delete`, `exec_`, tuples for lists and integers for enumerations."""
    QtCore.QObject.className = lambda self: self.metaObject().className()
    QtCore.QObject.delete = lambda self: shiboken6.delete(self)
    for cls in _WITH_EXEC:
        cls.exec_ = cls.exec
    for cls, methods in _WITH_LISTS.items():
        for method in methods:
            _return_tuple(cls, method)
    _take_integer_formats()


def _return_tuple(cls: type, method: str) -> None:
    native = getattr(cls, method)

    def tupled(self: Any, *arguments: Any, **named: Any) -> Any:
        return to_script(native(self, *arguments, **named))

    setattr(cls, method, tupled)


def _take_integer_formats() -> None:
    native = QtGui.QColor.name

    def name(self: QtGui.QColor, name_format: int = 0) -> str:
        return native(self, QtGui.QColor.NameFormat(int(name_format)))

    QtGui.QColor.name = name
