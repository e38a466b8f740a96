"""How well each score ranks segmentations, with bootstrap intervals that keep images together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from MedSAMLib import metrics
from training.evaluation.bootstrap import Interval, grouped_statistic

FAILURE = 0.7
RESAMPLES = 1000

# Name -> (scores, qualities) -> number; higher is better but for AURC.
MEASURES: dict[str, Callable[[NDArray, NDArray], float]] = {
    "pearson": metrics.pearson,
    "spearman": metrics.spearman,
    "bottom25": lambda s, q: metrics.bottom_fraction_overlap(s, q, 0.25),
    "bottom50": lambda s, q: metrics.bottom_fraction_overlap(s, q, 0.5),
    "auroc": lambda s, q: metrics.auroc_below(s, q, FAILURE),
    "aurc": lambda s, q: metrics.risk_coverage(s, q).area,
}


def ranking(
    scores: ArrayLike,
    qualities: ArrayLike,
    groups: Sequence[str],
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> dict[str, Interval]:
    """Every measure of a score with its 95 % interval; NaN scores enter as the lowest.

    A resample draws groups (images), with all their segmentations.
    """
    scores = metrics.bottom_first(scores)
    return {
        name: grouped_statistic(measure, (scores, qualities), groups, seed, resamples)
        for name, measure in MEASURES.items()
    }


def difference(
    first: ArrayLike, second: ArrayLike, qualities: ArrayLike, groups: Sequence[str], seed: int = 0
) -> Interval:
    """Spearman's correlation of the first score minus the second's, on the same resamples."""

    def gain(a: NDArray, b: NDArray, q: NDArray) -> float:
        return metrics.spearman(a, q) - metrics.spearman(b, q)

    columns = (metrics.bottom_first(first), metrics.bottom_first(second), np.asarray(qualities))
    return grouped_statistic(gain, columns, groups, seed, RESAMPLES)
