"""Whether a calibrated interval holds the true Dice as often as it promises, on random splits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from MedSAMLib.quality.calibration import fit_calibration


@dataclass(frozen=True)
class Coverage:
    """Over all splits: the share of true Dice in their interval, and the intervals.

    level: what was promised. spread: standard deviation of the coverage from split to split.
    width: mean length of the intervals. error: mean |calibrated Dice - true Dice|.
    calibrating, tested: groups in each part. splits: how many.
    """

    level: float
    coverage: float
    spread: float
    width: float
    error: float
    calibrating: int
    tested: int
    splits: int


def repeated_coverage(
    scores: ArrayLike,
    dices: ArrayLike,
    groups: Sequence[str],
    calibrating: int,
    level: float = 0.9,
    splits: int = 200,
    seed: int = 0,
) -> Coverage:
    """Calibrate on `calibrating` random groups, test on the others, `splits` times.

    A group (an image with all its segmentations) is never in both parts. What has no score is
    left out of both, as the calibration does: it has no interval.
    """
    scores, dices = np.asarray(scores, dtype=float), np.asarray(dices, dtype=float)
    known = np.isfinite(scores)
    index = np.unique(np.asarray(groups), return_inverse=True)[1]
    count = int(index.max()) + 1
    rng = np.random.default_rng(seed)
    rows = []
    for split in range(splits):
        fitted = np.isin(index, rng.permutation(count)[:calibrating])
        one, other = known & fitted, known & ~fitted
        calibration = fit_calibration(scores[one], dices[one], level, seed=split)
        bounds = np.array([calibration.interval(score) for score in scores[other]])
        guesses = np.array([calibration.dice(score) for score in scores[other]])
        inside = (bounds[:, 0] <= dices[other]) & (dices[other] <= bounds[:, 1])
        error = np.abs(guesses - dices[other]).mean()
        rows.append((inside.mean(), np.diff(bounds, axis=1).mean(), error))
    coverage, width, error = np.mean(rows, axis=0)
    return Coverage(
        level=level,
        coverage=float(coverage),
        spread=float(np.std([row[0] for row in rows])),
        width=float(width),
        error=float(error),
        calibrating=calibrating,
        tested=count - calibrating,
        splits=splits,
    )
