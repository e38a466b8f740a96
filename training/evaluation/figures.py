"""Plots of few colors: a third of the size, in a repository that keeps every version of them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLORS, KMEANS = 64, 4  # of the palette; rounds in which it is fitted


def save_plot(figure: Figure, path: Path, dpi: int) -> None:
    """Write a plot of matplotlib as a PNG with a palette of its own."""
    drawn = io.BytesIO()
    figure.savefig(drawn, dpi=dpi, format="png")
    with Image.open(drawn) as picture:
        small = picture.convert("RGB").quantize(
            COLORS, Image.Quantize.MAXCOVERAGE, KMEANS, dither=Image.Dither.NONE
        )
    small.save(path, optimize=True)
