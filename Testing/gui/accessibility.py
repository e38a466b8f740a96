"""What somebody who uses the keyboard, large type, a dark theme or a screen reader meets."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import slicer
from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtTest import QTest

UI = Path(__file__).parents[2] / "SlicerMedSAM" / "Resources" / "UI"
_KINDS = (
    QtWidgets.QAbstractButton,
    QtWidgets.QComboBox,
    QtWidgets.QAbstractSpinBox,
    QtWidgets.QAbstractSlider,
    QtWidgets.QLineEdit,
    QtWidgets.QAbstractItemView,
)
# Parts of other controls, which speak for them.
_PARTS = (QtWidgets.QScrollBar, QtWidgets.QHeaderView)
_WHOLES = (QtWidgets.QComboBox, QtWidgets.QAbstractSpinBox, QtWidgets.QAbstractItemView)
# Colors of Slicer's two styles, of qSlicerStyle.cxx.
THEMES = {
    "light": {
        "Window": "#ffffff", "WindowText": "#000000", "Base": "#ffffff", "Text": "#000000",
        "AlternateBase": "#e4e4fe", "Button": "#fcfcfc", "ButtonText": "#000000",
        "Highlight": "#308cc6", "HighlightedText": "#ffffff", "Link": "#0000ff",
    },
    "dark": {
        "Window": "#323232", "WindowText": "#ffffff", "Base": "#1e1e1e", "Text": "#ffffff",
        "AlternateBase": "#323232", "Button": "#323232", "ButtonText": "#ffffff",
        "Highlight": "#3ca4ff", "HighlightedText": "#ffffff", "Link": "#3ca4ff",
    },
}  # fmt: skip


def shown(root: Any, kind: type | tuple[type, ...]) -> list[Any]:
    """The visible widgets of a kind below `root`."""
    return [w for w in root.findChildren(QtWidgets.QWidget) if isinstance(w, kind) and w.visible]


def controls(root: Any) -> list[Any]:
    """What a user can operate, each once: not the line edit inside a spin box, for example."""
    found = [w for w in shown(root, _KINDS) if not isinstance(w, _PARTS)]
    return [w for w in found if not any(isinstance(a, _WHOLES) for a in _ancestors(w, root))]


def owner(widget: Any, root: Any) -> Any:
    """The widget of the .ui file that a control is, or is a part of."""
    names = _names_in_ui_file(root.objectName)
    for candidate in (widget, *_ancestors(widget, root)):
        if candidate.objectName in names:
            return widget if is_section(candidate) else candidate
    return widget


@functools.cache
def _names_in_ui_file(module: str) -> frozenset[str]:
    tree = ElementTree.parse(UI / f"{module}.ui")
    return frozenset(widget.get("name") for widget in tree.iter("widget"))


def _ancestors(widget: Any, root: Any) -> Iterator[Any]:
    while widget is not root and (widget := widget.parentWidget()) is not None:
        yield widget


def is_section(widget: Any) -> bool:
    """Whether it is the header of a part of the panel that can be closed."""
    return "Collapsible" in type(widget).__name__


def described(widget: Any) -> str:
    """For messages."""
    return f"{widget.objectName or '?'} ({type(widget).__name__})"


def open_everything(root: Any) -> None:
    """Unfold all sections and enable all controls, whatever the panel's state is."""
    for section in root.findChildren(QtWidgets.QWidget):
        if is_section(section):
            section.collapsed = False
    enable_everything(root)
    settle()


def enable_everything(root: Any) -> None:
    for widget in root.findChildren(QtWidgets.QWidget):
        widget.setEnabled(True)


def settle() -> None:
    for _round in range(3):
        slicer.app.processEvents()


def tool_tip(widget: Any, root: Any) -> str:
    """What a user reads who holds the mouse still on a control; a section's is its title."""
    if is_section(widget):
        return widget.text
    return widget.toolTip or owner(widget, root).toolTip


def accessible_name(widget: Any, root: Any) -> str:
    """What a screen reader calls a control: its own name, its text, or that of its buddy."""
    whole = owner(widget, root)
    for candidate in (widget, whole):
        if candidate.accessibleName:
            return candidate.accessibleName
    if isinstance(widget, QtWidgets.QAbstractButton) and widget.text:
        return widget.text
    labels = root.findChildren(QtWidgets.QLabel)
    return next((label.text for label in labels if label.buddy() in (widget, whole)), "")


def tab_order(root: Any, first: Any, limit: int) -> list[Any]:
    """The widgets that have the keyboard one after the other, with the tabulator key."""
    window = first.window()
    first.setFocus()
    seen: list[Any] = []
    for _step in range(limit):
        focused = window.focusWidget()
        if focused is None or not root.isAncestorOf(focused) or focused in seen:
            break
        seen.append(focused)
        enable_everything(root)  # the panel itself may have thought otherwise meanwhile
        QTest.keyClick(focused, QtCore.Qt.Key.Key_Tab)
        slicer.app.processEvents()
    return seen


def unreached(root: Any, seen: list[Any]) -> list[Any]:
    """The controls that none of the focused widgets is, is in, or stands for (radio buttons)."""
    return [c for c in controls(root) if not any(_is_reached(c, f) for f in seen)]


def _is_reached(control: Any, focused: Any) -> bool:
    if focused is control or control.isAncestorOf(focused) or control.focusProxy() is focused:
        return True
    group = control.group() if isinstance(control, QtWidgets.QAbstractButton) else None
    return group is not None and group.exclusive() and focused in group.buttons()


def out_of_order(root: Any, seen: list[Any]) -> list[tuple[Any, Any]]:
    """Neighbors in the tab order of which the second lies wholly above the first, or left of it."""
    rectangles = [(w, QtCore.QRect(w.mapTo(root, QtCore.QPoint(0, 0)), w.size)) for w in seen]
    wrong = []
    for (before, a), (after, b) in pairwise(rectangles):
        if is_section(before):
            a = _header_of(a)
        above = b.bottom() < a.top()
        same_row = b.top() <= a.center().y() <= b.bottom()
        if above or (same_row and b.right() < a.left()):
            wrong.append((before, after))
    return wrong


def _header_of(section: QtCore.QRect) -> QtCore.QRect:
    return QtCore.QRect(section.left(), section.top(), section.width(), 20)


def clipped(root: Any) -> list[str]:
    """Visible texts that are not seen whole."""
    found = [f"{described(w)}: {w.text!r}" for w in shown(root, QtWidgets.QLabel) if _cuts(w)]
    for button in shown(root, QtWidgets.QAbstractButton):
        wanted = _title_size(button) if is_section(button) else button.sizeHint
        if button.text and _exceeds(wanted, button):
            found.append(f"{described(button)}: {button.text!r}")
    for combo in shown(root, QtWidgets.QComboBox):
        if _combo_cuts(combo):
            found.append(described(owner(combo, root)))
    for box in shown(root, QtWidgets.QAbstractSpinBox):
        if _width(box, box.text) > box.lineEdit().contentsRect().width() + 1:
            found.append(f"{described(owner(box, root))}: {box.text!r}")
    for pictures in shown(root, QtWidgets.QListWidget):
        if pictures.viewMode == QtWidgets.QListView.ViewMode.IconMode:
            found += _cut_captions(pictures)
    for table in shown(root, QtWidgets.QTableView):
        found += _cut_headers(table)
    return found


def _cuts(label: Any) -> bool:
    if not label.text:
        return False
    inside = label.contentsRect()
    if label.wordWrap:
        return label.heightForWidth(label.width) > label.height or _longest_word(label) > (
            inside.width() + 1
        )
    return _exceeds(label.sizeHint, label)


def _title_size(section: Any) -> QtCore.QSize:
    return section.fontMetrics().size(0, section.text)


def _longest_word(label: Any) -> int:
    document = QtGui.QTextDocument()
    document.setHtml(label.text)
    words = document.toPlainText().split()
    return max((_width(label, word) for word in words), default=0)


def _exceeds(wanted: Any, widget: Any) -> bool:
    size = wanted() if callable(wanted) else wanted
    return size.width() > widget.width + 1 or size.height() > widget.height + 1


def _width(widget: Any, text: str) -> int:
    return widget.fontMetrics().horizontalAdvance(text)


def _combo_cuts(combo: Any) -> bool:
    style = QtWidgets.QStyle
    option = QtWidgets.QStyleOptionComboBox()
    option.initFrom(combo)
    option.editable = combo.editable
    field = combo.style().subControlRect(
        style.ComplexControl.CC_ComboBox, option, style.SubControl.SC_ComboBoxEditField, combo
    )
    texts = [combo.itemText(index) for index in range(combo.count)]
    return max((_width(combo, text) for text in texts), default=0) > field.width() + 1


def _cut_captions(pictures: Any) -> list[str]:
    """Captions that are larger than the room below and beside their pictures."""
    metrics, cell = pictures.fontMetrics(), pictures.gridSize
    room = cell.height() - pictures.iconSize.height()
    captions = [pictures.item(row).text() for row in range(pictures.count)]
    return [
        f"caption {caption!r}"
        for caption in captions
        if metrics.lineSpacing() * len(caption.split("\n")) > room
        or max(map(metrics.horizontalAdvance, caption.split("\n"))) > cell.width()
    ]


def _cut_headers(table: Any) -> list[str]:
    header, model = table.horizontalHeader(), table.model()
    if not header.visible or model is None:
        return []
    titles = {
        section: str(model.headerData(section, QtCore.Qt.Orientation.Horizontal) or "")
        for section in range(header.count())
        if not header.isSectionHidden(section)
    }
    return [
        f"column {title!r} of {described(table)}"
        for section, title in titles.items()
        if _width(header, title) > header.sectionSize(section)
    ]


def contrast(picture: QtGui.QImage, rectangle: QtCore.QRect) -> float:
    """WCAG 2.2's ratio between the lightest and the darkest pixel of a part of a picture."""
    part = picture.copy(rectangle).convertToFormat(QtGui.QImage.Format.Format_RGB888)
    rows = np.frombuffer(part.constBits(), np.uint8).reshape(part.height(), part.bytesPerLine())
    rgb = rows[:, : 3 * part.width()].reshape(-1, 3) / 255.0
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    return float((luminance.max() + 0.05) / (luminance.min() + 0.05))


def palette(theme: str) -> QtGui.QPalette:
    """The colors of a theme of Slicer."""
    palette = QtGui.QPalette(QtGui.QColor(THEMES[theme]["Button"]))
    for role, color in THEMES[theme].items():
        palette.setColor(getattr(QtGui.QPalette.ColorRole, role), QtGui.QColor(color))
    return palette
