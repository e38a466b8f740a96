"""How well masks fit, case by case, and with what interval."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from MedSAMLib import metrics
from training.evaluation.bootstrap import Interval, grouped_mean
from training.imedsam.evaluation.cases import PROMPTS, Case
from training.imedsam.evaluation.methods import Method

TOLERANCE = 1.0  # pixels of the truth


@dataclass(frozen=True)
class Fit:
    """One mask against the truth; distances in pixels of the truth."""

    dice: float
    hd95: float
    assd: float
    surface_dice: float


MEASURES = tuple(field.name for field in fields(Fit))


@dataclass(frozen=True)
class Result:
    """One case: the mean fit over its objects, by method and prompt."""

    group: str
    fits: dict[tuple[str, str], Fit]


def measure(case: Case, methods: dict[str, Method], seed: int) -> Result:
    """All methods with all prompts on one case."""
    fits = {}
    for prompt in PROMPTS:
        boxes = case.boxes(prompt, seed)
        for name, method in methods.items():
            fits[name, prompt] = mean_fit(method(case, boxes), case.masks)
    return Result(case.group, fits)


def mean_fit(masks: Iterable[NDArray], truths: Iterable[NDArray]) -> Fit:
    """The mean over the objects of a case."""
    return mean_of([fit(mask, truth) for mask, truth in zip(masks, truths, strict=True)])


def mean_of(fits: Sequence[Fit]) -> Fit:
    """The mean of every measure."""
    return Fit(*(float(np.mean([getattr(each, name) for each in fits])) for name in MEASURES))


def fit(mask: NDArray, truth: NDArray) -> Fit:
    """One mask; an empty one has Dice 0 and the image's diagonal as distance."""
    distances = metrics.surface_distances(mask, truth)
    return Fit(
        dice=metrics.dice(mask, truth),
        hd95=distances.hausdorff(95),
        assd=distances.average(),
        surface_dice=distances.surface_dice(TOLERANCE),
    )


def intervals(results: Sequence[Result], key: tuple[str, str], seed: int) -> dict[str, Interval]:
    """Each measure's mean over the cases, with the bootstrap's interval over groups."""
    groups = [result.group for result in results]
    return {
        name: grouped_mean([getattr(r.fits[key], name) for r in results], groups, seed)
        for name in MEASURES
    }


def gain(
    results: Sequence[Result], first: tuple[str, str], second: tuple[str, str], name: str, seed: int
) -> Interval:
    """The mean difference of a measure on the same cases."""
    values = [getattr(r.fits[first], name) - getattr(r.fits[second], name) for r in results]
    return grouped_mean(values, [result.group for result in results], seed)
