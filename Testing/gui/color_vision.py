"""How far apart colors look, also to people with a rarer color vision."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

import numpy as np

# Machado, Oliveira and Fernandes 2009, severity 1: linear RGB as it looks to others.
VISIONS = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}
_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_WHITE = _XYZ.sum(axis=1)


def seen(color: Iterable[float], vision: str) -> np.ndarray:
    """An sRGB color (0..1) as linear RGB (0..1) after the eye of a vision."""
    srgb = np.asarray(tuple(color), dtype=float)
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return (VISIONS[vision] @ linear).clip(0, 1)


def lab(linear: np.ndarray) -> np.ndarray:
    """CIELAB (white D65) of linear RGB."""
    t = (_XYZ @ linear) / _WHITE
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def difference(one: Iterable[float], other: Iterable[float], vision: str) -> float:
    """CIE 1976 color difference of two sRGB colors; 2.3 is just noticeable, 100 black to white."""
    return float(np.linalg.norm(lab(seen(one, vision)) - lab(seen(other, vision))))


def least_difference(colors: Iterable[Iterable[float]], vision: str) -> float:
    """Of the two colors that look most alike."""
    return min(difference(a, b, vision) for a, b in combinations(colors, 2))
