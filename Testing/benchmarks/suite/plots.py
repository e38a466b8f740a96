"""How time grows with slices, objects, hypotheses and the output's size, as a picture."""

from __future__ import annotations

from pathlib import Path

from Testing.benchmarks.suite.plan import PLOTTED, REFERENCE, WAYS
from Testing.benchmarks.suite.ratios import Record
from training.evaluation.figures import save_plot

# Okabe and Ito's colors, told apart with any color vision.
COLORS = {REFERENCE: "#666666", "torch-float32": "#0072B2", "torch-bfloat16": "#D55E00"}


def draw(records: list[Record], path: Path) -> None:
    """A panel for each row that grows, of the starter on the CPU; nothing if there is none."""
    shown = [each for each in records if _is_shown(each)]
    rows = [row for row in PLOTTED if any(each["row"] == row for each in shown)]
    if not rows:
        return
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(
        1, len(rows), figsize=(3.2 * len(rows), 3.2), layout="constrained", squeeze=False
    )
    for axes, row in zip(panels[0], rows, strict=True):
        for record in (each for each in shown if each["row"] == row):
            _line(axes, record)
        axes.set(xlabel=PLOTTED[row], ylabel="seconds", ylim=(0, None), xlim=(0, None))
        axes.grid(alpha=0.3)
        axes.legend(fontsize=7)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_plot(figure, path, dpi=110)
    pyplot.close(figure)


def _is_shown(record: Record) -> bool:
    return "growth" in record and record["model"] == "starter" and record["device"] == "cpu"


def _line(axes, record: Record) -> None:
    amounts, seconds = zip(*record["growth"], strict=True)
    # A volume has a point for every slice.
    marker = "o" if len(amounts) < 20 else None
    name = WAYS[record["way"]].title.replace("`", "")
    color = COLORS.get(record["way"])
    axes.plot(amounts, seconds, marker=marker, markersize=3, label=name, color=color)
