"""Choose how the box moves the cut of a mask (`MedSAMLib.sam.box_fit`), on validation images.

    python -m training.starter.box_fit --data ../shared/data --out docs/results

Every object is asked for with its tight box, and with boxes whose sides are moved outward by 10 and
20 % of its extent. The network answers once; each candidate cuts the same logits.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from MedSAMLib import SamModel, load_model
from MedSAMLib.prompts import loosened_box, tight_box
from MedSAMLib.sam.box_fit import CHOSEN, UNMOVED, BoxFit, cut_by_box
from MedSAMLib.sam.closer_masks import look
from MedSAMLib.sam.embedding import Embedding
from MedSAMLib.sam.near_logits import near_logits
from MedSAMLib.sam.prompt_tensors import prompt_tensors
from training.datasets import Sample
from training.evaluation.provenance import provenance
from training.evaluation.report import markdown_table, provenance_lines
from training.starter.recipe import validation_samples

LOOSENED = (0.0, 0.1, 0.2)
GRID = itertools.product((0.75, 0.8, 0.85, 0.9), (0.5, 0.6), (0.75, 1.0, 1.5, 2.0))
CANDIDATES = (UNMOVED, *(BoxFit(*settings) for settings in GRID))
# What a candidate may lose against the unmoved cut, on any set and with any box.
MOST_LOST = 0.002


def best_candidate(dice: dict[str, np.ndarray]) -> BoxFit:
    """The one with the best mean of those that lose nearly nothing anywhere.

    `dice` (LOOSENED, CANDIDATES) by set.
    """
    values = np.concatenate(list(dice.values()))
    unmoved = values[:, [CANDIDATES.index(UNMOVED)]]
    harmless = (unmoved - values).max(axis=0) <= MOST_LOST
    return CANDIDATES[int(np.where(harmless, values.mean(axis=0), -1).argmax())]


def dice_of_candidates(model: SamModel, sample: Sample) -> np.ndarray:
    """Mean Dice over the sample's objects, (LOOSENED, CANDIDATES)."""
    embedding = model.embed(sample.image, window=sample.window)
    found = [
        [_dice_in_box(model, embedding, _box(mask, by), mask) for by in LOOSENED]
        for mask in sample.masks
    ]
    return np.mean(found, axis=0)


def _box(mask: np.ndarray, by: float) -> np.ndarray:
    box = np.asarray(tight_box(mask), dtype=float)
    return loosened_box(box, by, mask.shape) if by else box


@torch.inference_mode()
def _dice_in_box(
    model: SamModel, embedding: Embedding, box: np.ndarray, truth: np.ndarray
) -> list[float]:
    """The Dice of every candidate's mask."""
    near = look(model, embedding, tuple(box), (box, None, None, None))
    frame, threshold = model.frame(near.embedding), model.sam.mask_threshold
    prompts = prompt_tensors(frame, *near.prompts)
    logits, _scores = near_logits(
        model.logits, near, frame, threshold, prompts, slice(0, 1), False, UNMOVED
    )
    boxes = prompts.boxes * (frame.mask_size / frame.image_size)
    part, size, found = near.crop.of(truth), truth.sum(), []
    for fit in CANDIDATES:
        cut = cut_by_box(logits, boxes, threshold, fit)
        full = model.sam.postprocess_masks(cut, frame.input_size, frame.original_size)
        mask = (full[0, 0] > threshold).numpy()
        found.append(2 * (mask & part).sum() / (mask.sum() + size))
    return found


def table(dice: dict[str, np.ndarray]) -> str:
    """A row a candidate, of `dice` (LOOSENED, CANDIDATES) by set; the best mean first."""
    means = np.mean([values.mean(0) for values in dice.values()], axis=0)
    header = ("filled", "loose", "raised", *_columns(dice), "mean")
    rows = []
    for index in np.argsort(-means):
        fit = CANDIDATES[index]
        numbers = [f"{v[by, index]:.4f}" for v in dice.values() for by in range(len(LOOSENED))]
        settings = [f"{value:g}" for value in dataclasses.astuple(fit)]
        name = {CHOSEN: "**{}**", UNMOVED: "not moved"}.get(fit, "{}").format(settings[0])
        rows.append((name, *settings[1:], *numbers, f"{means[index]:.4f}"))
    return markdown_table(header, rows)


def _columns(dice: dict[str, np.ndarray]) -> list[str]:
    return [f"{name}, {'tight' if not by else f'+ {by:.0%}'}" for name in dice for by in LOOSENED]


def page(dice: dict[str, np.ndarray], origin: dict) -> str:
    """The whole page."""
    best = best_candidate(dice)
    return (
        "# Where a mask is cut in its box\n\n"
        f"{provenance_lines(origin)}\n\n"
        "Mean Dice on the validation splits; the box is tight, or its sides are moved outward by "
        "10 and 20 % of its extent. The cut is raised by up to *raised* logits where the mask's "
        "bounding box overlaps the drawn one by less than *filled*, by all of it at *loose*. In "
        f"bold what ships. Of those that lose at most {MOST_LOST:g} in any column, the best mean "
        f"has: filled {best.filled:g}, loose {best.loose:g}, raised {best.raised:g}.\n\n"
        + table(dice)
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Read the arguments, write the page."""
    argv = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--out", type=Path, required=True, help="folder of the page")
    parser.add_argument("--limit", type=int, default=80, help="at most so many images a set")
    parser.add_argument("--seed", type=int, default=0, help="of the choice of images")
    arguments = parser.parse_args(argv)
    model = load_model("starter", device="cpu")
    dice = {}
    for name, samples in validation_samples(
        arguments.data, arguments.limit, arguments.seed
    ).items():
        kept = [each for sample in samples if (each := sample.non_empty()) is not None]
        progress = tqdm(kept, desc=name, unit="image")
        dice[name] = np.mean([dice_of_candidates(model, sample) for sample in progress], axis=0)
    origin = provenance(model, "training.starter.box_fit", argv, arguments.seed)
    arguments.out.mkdir(parents=True, exist_ok=True)
    path = arguments.out / "box_fit.md"
    path.write_text(page(dice, origin), encoding="utf-8")
    print(path)


if __name__ == "__main__":
    main()
