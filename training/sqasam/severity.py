"""How scores fall when true masks are spoilt step by step (`degradations.py`)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from MedSAMLib.metrics import dice
from training.datasets import Sample, read_cvc, read_hippocampus, read_lidc
from training.evaluation.bootstrap import Interval, grouped_mean
from training.sqasam.degradations import KINDS, SEVERITIES, degrade
from training.sqasam.readings import Readings, read_kept
from training.sqasam.scores import BY_NAME

SETS: dict[str, tuple[str, Callable[[Path], Iterator[Sample]]]] = {
    "lidc": ("LIDC test", lambda data: read_lidc(data, "test")),
    "hippocampus": ("Hippocampus test", lambda data: read_hippocampus(data, "test")),
    "cvc": ("CVC-ClinicDB", read_cvc),
}
# Smaller objects cannot be spoilt in five steps that differ.
MIN_AREA = 60
SHOWN = ("max", "box", "combined", "learned")


@dataclass(frozen=True)
class Spoilt:
    """One object at one step of one kind of error."""

    kind: str
    step: int
    dice: float
    group: str
    readings: Readings


def spoilt_objects(
    model, readers: Sequence, samples: Sequence[Sample], seed: int, cache: Path
) -> Iterator[Spoilt]:
    """Every sample's first large enough object, in every kind and step; step 0 once a kind."""
    for sample in samples:
        number = first_object(sample)
        if number is None:
            continue
        truth, others = sample.masks[number], np.delete(sample.masks, number, axis=0)
        name = sample.ids[number].replace("/", "_")
        embed = _once(lambda image=sample: model.embed(image.image, window=image.window))
        for kind in KINDS:
            for step in range(len(SEVERITIES)):
                mask = degrade(truth, kind, step, seed, others if _has_others(sample) else ())
                place = cache / (f"{name}_{kind}{step}" if step else f"{name}_true")
                readings = read_kept(readers, embed, mask, place)
                yield Spoilt(kind, step, dice(mask, truth), sample.group, readings)


def first_object(sample: Sample) -> int | None:
    """The first mask with MIN_AREA pixels that does not nearly fill the image."""
    for number, mask in enumerate(sample.masks):
        if MIN_AREA <= np.count_nonzero(mask) <= mask.size / 3:
            return number
    return None


def curves(spoilt: Sequence[Spoilt], names: Sequence[str], seed: int) -> dict:
    """kind -> score name (or "dice") -> one Interval a step; NaN counts as 0, it is the lowest."""
    result: dict[str, dict[str, list[Interval]]] = {}
    for kind in KINDS:
        rows = [each for each in spoilt if each.kind == kind]
        result[kind] = {"dice": _means(rows, [each.dice for each in rows], seed)}
        for name in names:
            values = [BY_NAME[name].of(each.readings) for each in rows]
            result[kind][name] = _means(rows, np.nan_to_num(values), seed)
    return result


def falls_with_every_step(means: Sequence[Interval]) -> bool:
    """Whether each step's mean is below that of the step before."""
    values = [mean.value for mean in means]
    return all(later < earlier for earlier, later in itertools.pairwise(values))


def _means(rows: Sequence[Spoilt], values: Sequence[float], seed: int) -> list[Interval]:
    values, steps = np.asarray(values, dtype=float), np.array([each.step for each in rows])
    groups = np.array([each.group for each in rows])
    return [
        grouped_mean(values[steps == step], groups[steps == step].tolist(), seed)
        for step in range(len(SEVERITIES))
    ]


def _has_others(sample: Sample) -> bool:
    """Further masks are other objects, except LIDC's, which are other readers'."""
    return "reader" not in sample.ids[0]


def _once(make: Callable) -> Callable:
    """Make it when first asked for: a cached case needs no embedding."""
    kept: list = []

    def get() -> NDArray:
        if not kept:
            kept.append(make())
        return kept[0]

    return get
