"""What may be learnt from, and what only watches over a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from training.datasets import Sample, read_bcv, read_lidc, read_polyps, read_raters
from training.starter.recipe import split_hippocampus

# CVC-ClinicDB, kvasir_native and every test split are for evaluation only.
TRAINING: dict[str, Callable[[Path], list[Sample]]] = {
    "sessile": lambda data: list(read_polyps(data / "kvasir_sessile" / "train")),
    "kvasir": lambda data: list(read_polyps(data / "kvasir_seg" / "train")),
    "hippocampus": lambda data: split_hippocampus(data)[0],
    "lidc": lambda data: list(read_lidc(data, "train")),
    "bcv": lambda data: list(read_bcv(data, "train")),
    "raters": lambda data: list(read_raters(data / "raters")),  # own images
}
VALIDATION: dict[str, Callable[[Path], list[Sample]]] = {
    "sessile": lambda data: list(read_polyps(data / "kvasir_sessile" / "val")),
    # Kvasir-SEG as it lies at hand has no validation split; Sessile's is of the same hospital.
    "kvasir": lambda data: list(read_polyps(data / "kvasir_sessile" / "val")),
    "hippocampus": lambda data: split_hippocampus(data)[1],
    "lidc": lambda data: list(read_lidc(data, "val")),
    "bcv": lambda data: list(read_bcv(data, "val")),
    "raters": lambda data: list(read_raters(data / "raters-val")),
}


def training_samples(data: Path, name: str) -> list[Sample]:
    """All samples of a set."""
    return _known(TRAINING, name)(data)


def validation_samples(
    data: Path, names: tuple[str, ...], limit: int, seed: int
) -> dict[str, list[Sample]]:
    """Up to `limit` samples a set, drawn by the seed, without empty masks."""
    chosen: dict[str, list[Sample]] = {}
    for name in names:
        kept = [s for s in map(Sample.non_empty, _known(VALIDATION, name)(data)) if s is not None]
        index = np.random.default_rng(seed).permutation(len(kept))[:limit]
        chosen[name] = [kept[i] for i in sorted(index)]
    return chosen


def _known(sets: dict[str, Callable], name: str) -> Callable[[Path], list[Sample]]:
    if name not in sets:
        raise ValueError(f"Unknown set {name!r}; choose from {', '.join(sets)}.")
    return sets[name]
