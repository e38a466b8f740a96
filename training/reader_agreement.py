"""How well the readers of LIDC-IDRI foresee one another's outline when they know its box.

    python -m training.reader_agreement --data ../shared/data --out docs/results

No network is asked. Every reader's outline is stretched into the tight box of another one's: what
one reader, or the majority of the others, is worth there is about what any method can reach that is
given a reader's box and does not know the reader.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from MedSAMLib.metrics import dice
from MedSAMLib.prompts import tight_box
from training.datasets import Sample, read_lidc
from training.evaluation.baselines import inscribed_ellipse
from training.evaluation.bootstrap import Interval, grouped_mean
from training.evaluation.provenance import provenance
from training.evaluation.report import (
    markdown_table,
    provenance_lines,
    with_interval,
    write_report,
)

MODULE = "training.reader_agreement"
Mask = NDArray[np.bool_]
MEASURES = {
    "one": "another reader's outline, stretched into the box",
    "majority": "the majority of the other readers' outlines, each stretched into the box",
    "ellipse": "inscribed ellipse",
}


def stretched(mask: Mask, box: Sequence[float]) -> NDArray[np.float64]:
    """What of each pixel (H, W), 0..1, a mask covers once its tight box is drawn over to `box`."""
    x0, y0, x1, y1 = (int(side) for side in box)
    left, top, right, bottom = tight_box(mask)
    rows = (np.arange(y1 - y0) + 0.5) * (bottom - top) / (y1 - y0) - 0.5 + top
    columns = (np.arange(x1 - x0) + 0.5) * (right - left) / (x1 - x0) - 0.5 + left
    grid = np.meshgrid(rows, columns, indexing="ij")
    found = np.zeros(mask.shape)
    found[y0:y1, x0:x1] = ndimage.map_coordinates(mask.astype(float), grid, order=1)
    return found


def agreement(readers: Sequence[Mask]) -> dict[str, float]:
    """Mean Dice of MEASURES over the readers of one image, at least two of them."""
    scores: dict[str, list[float]] = {name: [] for name in MEASURES}
    for number, own in enumerate(readers):
        box = tight_box(own)
        others = [stretched(m, box) for i, m in enumerate(readers) if i != number]
        scores["one"].append(np.mean([dice(other >= 0.5, own) for other in others]))
        scores["majority"].append(dice(np.mean(others, axis=0) >= 0.5, own))
        scores["ellipse"].append(dice(inscribed_ellipse(box, own.shape), own))
    return {name: float(np.mean(values)) for name, values in scores.items()}


def measured(samples: Sequence[Sample], seed: int) -> dict[str, Interval]:
    """Each of MEASURES over all images with two readers or more, intervals by patient."""
    kept = [(s.group, [m for m in s.masks if m.any()]) for s in samples]
    kept = [(group, readers) for group, readers in kept if len(readers) > 1]
    found = [agreement(readers) for _, readers in kept]
    groups = [group for group, _ in kept]
    return {
        name: grouped_mean(np.array([each[name] for each in found]), groups, seed)
        for name in MEASURES
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Read the arguments, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--out", type=Path, required=True, help="folder for the table")
    parser.add_argument("--split", default="test", choices=("train", "val", "test"))
    parser.add_argument("--seed", type=int, default=0, help="of the bootstrap")
    argv = list(sys.argv[1:] if argv is None else argv)
    arguments = parser.parse_args(argv)
    origin = provenance(None, MODULE, argv, arguments.seed)
    samples = list(read_lidc(arguments.data, arguments.split))
    found = measured(samples, arguments.seed)
    sizes = [int(mask.sum()) for sample in samples for mask in sample.masks if mask.any()]
    rows = [(title, with_interval(found[name])) for name, title in MEASURES.items()]
    markdown = (
        f"# What a reader's box tells of his outline: LIDC, {arguments.split} split\n\n"
        f"{provenance_lines(origin)}\n\n"
        f"{__doc__.split(chr(10) * 2)[2].strip()}\n\n"
        f"{len(samples)} slices, {len(sizes)} outlines, half of them of at most "
        f"{np.median(sizes):.0f} pixels. In brackets 95 % bootstrap intervals by patient.\n\n"
        f"{markdown_table(('in the tight box of a reader', 'Dice with him [95 % CI]'), rows)}"
    )
    content = {
        "provenance": origin,
        "split": arguments.split,
        "slices": len(samples),
        "measures": found,
    }
    print("\n".join(map(str, write_report(arguments.out, "reader_agreement", markdown, content))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
