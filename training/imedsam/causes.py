"""Why an implicit decoder on a frozen backbone gains little: three measurements on one page.

    python -m training.imedsam.causes --data ../shared/data --out docs/results --limit 60

writes docs/results/imedsam_causes.md and .json, in a quarter of an hour on one core. It needs a
model with an implicit head, and a starter's pyramid for the refiners.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from MedSAMLib import metrics
from MedSAMLib.implicit import find_head, load_head
from MedSAMLib.implicit.network import ImplicitNetwork
from MedSAMLib.implicit.rendering import RenderSettings
from MedSAMLib.prompts import tight_box
from MedSAMLib.sam import SamModel, load_model
from MedSAMLib.sam.device import computes_bfloat16
from training.datasets import Sample
from training.datasets.polyp_quality import read_polyp_quality
from training.evaluation.provenance import provenance
from training.evaluation.report import write_report
from training.imedsam.config import TrainingConfig
from training.imedsam.evaluation.cases import Case, as_it_is, resized_image, resized_mask
from training.imedsam.evaluation.causes_page import (
    BACKBONE,
    HEAD,
    LEARNT,
    NEW,
    Fitted,
    RefinerRow,
    as_json,
    causes_page,
    change,
    mean_of,
)
from training.imedsam.evaluation.ceiling import ceiling
from training.imedsam.evaluation.measuring import Fit, fit, mean_fit
from training.imedsam.evaluation.methods import network_method, plain
from training.imedsam.examples import Picture, pictures_of
from training.imedsam.refiner import CPU, Refiner, Sight, logits_of, sight_of, trained_refiner
from training.imedsam.sets import training_samples, validation_samples
from training.imedsam.views import seen_view, shares_of, view_of

MODULE = "training.imedsam.causes"
SETS = ("sessile", "hippocampus", "lidc")
POLYPS = ("sessile", "kvasir")
SHARES = (0.25, 0.5, 1.0)
QUALITY_SIDE = 256
OFFSETS = tuple(round(0.1 * step, 1) for step in range(-8, 9))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog=f"python -m {MODULE}",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    made.add_argument("--out", type=Path, required=True, help="folder for the tables")
    made.add_argument("--model", default="starter", help="backbone: a name or a checkpoint")
    made.add_argument("--limit", type=int, default=60, help="at most so many images of each kind")
    made.add_argument("--views", type=int, default=400, help="views that a refiner learns from")
    made.add_argument("--steps", type=int, default=100, help="of each refiner")
    made.add_argument("--seed", type=int, default=0, help="of subsets, views and bootstrap")
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command, print the paths of what was written."""
    argv = list(sys.argv[1:] if argv is None else argv)
    arguments = parser().parse_args(argv)
    model = load_model(arguments.model, device="cpu")
    origin = provenance(model, MODULE, argv, arguments.seed)
    fitted, ceilings = {}, {}
    for name in SETS:
        groups = cases_of(arguments.data, name, arguments.limit, arguments.seed)
        fitted[name] = {kind: fits_of(model, each) for kind, each in groups.items()}
        head = load_head(find_head(model), model).network
        shown = tqdm(groups[NEW], desc=f"{name}, ceiling", unit="image")
        ceilings[name] = [ceiling(head, case, arguments.seed) for case in shown]
    refiners = refiner_rows(model, arguments)
    page = causes_page(origin, fitted, ceilings, refiners, arguments.seed)
    content = {
        "provenance": origin,
        "seen": as_json(fitted, arguments.seed),
        "ceilings": {
            name: {way: mean_of([case[way] for case in cases]) for way in cases[0]}
            for name, cases in ceilings.items()
        },
        "refiners": refiners,
    }
    for path in write_report(arguments.out, "imedsam_causes", page, content):
        print(path)
    return 0


def cases_of(data: Path, name: str, limit: int, seed: int) -> dict[str, list[Case]]:
    """Up to `limit` images of a set's training split and of its validation split."""
    new = validation_samples(data, (name,), limit, seed)[name]
    return {
        LEARNT: [as_it_is(each) for each in _drawn(training_samples(data, name), limit, seed)],
        NEW: [as_it_is(sample) for sample in new],
    }


def _drawn(samples: Sequence[Sample], limit: int, seed: int) -> list[Sample]:
    kept = [each for sample in samples if (each := sample.non_empty()) is not None]
    order = np.random.default_rng(seed).permutation(len(kept))[:limit]
    return [kept[index] for index in order]


def fits_of(model: SamModel, cases: Sequence[Case]) -> Fitted:
    """The backbone's own masks and the head's, with oracle boxes."""
    head = load_head(find_head(model), model).network
    settings = RenderSettings(refine=head.config.refine)
    methods = {
        BACKBONE: network_method(plain(model), settings),
        HEAD: network_method(head, settings),
    }
    fits = {
        name: tuple(
            mean_fit(method(case, case.boxes("oracle", 0)), case.masks)
            for case in tqdm(cases, desc=name, unit="image")
        )
        for name, method in methods.items()
    }
    return Fitted(tuple(case.group for case in cases), fits)


def refiner_rows(model: SamModel, arguments: argparse.Namespace) -> list[RefinerRow]:
    """Refiners of learnt fields of some shares of the pictures, and of new ones."""
    network, seed, steps = plain(model), arguments.seed, arguments.steps
    new = [_plain_sight(network, p) for p in _validation_polyps(arguments)]
    threshold_alone = best_fits(None, new)
    rows = [RefinerRow("the threshold alone", 0, 0, {NEW: _changes(new, threshold_alone, seed)})]
    learnt = training_polyps(arguments.data, arguments.views, seed)
    sights = _sights(network, learnt, len(learnt), seed)
    plans = [("learnt fields", learnt, sights, share) for share in SHARES]
    unseen = quality_polyps(arguments.data)
    plans.append(("new fields", unseen, _sights(network, unseen, arguments.views, seed), 1.0))
    for source, pictures, views, share in plans:
        used = views[: max(1, round(share * len(views)))]
        count = min(len(pictures), len(used))
        refiner = trained_refiner(used, steps, network.image_size, seed)
        own = [_plain_sight(network, p) for p in pictures[: min(count, arguments.limit)]]
        changes = {
            LEARNT: _changes(own, best_fits(refiner, own), seed),
            NEW: _changes(new, best_fits(refiner, new), seed),
        }
        rows.append(RefinerRow(source, count, steps, changes))
    return rows


def training_polyps(data: Path, count: int, seed: int) -> list[Picture]:
    """Up to `count` polyps of the training splits, in random order."""
    samples = [sample for name in POLYPS for sample in training_samples(data, name)]
    pictures = pictures_of(samples, 1, 1.0, seed)
    order = np.random.default_rng(seed).permutation(len(pictures))[:count]
    return [pictures[index] for index in order]


def quality_polyps(data: Path) -> list[Picture]:
    """The polyps of `polyp_quality` at the side of the others; no network here has learnt them."""
    found = {triple.group: triple for triple in read_polyp_quality(data)}
    return [
        Picture(
            resized_image(each.image, QUALITY_SIDE), resized_mask(each.truth, QUALITY_SIDE), 0, name
        )
        for name, each in found.items()
    ]


def _validation_polyps(arguments: argparse.Namespace) -> list[Picture]:
    samples = validation_samples(arguments.data, ("sessile",), arguments.limit, arguments.seed)
    return pictures_of(samples["sessile"], 1, 1.0, arguments.seed)


def _sights(
    network: ImplicitNetwork, pictures: Sequence[Picture], count: int, seed: int
) -> list[Sight]:
    """`count` augmented views, picture after picture."""
    rng, config = np.random.default_rng(seed), TrainingConfig(tight_share=0.9)
    with torch.autocast("cpu", torch.bfloat16, enabled=computes_bfloat16(CPU)):
        return [
            sight_of(network, view_of(network, pictures[n % len(pictures)], config, rng))
            for n in tqdm(range(count), desc="views")
        ]


def _plain_sight(network: ImplicitNetwork, picture: Picture) -> Sight:
    box = shares_of(tight_box(picture.mask), picture.mask.shape)
    return sight_of(network, seen_view(network, picture.image, picture.mask, box))


def best_fits(refiner: Refiner | None, sights: Sequence[Sight]) -> list[Fit]:
    """Fits with the threshold, one of OFFSETS, that has the best mean Dice on these sights."""
    found = [(logits_of(refiner, sight), sight.view.mask) for sight in sights]
    best = max(OFFSETS, key=lambda offset: _mean_dice(found, offset))
    return [fit(logits > best, mask) for logits, mask in found]


def _mean_dice(found: Sequence[tuple[NDArray, NDArray]], offset: float) -> float:
    return float(np.mean([metrics.dice(logits > offset, mask) for logits, mask in found]))


def _changes(sights: Sequence[Sight], fits: Sequence[Fit], seed: int) -> dict:
    before = [fit(logits_of(None, sight) > 0, sight.view.mask) for sight in sights]
    return change(before, fits, [str(number) for number in range(len(sights))], seed)


if __name__ == "__main__":
    sys.exit(main())
