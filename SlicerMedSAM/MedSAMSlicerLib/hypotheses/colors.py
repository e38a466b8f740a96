"""A color for each alternative."""

from __future__ import annotations

Color = tuple[float, float, float]

COMBINED: Color = (1.0, 1.0, 1.0)


def alternative_color(index: int) -> Color:
    """Of the alternative of this index (from 0), the one that its segment in a file has, too."""
    from MedSAMLib.hypotheses.colors import hypothesis_color  # loads SimpleITK

    return hypothesis_color(index)
