"""A user: mouse and keyboard of Qt, with the events that follow."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import slicer
from PySide6 import QtCore, QtWidgets
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

LEFT = Qt.MouseButton.LeftButton
NO_KEY = Qt.KeyboardModifier.NoModifier


class User:
    """Works with widgets that are shown. Positions are pixels from a widget's upper left."""

    def click(
        self,
        widget: QtWidgets.QWidget,
        position: tuple[float, float] | None = None,
        button: Qt.MouseButton = LEFT,
        held: Qt.KeyboardModifier = NO_KEY,
    ) -> None:
        """Click a widget, in its middle unless told where."""
        point = _point(widget, position)
        QTest.mouseMove(widget, point)
        QTest.mouseClick(widget, button, held, point)
        slicer.app.processEvents()

    def drag(
        self,
        widget: QtWidgets.QWidget,
        start: tuple[float, float],
        end: tuple[float, float],
        button: Qt.MouseButton = LEFT,
        held: Qt.KeyboardModifier = NO_KEY,
    ) -> None:
        """Press at one position and release at another, with the way between."""
        first, last = _point(widget, start), _point(widget, end)
        QTest.mouseMove(widget, first)
        QTest.mousePress(widget, button, held, first)
        for point in ((first + last) / 2, last):
            QTest.mouseMove(widget, point)
        QTest.mouseRelease(widget, button, held, last)
        slicer.app.processEvents()

    def click_slice(
        self,
        name: str,
        ras: Any,
        button: Qt.MouseButton = LEFT,
        held: Qt.KeyboardModifier = NO_KEY,
    ) -> None:
        """Click a slice view (`Red`, ...) at the pixel nearest to a world point (mm)."""
        view = slicer.app.layoutManager().sliceWidget(name).sliceView()
        x, y, _depth = view.convertRASToXYZ(ras)
        self.click(view, (round(x), view.height - 1 - round(y)), button, held)

    def press_key(
        self, widget: QtWidgets.QWidget, key: Qt.Key | str, held: Qt.KeyboardModifier = NO_KEY
    ) -> None:
        """Press and release a key while a widget has the keyboard."""
        widget.window().activateWindow()
        widget.setFocus()
        slicer.app.processEvents()
        QTest.keyClick(widget, key, held)
        slicer.app.processEvents()

    def type_text(self, widget: QtWidgets.QWidget, text: str) -> None:
        """Type a text into a widget."""
        widget.setFocus()
        QTest.keyClicks(widget, text)
        slicer.app.processEvents()

    def choose(self, widget: QtWidgets.QWidget, text: str) -> None:
        """Choose an entry of a combo box, also of one of Slicer's selectors."""
        is_combo = isinstance(widget, QtWidgets.QComboBox)
        combo = widget if is_combo else widget.findChildren(QtWidgets.QComboBox)[0]
        row = combo.findText(text)
        if row < 0:
            entries = [combo.itemText(index) for index in range(combo.count)]
            raise AssertionError(f"no entry '{text}' in {entries}")
        combo.currentIndex = row
        combo.activated.emit(row)
        slicer.app.processEvents()

    def wait_until(self, condition: Callable[[], bool], seconds: float = 10.0) -> None:
        """Let the application work until a condition holds; AssertionError after the limit."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"did not happen within {seconds} s")
            slicer.app.processEvents()
            time.sleep(0.002)


def _point(widget: QtWidgets.QWidget, position: tuple[float, float] | None) -> QtCore.QPoint:
    x, y = position if position is not None else (widget.width // 2, widget.height // 2)
    return QtCore.QPoint(round(x), round(y))
