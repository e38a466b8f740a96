"""Measure propagation from one prompted slice, and look for better stopping rules.

    python -m training.tune_propagation --model starter --data ../shared/data --out results

writes results/propagation.md and results/propagation.json: Dice in 3-D of objects whose middle
slice was prompted with its tight box. With `--search`, the walks are also used to search for
stopping rules; only do that on training splits. A walk's slices take as long as embedding them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from MedSAMLib import MedSAMError, SamModel, load_model
from MedSAMLib.propagation import Carrying, StoppingRules
from training.evaluation.bootstrap import grouped_mean
from training.evaluation.provenance import provenance
from training.evaluation.report import markdown_table, provenance_lines, with_interval, write_report
from training.propagation.objects import VolumeObject, hippocampus_objects, organ_objects
from training.propagation.search import best_rules
from training.propagation.traces import (
    Outcome,
    Trace,
    boxes_everywhere,
    outcome,
    outcome_within_truth,
    trace,
)

MODULE = "training.tune_propagation"
AXES = ("axial", "coronal", "sagittal")
SETS = ("hippocampus", "organs_ct", "organs_mr")

PROTOCOL = """\
- **Oracle prompt**: the smallest box around the object on the middle one of the slices that show
  it; the other slices get no prompt. Objects of at least 100 voxels on at least 5 slices.
- **propagated**: as `medsam propagate` does it. **true extent**: the same walk, cut where the
  object ends, which perfect stopping would reach. **box on every slice**: no propagation at all,
  each slice prompted with its own tight box; what the network can do at best.
- **too far / missed**: slices kept beyond the object, and slices of the object not reached.
- Mean Dice in 3-D over objects with the 95 % bootstrap interval over volumes (organs: over
  organs of one patient).
"""


@dataclass(frozen=True)
class Measured:
    """One object: its walk, what the rules make of it, and its two upper bounds."""

    trace: Trace
    propagated: Outcome
    within_truth: Outcome
    boxes: float


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser(
        prog=f"python -m {MODULE}",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    result.add_argument("--model", default="starter", help="catalogue name or checkpoint path")
    result.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    result.add_argument("--out", type=Path, required=True, help="folder for the tables")
    result.add_argument("--sets", nargs="+", default=SETS, choices=SETS, metavar="SET")
    result.add_argument("--split", default="test", choices=("train", "test"))
    result.add_argument("--cases", type=int, help="hippocampus volumes (default: all)")
    result.add_argument("--axes", nargs="+", default=("axial",), choices=AXES)
    result.add_argument("--loosening", type=float, default=Carrying.loosening)
    result.add_argument("--no-point", action="store_true", help="carry no point on")
    result.add_argument("--no-logits", action="store_true", help="carry no logits on")
    result.add_argument("--search", action="store_true", help="also search for stopping rules")
    result.add_argument("--seed", type=int, default=0, help="of the bootstrap")
    result.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    return result


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 0 when the tables are written, 1 with one line when they cannot be."""
    argv = list(sys.argv[1:] if argv is None else argv)
    arguments = parser().parse_args(argv)
    try:
        paths = run(arguments, argv)
    except (MedSAMError, OSError) as error:
        print(f"{MODULE}: {error}", file=sys.stderr)
        return 1
    print("\n".join(str(path) for path in paths))
    return 0


def run(arguments: argparse.Namespace, argv: Sequence[str]) -> list[Path]:
    """Measure every set along every axis and write the tables."""
    model = load_model(arguments.model, device=arguments.device)
    origin = provenance(model, MODULE, argv, arguments.seed)
    carrying = Carrying(arguments.loosening, not arguments.no_point, not arguments.no_logits)
    measured = {
        (name, axis): _measured(model, arguments, name, axis, carrying)
        for name in arguments.sets
        for axis in arguments.axes
    }
    traces = [each.trace for found in measured.values() for each in found]
    rules = {"default": StoppingRules()}
    if arguments.search:
        rules["searched"] = best_rules(traces)
    markdown = _markdown(measured, origin, arguments.seed, rules)
    content = {
        "provenance": origin,
        "carrying": asdict(carrying),
        "rules": {name: asdict(each) for name, each in rules.items()},
        "objects": [
            {"set": name, "axis": axis, "name": each.trace.name, **_numbers(each)}
            for (name, axis), found in measured.items()
            for each in found
        ],
    }
    return write_report(arguments.out, "propagation", markdown, content)


def _objects(arguments: argparse.Namespace, name: str) -> Iterator[list[VolumeObject]]:
    """The objects of a set, those of one volume together: they share its embeddings."""
    if name == "hippocampus":
        yield from hippocampus_objects(arguments.data, arguments.split, arguments.cases)
    else:
        yield organ_objects(arguments.data, name.removeprefix("organs_"), arguments.split)


def _measured(
    model: SamModel, arguments: argparse.Namespace, name: str, axis: str, carrying: Carrying
) -> list[Measured]:
    items = [item for volume in _objects(arguments, name) for item in volume]
    found = []
    for item in tqdm(items, desc=f"{name}, {axis}", unit="object", dynamic_ncols=True):
        if not item.is_worth_following(axis):
            continue
        walked = trace(model, item, axis, carrying)
        boxes = boxes_everywhere(model, item, axis)
        propagated = outcome(walked, StoppingRules())
        found.append(Measured(walked, propagated, outcome_within_truth(walked), boxes))
    return found


def _numbers(each: Measured) -> dict[str, float]:
    return {
        "dice": each.propagated.dice,
        "too_far": each.propagated.too_far,
        "missed": each.propagated.missed,
        "dice_true_extent": each.within_truth.dice,
        "dice_box_on_every_slice": each.boxes,
    }


def _markdown(
    measured: dict[tuple[str, str], list[Measured]],
    origin: dict,
    seed: int,
    rules: dict[str, StoppingRules],
) -> str:
    header = (
        "set",
        "objects",
        "propagated",
        "true extent",
        "box on every slice",
        "too far",
        "missed",
    )
    rows = [
        (f"{name}, {axis}", str(len(found)), *_row(found, seed))
        for (name, axis), found in measured.items()
        if found
    ]
    parts = [
        f"# Propagation from one prompted slice: {origin['model']['name']}\n",
        provenance_lines(origin) + "\n",
        "## Protocol\n",
        PROTOCOL,
        "## Dice in 3-D\n",
        markdown_table(header, rows),
        "## Stopping rules\n",
        _rules_table(measured, rules),
    ]
    return "\n".join(parts)


def _row(found: list[Measured], seed: int) -> tuple[str, ...]:
    groups = [each.trace.group for each in found]
    columns = (
        [each.propagated.dice for each in found],
        [each.within_truth.dice for each in found],
        [each.boxes for each in found],
    )
    slices = (
        np.mean([each.propagated.too_far for each in found]),
        np.mean([each.propagated.missed for each in found]),
    )
    return (
        *(with_interval(grouped_mean(column, groups, seed)) for column in columns),
        *(f"{mean:.1f}" for mean in slices),
    )


def _rules_table(
    measured: dict[tuple[str, str], list[Measured]], rules: dict[str, StoppingRules]
) -> str:
    """Mean Dice under each set of rules, on the very walks that a search has seen."""
    names = tuple(asdict(StoppingRules()))
    rows = []
    for title, each in rules.items():
        dices = [outcome(m.trace, each).dice for found in measured.values() for m in found]
        limits = (f"{getattr(each, name):g}" for name in names)
        rows.append((title, *limits, f"{np.mean(dices):.3f}"))
    return markdown_table(("rules", *names, "mean Dice"), rows)


if __name__ == "__main__":
    sys.exit(main())
