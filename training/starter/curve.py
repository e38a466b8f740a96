"""How Dice on the validation splits grew with the time of training, as a table and a picture.

    python -m training.starter.curve runs/starter docs/results

reads runs/starter/validation.jsonl, writes starter_training.md and starter_training.png. The curve
of the first starter, whose stem was trained from random weights, is kept as
starter_training_first.md.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from training.evaluation.figures import save_plot
from training.evaluation.report import markdown_table

# Okabe and Ito's colors, told apart with any color vision.
COLORS = {"lidc": "#0072B2", "sessile": "#D55E00", "hippocampus": "#009E73"}
LINES = {"box": "-", "point": "--"}


def curve_table(history: list[dict[str, float]]) -> str:
    """One row a checkpoint, one column a set and prompt."""
    columns = [name for name in history[-1] if "/" in name]
    header = ("minutes", "steps", *(name.replace("/", ", ") for name in columns))
    rows = [
        (f"{record['minutes']:.0f}", str(record["step"]), *(f"{record[c]:.3f}" for c in columns))
        for record in history
    ]
    return markdown_table(header, rows)


def draw(history: list[dict[str, float]], path: Path) -> None:
    """Dice against minutes, boxes drawn through, clicks dashed."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    minutes = [record["minutes"] for record in history]
    for name in (key for key in history[-1] if "/" in key):
        data_set, prompt = name.split("/")
        values = [record[name] for record in history]
        style = {"color": COLORS.get(data_set), "linestyle": LINES[prompt], "marker": "o"}
        axes.plot(minutes, values, label=f"{data_set}, {prompt}", markersize=3, **style)
    axes.set(xlabel="minutes of training", ylabel="Dice, validation", ylim=(0, 1))
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8, ncols=2)
    save_plot(figure, path, dpi=120)
    plt.close(figure)


def main() -> None:
    """Read the arguments, write both files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    lines = (arguments.run / "validation.jsonl").read_text(encoding="utf-8").splitlines()
    history = [json.loads(line) for line in lines]
    arguments.out.mkdir(parents=True, exist_ok=True)
    draw(history, arguments.out / "starter_training.png")
    text = (
        "# Training of the starter\n\n"
        "Mean Dice of the averaged weights on a fixed sample of the validation splits, at the "
        "network's resolution: tight box, and one click at the most interior pixel. Written by "
        "`python -m training.starter.curve`.\n\n"
        f"![Dice against minutes](starter_training.png)\n\n{curve_table(history)}\n"
        "The first starter, a network of as many weights trained from random ones, in nearly as "
        "many minutes: [its curve](starter_training_first.md). This one begins with its prompt "
        "encoder and decoder.\n"
    )
    (arguments.out / "starter_training.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
