"""Which way of upsampling meets segments that were made coarser: nearest, linear, smoothed, ours.

    python -m training.imedsam.evaluate_volumes --data ../shared/data --out docs/results

writes docs/results/upsampling.md and upsampling.json. The model's implicit head lies beside its
weights; without one the mask decoder's logits are interpolated, which the tables call so.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from MedSAMLib import MedSAMError, load_model
from training.evaluation.bootstrap import RESAMPLES, Interval, grouped_means
from training.evaluation.provenance import provenance
from training.evaluation.report import (
    markdown_table,
    number,
    provenance_lines,
    with_interval,
    write_report,
)
from training.imedsam.evaluation.volumes import (
    COARSENINGS,
    LEAST_VOXELS,
    MEASURES,
    SUSPECTS,
    Coarsening,
    Outcome,
    Truth,
    hippocampus,
    organs,
    outcomes,
)

MODULE = "training.imedsam.evaluate_volumes"


@dataclass(frozen=True)
class VolumeSet:
    """Segments to be made coarser, and what a reader must know of them."""

    title: str
    relation: str
    read: Callable[[Path], Iterator[Truth]]


SETS = {
    "hippocampus": VolumeSet(
        "Hippocampus (MR, 1 mm), anterior and posterior part",
        "test split, other patients than in training; drawn by hand",
        lambda data: hippocampus(data, "test"),
    ),
    "hippocampus-train": VolumeSet(
        "Hippocampus, training split",
        "used to choose the settings",
        lambda data: hippocampus(data, "train"),
    ),
    "ct": VolumeSet(
        "Organs in a CT (3 mm)",
        "one patient, labels machine-made and themselves smooth; the starter was trained on it",
        lambda data: organs(data, "ct"),
    ),
    "mr": VolumeSet(
        "Organs in an MR (3 mm)",
        "one patient, labels machine-made and themselves smooth; the starter was trained on it",
        lambda data: organs(data, "mr"),
    ),
}
DEFAULT_SETS = ("hippocampus", "ct", "mr")
HEADER = {
    "dice": "Dice",
    "hd95": "HD95 mm",
    "assd": "ASSD mm",
    "exact": "surface Dice, exact",
    "surface_dice": "surface Dice, 1 voxel",
    "volume": "volume ratio",
}
PROTOCOL = f"""\
- The image and the segments are made coarser: blocks of voxels are averaged, and a block belongs to
  a segment if more than half of it does (exact halves by chance, drawn by the seed). Each segment
  of at least {LEAST_VOXELS} coarse voxels is then upsampled to the voxels that were there, and
  compared with what was there. The network saw the coarse image only; its prompts are the boxes of
  the coarse segment.
- **smoothed** is the shape that ours begins with (`MedSAMLib/implicit/given_shape.py`): signed
  distance, smoothed, with the voxels' volume and centers kept. Ours adds what the network says.
- **Surface Dice, exact**: the share of both boundaries' voxels that coincide; **1 voxel**: within
  one fine voxel. **Volume ratio**: 1 is right.
- In brackets the 95 % percentile bootstrap interval, {RESAMPLES:,} resamples of patients (of organs
  where there is one patient).
- SMOOTHING, CERTAIN, STEEPNESS, TRUST and the neighborhood were chosen on volumes of the
  hippocampus' training split.
"""

Results = Mapping[str, Mapping[str, Sequence[Outcome]]]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and write; returns the exit status."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    args = parser().parse_args(arguments)
    try:
        model = load_model(args.model, device=args.device)
        results = {name: _measured(model, name, args) for name in args.sets}
    except MedSAMError as error:
        print(f"{MODULE}: error: {error}", file=sys.stderr)
        return 1
    origin = provenance(model, MODULE, arguments, args.seed)
    page = "\n".join(_page(origin, results, args.seed))
    for path in write_report(args.out, "upsampling", page, _content(origin, results, args.seed)):
        print(path)
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog=f"python -m {MODULE}", description=__doc__)
    made.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    made.add_argument("--out", type=Path, required=True, help="folder for the tables")
    made.add_argument("--model", default="starter", help="a name or a checkpoint")
    made.add_argument("--sets", nargs="+", default=DEFAULT_SETS, choices=SETS, metavar="SET")
    made.add_argument("--limit", type=int, help="at most so many volumes of each set, evenly")
    made.add_argument("--seed", type=int, default=0, help="of halves, samples and bootstrap")
    made.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    return made


def _measured(model, name: str, args: argparse.Namespace) -> dict[str, list[Outcome]]:
    truths = list(SETS[name].read(args.data))
    if not truths:
        raise MedSAMError(f"{args.data} has no volumes of {name}.")
    if args.limit is not None and len(truths) > args.limit:
        chosen = np.linspace(0, len(truths) - 1, args.limit).round().astype(int)
        truths = [truths[index] for index in chosen]
    found: dict[str, list[Outcome]] = {}
    for key, how in COARSENINGS.items():
        shown = tqdm(truths, desc=f"{name} {key}", leave=False)
        found[key] = [each for truth in shown for each in outcomes(model, truth, how, args.seed)]
    return found


def _page(origin: dict, results: Results, seed: int) -> Iterator[str]:
    yield f"# Upsampling segments: {origin['model']['name']}\n"
    yield provenance_lines(origin) + "\n"
    yield "## Protocol\n"
    yield PROTOCOL
    for name, by_how in results.items():
        yield f"## {SETS[name].title}\n"
        yield f"{SETS[name].relation[0].upper()}{SETS[name].relation[1:]}.\n"
        for key, found in by_how.items():
            if found:
                yield from _section(COARSENINGS[key], found, seed)


def _section(how: Coarsening, found: Sequence[Outcome], seed: int) -> Iterator[str]:
    groups = len({each.group for each in found})
    yield f"### {how.title}\n"
    rows = [
        [method, *(with_interval(intervals[measure]) for measure in MEASURES)]
        for method, intervals in _intervals(found, seed).items()
    ]
    yield markdown_table(("method", *HEADER.values()), rows)
    difference = _difference(found, seed)
    last = list(found[0].methods)[-1]
    captured = np.mean([each.captured for each in found if each.captured is not None])
    yield (
        f"{len(found)} segments of {groups} groups. {last} less smoothed, paired: Dice "
        f"{with_interval(difference['dice'], 4)}, surface Dice, exact "
        f"{with_interval(difference['exact'], 4)}. The most uncertain {SUSPECTS:.0%} of the voxels "
        f"near the boundary hold {captured:.0%} of the wrong ones. Median time a segment "
        f"{number(float(np.median([each.seconds for each in found])), 2)} s.\n"
    )


def _intervals(found: Sequence[Outcome], seed: int) -> dict[str, dict[str, Interval]]:
    groups = [each.group for each in found]
    return {
        method: dict(
            zip(
                MEASURES,
                grouped_means(
                    [[each.methods[method][m] for m in MEASURES] for each in found], groups, seed
                ),
                strict=True,
            )
        )
        for method in found[0].methods
    }


def _difference(found: Sequence[Outcome], seed: int) -> dict[str, Interval]:
    """The last method, which is ours, less smoothed, segment by segment."""
    last = list(found[0].methods)[-1]
    rows = [
        [each.methods[last][m] - each.methods["smoothed"][m] for m in MEASURES] for each in found
    ]
    groups = [each.group for each in found]
    return dict(zip(MEASURES, grouped_means(rows, groups, seed), strict=True))


def _content(origin: dict, results: Results, seed: int) -> dict:
    sets = {
        name: {
            "title": SETS[name].title,
            "relation": SETS[name].relation,
            "coarsenings": {
                key: {
                    "title": COARSENINGS[key].title,
                    "segments": len(found),
                    "methods": _intervals(found, seed),
                    "less_smoothed": _difference(found, seed),
                }
                for key, found in by_how.items()
                if found
            },
        }
        for name, by_how in results.items()
    }
    return {"provenance": origin, "sets": sets}


if __name__ == "__main__":
    sys.exit(main())
