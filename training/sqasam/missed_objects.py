"""One object of those present is taken away: is it suggested again, and what else is?

A trial is a slice with at least one object and a label. The other objects of the class, where the
set has any, stay in the segmentation: they are what the suggestions may be compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from MedSAMLib.metrics import dice
from training.datasets import Sample, read_deeplesion, read_hippocampus, read_lidc, read_organs
from training.evaluation.bootstrap import grouped_mean

FOUND = 0.5  # a suggestion with this Dice to the removed object has found it
MIN_AREA = 60

SETS: dict[str, tuple[str, Callable[[Path], Iterator[Sample]]]] = {
    "organs_ct": (
        "Organs CT, one label of those on a slice",
        lambda data: (s for s in read_organs(data, "ct", "held_out") if "axial" in s.ids[0]),
    ),
    "deeplesion": (
        "DeepLesion, held-out patients, the only lesion",
        lambda data: read_deeplesion(data, "held_out"),
    ),
    "lidc": ("LIDC test, the only nodule", lambda data: read_lidc(data, "test")),
    "hippocampus": (
        "Hippocampus test, anterior or posterior",
        lambda data: (s for s in read_hippocampus(data, "test") if len(s.ids) == 2),
    ),
}


@dataclass(frozen=True)
class Trial:
    """found: 1 where a suggestion overlaps the removed object; false: suggestions that do not."""

    group: str
    found: float
    best: float
    false: int


def trial(model, sample: Sample, suggest: Callable) -> Trial | None:
    """Remove the first large enough object of a sample; None where there is none."""
    number = _first(sample)
    if number is None:
        return None
    removed = sample.masks[number]
    labels = np.zeros(removed.shape, np.uint8)
    for label, mask in enumerate(sample.masks, start=1):
        if label - 1 != number and "reader" not in sample.ids[0]:
            labels[mask] = label
    embedding = model.embed(sample.image, window=sample.window)
    overlaps = [dice(each.mask, removed) for each in suggest(model, embedding, labels)]
    hits = sum(overlap >= FOUND for overlap in overlaps)
    return Trial(sample.group, float(hits > 0), max(overlaps, default=0.0), len(overlaps) - hits)


def summary(trials: list[Trial], seed: int) -> dict:
    """Recall, mean best Dice and false suggestions a slice, with intervals."""
    groups = [each.group for each in trials]
    columns = {name: [getattr(t, name) for t in trials] for name in ("found", "best", "false")}
    return {
        "slices": len(trials),
        **{name: vars(grouped_mean(column, groups, seed)) for name, column in columns.items()},
    }


def _first(sample: Sample) -> int | None:
    for number, mask in enumerate(sample.masks):
        if MIN_AREA <= np.count_nonzero(mask) <= mask.size / 3:
            return number
    return None


def drawn(samples: list[Sample], limit: int, seed: int) -> list[Sample]:
    """At most `limit` samples with an object to remove."""
    usable = [sample for sample in samples if _first(sample) is not None]
    rows = np.random.default_rng(seed).permutation(len(usable))[:limit]
    return [usable[row] for row in sorted(rows)]


def measure(bench) -> dict:
    """Every set's summary, and the same slices with nothing removed for the false suggestions."""
    from MedSAMLib.quality.missed import suggest_missed

    result = {}
    for name, (title, read) in SETS.items():
        samples = drawn(list(read(bench.data)), bench.severity_limit, bench.seed)
        found = [trial(bench.model, sample, suggest_missed) for sample in samples]
        result[name] = {"title": title, **summary([t for t in found if t], bench.seed)}
    return result
