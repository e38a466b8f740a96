"""A color for each alternative."""

from __future__ import annotations

Color = tuple[float, float, float]

_LIGHTER, _DARKER = 0.55, 0.45
COMBINED: Color = (1.0, 1.0, 1.0)


def alternative_color(index: int) -> Color:
    """Of the alternative of this index (from 0).

    Okabe and Ito's seven, told apart with any color vision; then the same lighter, then darker.
    """
    from MedSAMLib.segmentation_io import PALETTE  # loads SimpleITK

    color = PALETTE[index % len(PALETTE)]
    turn = index // len(PALETTE)
    if turn == 0:
        return color
    if turn == 1:
        return tuple(part + (1 - part) * _LIGHTER for part in color)
    return tuple(part * _DARKER for part in color)
