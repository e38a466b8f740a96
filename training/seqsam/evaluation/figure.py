"""GED and D_avg over the number of masks, as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib
import numpy as np

from training.evaluation.figures import save_plot
from training.seqsam.evaluation.boxes import TITLES
from training.seqsam.evaluation.measuring import COUNTS
from training.seqsam.evaluation.methods import Method
from training.seqsam.evaluation.summary import BoxSummary

matplotlib.use("Agg")

from matplotlib import pyplot as plt

# Okabe and Ito's colors and two more: told apart with any color vision; so are markers and dashes.
COLORS = (
    *("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00"),
    *("#56B4E9", "#000000", "#999999", "#5D3A9B", "#7A4A1E"),
)
MARKERS = "osD^vPX*<>"
PANELS = {
    "ged_keep": "GED, all readers (lower is better)",
    "d_avg_drop": "D_avg (higher is better)",
}


def draw(summaries: Mapping[str, BoxSummary], methods: Sequence[Method], path: Path) -> None:
    """Write a PNG with a row a measure and a column a kind of box; bars are 95 % intervals."""
    shape = len(PANELS), len(summaries)
    width = 4.2 * len(summaries) + 0.6
    figure, axes = plt.subplots(
        *shape, figsize=(width, 7.4), sharex=True, sharey="row", squeeze=False, layout="constrained"
    )
    for row, (key, label) in zip(axes, PANELS.items(), strict=True):
        for axis, summary in zip(row, summaries.values(), strict=True):
            _panel(axis, summary, methods, key)
        row[0].set_ylabel(label)
    for column, box in zip(axes.T, summaries, strict=True):
        column[0].set_title(_wrapped(TITLES[box]), fontsize=10)
        column[-1].set_xlabel("masks M")
    handles, names = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    save_plot(figure, path, dpi=110)
    plt.close(figure)


def _panel(axis, summary: BoxSummary, methods: Sequence[Method], key: str) -> None:
    places = np.arange(len(COUNTS), dtype=float)
    shifts = np.linspace(-0.18, 0.18, len(methods))
    for number, method in enumerate(methods):
        intervals = [summary.methods[method.name].measures[count][key] for count in COUNTS]
        values = np.array([each.value for each in intervals])
        spread = np.abs(values - np.array([[each.low, each.high] for each in intervals]).T)
        axis.errorbar(
            places + shifts[number],
            values,
            yerr=spread,
            label=method.title.replace("*", ""),
            color=COLORS[number % len(COLORS)],
            marker=MARKERS[number % len(MARKERS)],
            linestyle="-" if number == 0 else "--" if method.own > 1 else ":",
            linewidth=2.4 if number == 0 else 1.2,
            markersize=6,
            elinewidth=0.8,
        )
    axis.set_xticks(places, [str(count) for count in COUNTS])
    axis.grid(axis="y", color="#dddddd", linewidth=0.6)
    axis.spines[["top", "right"]].set_visible(False)


def _wrapped(title: str) -> str:
    return title.replace(", ", ",\n")
