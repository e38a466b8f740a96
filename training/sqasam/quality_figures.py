"""Two figures: scores against true Dice with risk and coverage, and scores against severity."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from MedSAMLib import metrics
from training.evaluation.figures import save_plot

# Okabe and Ito's colors, told apart with any color vision.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
SHOWN = {"box": "box, by area", "learned": "learned judge", "combined_whole": "learned and box"}
CURVES = {"dice": "true Dice", "box": "box", "max": "max", "combined": "combined",
          "learned": "learned"}  # fmt: skip


def draw_ranking(ranking: dict, path: Path) -> Path:
    """Scatter of the scores by network, and the risk-coverage curves."""
    plt = _pyplot()
    scatter = ranking["scatter"]
    dice, networks = np.array(scatter["dice"]), np.array(scatter["network"])
    names = [name for name in SHOWN if name in scatter]
    figure, axes = plt.subplots(
        1, len(names) + 1, figsize=(3.4 * (len(names) + 1), 3.4), layout="constrained"
    )
    for place, name in enumerate(names):
        scores = metrics.bottom_first(_floats(scatter[name]))
        for color, network in zip(COLORS, sorted(set(networks)), strict=False):
            rows = networks == network
            axes[place].scatter(scores[rows], dice[rows], s=10, color=color, label=network)
        axes[place].set(xlabel=SHOWN[name], ylabel="true Dice", xlim=(-0.03, 1.03))
        curve = metrics.risk_coverage(scores, dice)
        axes[-1].plot(curve.coverage, curve.risk, label=SHOWN[name], color=COLORS[place])
    best = metrics.risk_coverage(dice, dice)
    axes[-1].plot(best.coverage, best.risk, label="perfect ranking", color="0.6", linestyle="--")
    axes[-1].set(xlabel="coverage", ylabel="mean 1 - Dice of those kept", ylim=(0, None))
    axes[0].legend(fontsize=7)
    axes[-1].legend(fontsize=7)
    return _saved(figure, path)


def draw_severity(severity: dict, path: Path) -> Path:
    """One panel a set and kind of error."""
    plt = _pyplot()
    kinds = list(next(iter(severity.values())))
    figure, axes = plt.subplots(
        len(severity),
        len(kinds),
        figsize=(2.1 * len(kinds), 2.0 * len(severity)),
        layout="constrained",
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    for row, (name, found) in zip(axes, severity.items(), strict=True):
        for axis, kind in zip(row, kinds, strict=True):
            for place, score in enumerate(s for s in CURVES if s in found[kind]):
                means = [mean["value"] for mean in found[kind][score]]
                color = "0.6" if score == "dice" else COLORS[(place - 1) % len(COLORS)]
                axis.plot(means, label=CURVES[score], color=color, marker="o", markersize=2)
            axis.set(title=f"{name}, {kind}", ylim=(0, 1))
            axis.title.set_fontsize(8)
            axis.grid(alpha=0.3)
    axes[0][0].legend(fontsize=6)
    for axis in axes[-1]:
        axis.set_xlabel("step", fontsize=8)
    return _saved(figure, path)


def _floats(values: list) -> list[float]:
    return [float("nan") if value is None else value for value in values]


def _pyplot():
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot


def _saved(figure, path: Path) -> Path:
    save_plot(figure, path, dpi=110)
    _pyplot().close(figure)
    return path
