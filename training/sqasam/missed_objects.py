"""One object of those present is taken away: is it suggested again, and what else is?

A trial is a slice of a volume and one object on it. All other objects stay, in this slice and in
the others: they are what a suggestion is compared with, as for a user who forgot one. The slices
of a LIDC patient, crops around nodules, are taken as a volume.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from MedSAMLib.metrics import dice
from MedSAMLib.quality.missed import suggest_missed_in_volume
from MedSAMLib.quality.objects import find_objects
from training.datasets import read_lidc
from training.datasets.deeplesion import HELD_OUT_PATIENTS
from training.datasets.organs import CT_WINDOW, FILES
from training.datasets.volumes import read_array
from training.evaluation.bootstrap import grouped_mean

FOUND = 0.5  # a suggestion with this Dice to the removed object has found it
MIN_AREA = 40
MOST_VOLUMES = 4


@dataclass(frozen=True, eq=False)
class Case:
    """image and labels (K, J, I); slices run along the first axis. group: of the bootstrap."""

    image: NDArray
    labels: NDArray[np.uint8]
    group: str
    window: tuple[float, float] | str = "auto"


@dataclass(frozen=True)
class Trial:
    """found: 1 where a suggestion overlaps the removed object; false: suggestions that do not.

    best: the largest Dice of a suggestion, 0 without any. group: of the bootstrap.
    """

    group: str
    found: float
    best: float
    false: int


def organs(data: Path) -> Iterator[Case]:
    """The CT with its 41 labels. One patient: an interval is over slices, not over patients."""
    image, labels = (read_array(data / "ct_mr_organs" / name)[0] for name in FILES["ct"])
    yield Case(image, labels.astype(np.uint8), "ct", CT_WINDOW)


def lesions(data: Path) -> Iterator[Case]:
    """DeepLesion's held-out patients, one lesion each."""
    for path in sorted((data / "deeplesion").glob("CT_Lesion_*.npz")):
        patient = path.stem.split("_")[2]
        if patient in HELD_OUT_PATIENTS:
            with np.load(path) as arrays:
                yield Case(arrays["imgs"], (arrays["gts"] > 0).astype(np.uint8), patient)


def nodules(data: Path) -> Iterator[Case]:
    """LIDC test patients with at least three slices; an object is what most readers marked."""
    for patient, samples in groupby(read_lidc(data, "test"), key=lambda sample: sample.group):
        kept = list(samples)
        if len(kept) >= 3:
            votes = [s.masks.sum(axis=0) * 2 >= s.masks.any(axis=(1, 2)).sum() for s in kept]
            masks = np.array([v & s.masks.any(axis=0) for v, s in zip(votes, kept, strict=True)])
            yield Case(np.stack([s.image for s in kept]), masks.astype(np.uint8), patient)


def hippocampi(data: Path) -> Iterator[Case]:
    """MSD Task04 test: the anterior and the posterior half."""
    folder = data / "hippocampus" / "test"
    for path in sorted((folder / "images").glob("*.nii.gz")):
        labels, _ = read_array(folder / "labels" / path.name)
        yield Case(read_array(path)[0], labels.astype(np.uint8), path.name)


SETS: dict[str, tuple[str, Callable[[Path], Iterator[Case]]]] = {
    "organs_ct": ("Organs CT, one organ on a slice", organs),
    "deeplesion": ("DeepLesion, held-out patients, the lesion on a slice", lesions),
    "lidc": ("LIDC test, the nodule on a slice", nodules),
    "hippocampus": ("Hippocampus test, one half on a slice", hippocampi),
}


def removals(case: Case) -> list[tuple[int, int, NDArray[np.bool_]]]:
    """(slice, label, mask) of every object that is large enough and does not fill its slice."""
    return [
        (index, int(label), each.mask)
        for index, plane in enumerate(case.labels)
        for label in np.unique(plane[plane > 0])
        for each in find_objects(plane == label)
        if MIN_AREA <= each.area <= plane.size / 3
    ]


def trial(model, case: Case, removal: tuple, suggest: Callable = suggest_missed_in_volume) -> Trial:
    """Remove one object, and compare the suggestions for its slice with it."""
    index, _, removed = removal
    labels = case.labels.copy()
    labels[index][removed] = 0
    found = suggest(model, case.image, labels, only_slices=[index], window=case.window)
    overlaps = [dice(each.mask, removed) for each in found]
    hits = sum(overlap >= FOUND for overlap in overlaps)
    group = case.group if case.group != "ct" else f"ct{index}"
    return Trial(group, float(hits > 0), max(overlaps, default=0.0), len(overlaps) - hits)


def trials(model, cases: list[Case], limit: int, seed: int) -> list[Trial]:
    """`limit` removals drawn evenly from the cases."""
    rng = np.random.default_rng(seed)
    share = -(-limit // len(cases))
    found = []
    for case in cases:
        possible = removals(case)
        chosen = rng.permutation(len(possible))[:share]
        found += [trial(model, case, possible[row]) for row in sorted(chosen)]
    return found


def summary(trials: list[Trial], seed: int) -> dict:
    """Recall, mean best Dice and false suggestions a slice, with intervals."""
    groups = [each.group for each in trials]
    columns = {name: [getattr(t, name) for t in trials] for name in ("found", "best", "false")}
    return {
        "slices": len(trials),
        **{name: asdict(grouped_mean(column, groups, seed)) for name, column in columns.items()},
    }


def measure(bench) -> dict:
    """Every set's summary; of the sets with many volumes MOST_VOLUMES, drawn by the seed."""
    result = {}
    for name, (title, read) in SETS.items():
        cases = [case for case in read(bench.data) if removals(case)]
        rng = np.random.default_rng(bench.seed)
        cases = [cases[row] for row in sorted(rng.permutation(len(cases))[:MOST_VOLUMES])]
        found = trials(bench.model, cases, bench.severity_limit, bench.seed)
        result[name] = {"title": title, **summary(found, bench.seed)}
    return result
