"""How well a score ranks segmentations by their true quality (SQA-SAM, spec section 3b).

Scores and qualities are (n,) numbers, one pair a segmentation, higher is better. A segmentation
without a score (NaN, nothing was segmented) is what a reviewer must see first: `bottom_first`
puts it below all others, and every function here expects that this has been done.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from MedSAMLib.errors import UsageError


def bottom_first(scores: ArrayLike) -> NDArray[np.float64]:
    """The scores with NaN replaced by 0, or by less where a score is negative: below all others."""
    scores = np.asarray(scores, dtype=float)
    known = scores[np.isfinite(scores)]
    return np.where(np.isnan(scores), min(0.0, known.min(initial=0.0)), scores)


def pearson(scores: ArrayLike, qualities: ArrayLike) -> float:
    """Pearson's correlation; NaN for fewer than two pairs or where one side is constant."""
    scores, qualities = _pairs(scores, qualities)
    if _is_undefined(scores, qualities):
        return float("nan")
    return _correlation(scores, qualities)


def spearman(scores: ArrayLike, qualities: ArrayLike) -> float:
    """Spearman's rank correlation; ties get their average rank, NaN as for `pearson`."""
    scores, qualities = _pairs(scores, qualities)
    if _is_undefined(scores, qualities):
        return float("nan")
    return _correlation(stats.rankdata(scores), stats.rankdata(qualities))


def bottom_fraction_overlap(scores: ArrayLike, qualities: ArrayLike, fraction: float) -> float:
    """Share of the truly worst `fraction` that is among the worst by score, |A and B| / k.

    k is fraction * n rounded half up, at least 1. By chance it is about `fraction`. Ties at the
    edge of a set share its last places evenly, so that the result is the mean over all ways of
    breaking them where only one side has ties, and no order of the rows can flatter a score.
    """
    scores, qualities = _pairs(scores, qualities)
    if not 0 < fraction <= 1:
        raise UsageError(f"The fraction must be above 0 and at most 1, not {fraction}.")
    if not len(scores):
        return float("nan")
    size = max(1, int(fraction * len(scores) + 0.5))
    return float(_lowest(scores, size) @ _lowest(qualities, size) / size)


def auroc_below(scores: ArrayLike, qualities: ArrayLike, threshold: float) -> float:
    """Chance that a segmentation with quality < threshold scores lower than another; ties half.

    NaN where no quality, or every quality, is below the threshold.
    """
    scores, qualities = _pairs(scores, qualities)
    is_bad = qualities < threshold
    bad, good = np.count_nonzero(is_bad), np.count_nonzero(~is_bad)
    if not bad or not good:
        return float("nan")
    wins = stats.rankdata(scores)[~is_bad].sum() - good * (good + 1) / 2  # Mann and Whitney's U
    return float(wins / (bad * good))


@dataclass(frozen=True, eq=False)
class RiskCoverage:
    """What is lost if only the best-scored share is kept unseen.

    coverage: (n,) the shares 1/n, 2/n ... 1. risk: (n,) mean 1 - quality of the kept ones.
    area: the mean risk over all coverages (AURC), lower is better.
    excess: the area minus that of a perfect ranking (0 at best).
    """

    coverage: NDArray[np.float64]
    risk: NDArray[np.float64]
    area: float
    excess: float


def risk_coverage(scores: ArrayLike, qualities: ArrayLike) -> RiskCoverage:
    """The risk-coverage curve (Geifman and El-Yaniv 2017), equal scores enter together.

    Within a group of equal scores the risk grows evenly, so that the order of the rows is of no
    matter. UsageError without pairs.
    """
    scores, qualities = _pairs(scores, qualities)
    if not len(scores):
        raise UsageError("A risk-coverage curve needs at least one segmentation.")
    risk, best = _running_risk(scores, qualities), _running_risk(qualities, qualities)
    coverage = np.arange(1, len(risk) + 1) / len(risk)
    return RiskCoverage(coverage, risk, float(risk.mean()), float(risk.mean() - best.mean()))


def _running_risk(scores: NDArray, qualities: NDArray) -> NDArray[np.float64]:
    """Mean 1 - quality of the first 1, 2 ... n segmentations by falling score."""
    _, group, sizes = np.unique(-scores, return_inverse=True, return_counts=True)
    mean_loss = np.bincount(group, 1 - qualities) / sizes
    return np.cumsum(np.repeat(mean_loss, sizes)) / np.arange(1, len(scores) + 1)


def _lowest(values: NDArray, size: int) -> NDArray[np.float64]:
    """How far each value belongs to the `size` lowest: 1, 0, or a share of the last places."""
    edge = np.partition(values, size - 1)[size - 1]
    below, at_edge = values < edge, values == edge
    return below + at_edge * ((size - below.sum()) / at_edge.sum())


def _correlation(first: NDArray, second: NDArray) -> float:
    """As `scipy.stats.pearsonr` without its p-value, which costs a bootstrap most of its time."""
    first, second = first - first.mean(), second - second.mean()
    return float(first @ second / np.sqrt((first @ first) * (second @ second)))


def _is_undefined(scores: NDArray, qualities: NDArray) -> bool:
    return len(scores) < 2 or np.ptp(scores) == 0 or np.ptp(qualities) == 0


def _pairs(scores: ArrayLike, qualities: ArrayLike) -> tuple[NDArray, NDArray]:
    scores, qualities = np.asarray(scores, dtype=float), np.asarray(qualities, dtype=float)
    if scores.ndim != 1 or scores.shape != qualities.shape:
        raise UsageError(
            f"Scores and qualities must be two lists of the same length, not of the shapes "
            f"{scores.shape} and {qualities.shape}."
        )
    if np.isnan(scores).any() or np.isnan(qualities).any():
        raise UsageError("A score is missing (NaN): decide with bottom_first how it enters.")
    return scores, qualities
