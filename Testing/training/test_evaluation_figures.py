"""Plots are written with few colors, and look the same."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from training.evaluation.figures import COLORS, save_plot


def test_a_plot_has_few_colors_and_looks_the_same(tmp_path):
    figure = Figure(figsize=(4, 3))
    axes = figure.subplots()
    for slope, color in ((1, "#0072B2"), (2, "#D55E00")):
        axes.plot([0, 1, 2], [0, slope, 2 * slope], color=color)
    figure.savefig(tmp_path / "plain.png", dpi=100)
    save_plot(figure, tmp_path / "small.png", dpi=100)
    plain, small = (Image.open(tmp_path / f"{name}.png") for name in ("plain", "small"))
    assert len(small.getcolors()) <= COLORS
    difference = np.abs(np.subtract(*(np.asarray(p.convert("RGB"), float) for p in (plain, small))))
    assert difference.mean() < 1
    assert (tmp_path / "small.png").stat().st_size < (tmp_path / "plain.png").stat().st_size
