"""A color for each hypothesis."""

from __future__ import annotations

from ..segmentation_io import PALETTE, Color

_LIGHTER, _DARKER = 0.55, 0.45


def hypothesis_color(index: int) -> Color:
    """Of the hypothesis of this index (from 0): seven colors, the same lighter, then darker."""
    turn, place = divmod(index, len(PALETTE))
    color = PALETTE[place]
    if turn == 0:
        return color
    if turn == 1:
        return tuple(part + (1 - part) * _LIGHTER for part in color)
    return tuple(part * _DARKER for part in color)
