"""The sets that a model is evaluated on, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from MedSAMLib.errors import UsageError
from training import datasets
from training.datasets import Sample


@dataclass(frozen=True)
class EvaluationSet:
    """A split, and what a reader of the table must know of it.

    relation: to the training data of `training/starter`.
    unit: of distances, "mm" where the data tell a spacing and "px" where they do not.
    """

    name: str
    title: str
    relation: str
    unit: str
    read: Callable[[Path], Iterator[Sample]]


SETS = {
    entry.name: entry
    for entry in (
        EvaluationSet(
            "lidc",
            "LIDC test, each reader's mask",
            "test split, other patients",
            "px",
            lambda data: datasets.read_lidc(data, "test"),
        ),
        EvaluationSet(
            "sessile",
            "Kvasir-Sessile test",
            "test split, other images",
            "px",
            lambda data: datasets.read_polyps(data / "kvasir_sessile" / "test"),
        ),
        EvaluationSet(
            "cvc",
            "CVC-ClinicDB",
            "never trained on, another hospital",
            "px",
            datasets.read_cvc,
        ),
        EvaluationSet(
            "hippocampus",
            "Hippocampus test, per label, three orientations",
            "test split, other patients",
            "mm",
            lambda data: datasets.read_hippocampus(data, "test"),
        ),
        EvaluationSet(
            "organs_ct",
            "Organs CT, held-out labels",
            "labels never trained on, the patient's other organs were",
            "mm",
            lambda data: datasets.read_organs(data, "ct", "held_out"),
        ),
        EvaluationSet(
            "organs_mr",
            "Organs MR, held-out labels",
            "labels never trained on, the patient's other organs were",
            "mm",
            lambda data: datasets.read_organs(data, "mr", "held_out"),
        ),
        EvaluationSet(
            "deeplesion",
            "DeepLesion, held-out patients",
            "patients never trained on",
            "mm",
            lambda data: datasets.read_deeplesion(data, "held_out"),
        ),
        EvaluationSet(
            "lidc_val",
            "LIDC val, each reader's mask",
            "validation split",
            "px",
            lambda data: datasets.read_lidc(data, "val"),
        ),
        EvaluationSet(
            "sessile_val",
            "Kvasir-Sessile val",
            "validation split",
            "px",
            lambda data: datasets.read_polyps(data / "kvasir_sessile" / "val"),
        ),
    )
}

# What a table has unless sets are named: the test sets, not the validation splits.
DEFAULT_SETS = tuple(name for name in SETS if not name.endswith("_val"))


def load_samples(name: str, data: Path, limit: int | None, seed: int) -> list[Sample]:
    """Read a set's images that have an object; at most `limit` of them, drawn by `seed`.

    Raises UsageError for an unknown set and for a data folder without it.
    """
    if name not in SETS:
        raise UsageError(f"Unknown set {name!r}; choose from {', '.join(SETS)}.")
    try:
        samples = [kept for s in SETS[name].read(data) if (kept := s.non_empty()) is not None]
    except (OSError, RuntimeError) as error:
        raise UsageError(f"The set {name} cannot be read in {data}: {error}") from error
    if not samples:
        raise UsageError(f"The set {name} is not in {data}.")
    if limit is None or limit >= len(samples):
        return samples
    chosen = np.random.default_rng(seed).choice(len(samples), size=limit, replace=False)
    return [samples[index] for index in sorted(chosen)]
