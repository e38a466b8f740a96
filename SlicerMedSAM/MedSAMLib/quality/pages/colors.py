"""Colors of scores: told apart with any color vision, and by lightness alone."""

from __future__ import annotations

import math

import numpy as np

# From poor to good: vermilion, sand, blue (after Okabe and Ito), with the middle the lightest.
_STOPS = ((0.0, (168, 62, 0)), (0.5, (240, 214, 150)), (1.0, (0, 92, 158)))


def score_rgb(score: float) -> tuple[int, int, int]:
    """The color of a score 0..1; scores beyond are taken as the end."""
    places = [place for place, _ in _STOPS]
    channels = zip(*(color for _, color in _STOPS), strict=True)
    return tuple(round(float(np.interp(score, places, channel))) for channel in channels)


def score_color(score: float) -> str:
    """The same for CSS; transparent without a score."""
    if math.isnan(score):
        return "transparent"
    return "#{:02x}{:02x}{:02x}".format(*score_rgb(score))
