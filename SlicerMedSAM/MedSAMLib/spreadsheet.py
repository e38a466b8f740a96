"""Text in the cells of a CSV that people open in a spreadsheet."""

from __future__ import annotations

from typing import TypeVar

_Cell = TypeVar("_Cell")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def plain_cell(value: _Cell) -> _Cell | str:
    """Text that a spreadsheet would take for a formula, with an apostrophe before it.

    Names of segments and files come from others, and a formula in one can send data away
    (OWASP, CSV injection). Numbers stay as they are.
    """
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
