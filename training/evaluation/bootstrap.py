"""Percentile bootstrap intervals that resample whole groups (patients), not images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

RESAMPLES = 2000
LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """A statistic of a sample, and the bounds of its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


def grouped_mean(
    values: ArrayLike, groups: Sequence[str], seed: int = 0, resamples: int = RESAMPLES
) -> Interval:
    """Mean of the values, with groups drawn with replacement (cluster bootstrap).

    values: (n,); groups: n names, equal for values that are not independent. A resample's
    mean is over all values of the drawn groups, so that a large group weighs more.
    """
    return grouped_means(np.asarray(values, dtype=float)[:, None], groups, seed, resamples)[0]


def grouped_means(
    columns: ArrayLike, groups: Sequence[str], seed: int = 0, resamples: int = RESAMPLES
) -> list[Interval]:
    """`grouped_mean` of every column of (n, c) values, with the same draws for all: much faster."""
    columns = np.asarray(columns, dtype=float)
    index = _group_index(groups)
    sizes = np.bincount(index)
    sums = np.stack([np.bincount(index, column) for column in columns.T], axis=1)
    draws = _draws(len(sizes), seed, resamples)
    resampled = (draws @ sums) / (draws @ sizes)[:, None]
    means = columns.mean(axis=0)
    return [_interval(float(mean), each) for mean, each in zip(means, resampled.T, strict=True)]


def grouped_spearman(
    first: ArrayLike,
    second: ArrayLike,
    groups: Sequence[str],
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Interval:
    """Spearman's rank correlation of two (n,) columns, NaN where one is constant."""
    return grouped_statistic(_spearman, (first, second), groups, seed, resamples)


def grouped_statistic(
    statistic: Callable[..., float],
    columns: Sequence[ArrayLike],
    groups: Sequence[str],
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Interval:
    """Any statistic of columns (n,) that are resampled together, group by group.

    Resamples where it is not defined (NaN) are left out of the interval.
    """
    table = np.array(columns, dtype=float)
    index = _group_index(groups)
    members = [np.flatnonzero(index == group) for group in range(index.max() + 1)]
    drawn = (
        np.concatenate([np.repeat(members[g], count) for g, count in enumerate(draw) if count])
        for draw in _draws(len(members), seed, resamples)
    )
    return _interval(statistic(*table), np.array([statistic(*table[:, rows]) for rows in drawn]))


def _spearman(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    ranks = stats.rankdata([first, second], axis=1)
    if (np.ptp(ranks, axis=1) == 0).any():
        return float("nan")
    return float(np.corrcoef(ranks)[0, 1])


def _group_index(groups: Sequence[str]) -> NDArray[np.intp]:
    return np.unique(np.asarray(groups), return_inverse=True)[1]


def _draws(groups: int, seed: int, resamples: int) -> NDArray[np.int64]:
    """How often each group is drawn in each resample, (resamples, groups)."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(groups, np.full(groups, 1 / groups), size=resamples)


def _interval(value: float, resampled: NDArray[np.float64]) -> Interval:
    usable = resampled[np.isfinite(resampled)]
    if not usable.size:
        return Interval(value, float("nan"), float("nan"))
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(usable, (tail, 100 - tail))
    return Interval(value, float(low), float(high))
