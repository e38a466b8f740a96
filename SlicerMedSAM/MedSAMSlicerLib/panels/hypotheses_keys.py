"""The keys of MedSAMHypotheses, beside those for prompts that MedSAMSegment has, too.

The slice views keep G, T, R, V, F, B and the vertical arrows, which scroll as the horizontal ones
do elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import qt

from .shortcuts import KEYS as PROMPT_KEYS

NUMBERS = 9
KEYS: dict[str, tuple[str, ...]] = {
    **PROMPT_KEYS,
    "generate": ("H",),
    "back": ("Left",),
    "forth": ("Right",),
    "mark": ("Space",),
    "merge": ("M",),
    "mergeAll": ("C",),
    "agreement": ("A",),
    "showMode": ("O",),
    **{f"number{n}": (str(n),) for n in range(1, NUMBERS + 1)},
}


def numberActions(choose: Callable[[int], Any]) -> dict[str, Callable[[], Any]]:
    """For each number key the choice of that alternative (from 0)."""
    return {f"number{n}": partial(choose, n - 1) for n in range(1, NUMBERS + 1)}


def keyActions(actions: dict[str, Callable[[], Any]]) -> dict[str, Callable[[], Any]]:
    """The same actions, but that Space presses a button that has the keyboard."""
    mark = actions["mark"]

    def space() -> None:
        widget = qt.QApplication.focusWidget()
        if isinstance(widget, qt.QAbstractButton):
            widget.click()
        else:
            mark()

    return {**actions, "mark": space}
