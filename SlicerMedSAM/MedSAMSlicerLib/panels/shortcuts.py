"""Keys that act while the module is open, and only then.

None of them is taken by Slicer 5.12 itself: the main window has Ctrl combinations and leaves
Ctrl+Z and Ctrl+Y without an action; the slice views have g, t, r, v, f and b (which goes one slice
back: so Box is X), arrows and brackets. The Segment Editor's keys end when that module is left.
Space is left alone, so that the keyboard can press buttons.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt

KEYS: dict[str, tuple[str, ...]] = {
    "box": ("X",),
    "positive": ("P",),
    "negative": ("N",),
    "undo": ("Z", "Ctrl+Z"),
    "redo": ("Y", "Shift+Z", "Ctrl+Y", "Ctrl+Shift+Z"),
    "accept": ("Return", "Enter"),
    "escape": ("Escape",),
    "next": ("Shift+Return", "Shift+Enter"),
}
# Enter ends the typing of a number or a name, and means nothing else then.
_ENTER_KEYS = ("accept", "next")


class Shortcuts:
    """Keys in a window, between `start` and `stop`: those of `KEYS`, or a panel's own."""

    def __init__(
        self, actions: dict[str, Callable[[], Any]], keys: dict[str, tuple[str, ...]] | None = None
    ) -> None:
        self._actions = actions
        self._keys = KEYS if keys is None else keys
        self._shortcuts: list[Any] = []

    def start(self, window: Any) -> None:
        """The keys act in this window; without one (`--no-main-window`) there are none."""
        self.stop()
        if window is None:
            return
        for name, keys in self._keys.items():
            for key in keys:
                shortcut = qt.QShortcut(qt.QKeySequence(key), window)
                shortcut.connect("activated()", self._answer(name))
                self._shortcuts.append(shortcut)

    def _answer(self, name: str) -> Callable[[], Any]:
        action = self._actions[name]
        if name not in _ENTER_KEYS:
            return action
        return lambda: None if _isTyping() else action()

    def stop(self) -> None:
        """The keys mean what they meant before."""
        for shortcut in self._shortcuts:
            shortcut.enabled = False
            shortcut.setParent(None)
            shortcut.deleteLater()
        self._shortcuts = []


def _isTyping() -> bool:
    return isinstance(qt.QApplication.focusWidget(), (qt.QLineEdit, qt.QAbstractSpinBox))
