"""From a score to a Dice: an isotonic map and an interval with a promised coverage.

A score ranks segmentations; it is no Dice (spec section 3e). From cases with known Dice a map is
fitted that never falls as the score rises (pool adjacent violators: Ayer et al. 1955), and, on
other cases, how far the true Dice lies from it (split conformal prediction: Lei et al. 2018).
The interval holds the true Dice of a new case at the promised rate if that case is of the same
kind as the calibration's; nothing is promised for another scanner, organ, or network.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from ..errors import MedSAMError, UsageError
from ..json_text import parsed

KIND = "SlicerMedSAM quality calibration"
FEWEST_CASES = 10
# Half of the cases shape the map, the other half tell how wrong it is.
FITTING_SHARE = 0.5


@dataclass(frozen=True)
class Calibration:
    """A fitted map from scores to Dice.

    Attributes:
        knots: ascending scores, and values: the Dice at them, never falling.
        level: the promised coverage of the intervals, 0..1.
        below, above: how far the true Dice may lie under and over the map; infinite where the
            cases are too few for the level.
        cases: how many it was made of.
        note: what they were, for the reader.
    """

    knots: tuple[float, ...]
    values: tuple[float, ...]
    level: float
    below: float
    above: float
    cases: int
    note: str = ""

    def dice(self, score: float) -> float:
        """The Dice to expect for a score; nan for nan."""
        return float(np.interp(score, self.knots, self.values))

    def interval(self, score: float) -> tuple[float, float]:
        """(lowest, highest) Dice to expect at the level, within 0..1; nan for nan."""
        expected = self.dice(score)
        if math.isnan(expected):
            return math.nan, math.nan
        return max(0.0, expected - self.below), min(1.0, expected + self.above)

    def to_json(self) -> str:
        """JSON text; an infinite margin is null."""
        values = {"kind": KIND, **asdict(self)}
        for name in ("below", "above"):
            values[name] = values[name] if math.isfinite(values[name]) else None
        return json.dumps(values, indent=1, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Calibration:
        """The inverse of `to_json`; MedSAMError for text that is no calibration."""
        try:
            values = parsed(text)
            if not isinstance(values, dict) or values.pop("kind", None) != KIND:
                raise MedSAMError("This is not a quality calibration of SlicerMedSAM.")
            for name in ("below", "above"):
                values[name] = math.inf if values[name] is None else float(values[name])
            for name in ("knots", "values"):
                values[name] = tuple(float(each) for each in values[name])
            return _checked(cls(**values))
        except (ValueError, KeyError, TypeError, OverflowError) as error:
            raise MedSAMError("The quality calibration is damaged: fit it again.") from error


def _checked(found: Calibration) -> Calibration:
    """ValueError where the knots are no map from scores to Dice."""
    knots, values = np.array(found.knots), np.array(found.values)
    is_map = knots.size and knots.shape == values.shape and (np.diff(knots) > 0).all()
    if not (is_map and np.isfinite([knots, values]).all() and 0 < found.level < 1):
        raise ValueError("not a map")
    if math.isnan(found.below) or math.isnan(found.above):
        raise ValueError("no margins")
    return found


def fit_calibration(
    scores: Sequence[float],
    dices: Sequence[float],
    level: float = 0.9,
    seed: int = 0,
    note: str = "",
) -> Calibration:
    """Fit on cases with known Dice; cases without a score (nan) are left out.

    The cases must be independent: give one pair a patient, or the coverage is not what it says.
    UsageError for fewer than FEWEST_CASES, or a level that is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise UsageError(f"The level must be between 0 and 1, not {level}.")
    x, y = _pairs(scores, dices)
    order = np.random.default_rng(seed).permutation(len(x))
    fitting, measuring = np.split(order, [max(2, round(FITTING_SHARE * len(order)))])
    knots, values = isotonic_map(x[fitting], y[fitting])
    residuals = y[measuring] - np.interp(x[measuring], knots, values)
    miss = (1 - level) / 2
    return Calibration(
        knots=tuple(knots.tolist()),
        values=tuple(values.tolist()),
        level=level,
        below=max(0.0, conformal_quantile(-residuals, miss)),
        above=max(0.0, conformal_quantile(residuals, miss)),
        cases=len(x),
        note=note,
    )


def isotonic_map(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Knots (ascending, distinct) and values (never falling) of the least-squares isotonic fit.

    Cases of equal x are averaged first. Between knots one interpolates linearly.
    """
    knots, place = np.unique(x, return_inverse=True)
    weights = np.bincount(place).astype(float)
    means = np.bincount(place, weights=y) / weights
    values, first, last = _pooled(means, weights)
    # Of a flat stretch the two ends say all.
    keep = np.union1d(first, last)
    return knots[keep], values[keep]


def conformal_quantile(residuals: np.ndarray, miss: float) -> float:
    """What at most a share `miss` of new residuals exceed; infinite for too few residuals."""
    rank = math.ceil((len(residuals) + 1) * (1 - miss))
    return float(np.sort(residuals)[rank - 1]) if rank <= len(residuals) else math.inf


def _pooled(values: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pool adjacent violators: the fitted values, and the first and last index of each pool."""
    pools: list[list[float]] = []  # value, weight, length
    for value, weight in zip(values, weights, strict=True):
        pools.append([value, weight, 1])
        while len(pools) > 1 and pools[-2][0] >= pools[-1][0]:
            value_2, weight_2, length_2 = pools.pop()
            value_1, weight_1, length_1 = pools.pop()
            total = weight_1 + weight_2
            mean = (value_1 * weight_1 + value_2 * weight_2) / total
            pools.append([mean, total, length_1 + length_2])
    lengths = np.array([length for *_, length in pools], dtype=int)
    last = np.cumsum(lengths) - 1
    return np.repeat([value for value, *_ in pools], lengths), last - lengths + 1, last


def _pairs(scores: Sequence[float], dices: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.asarray(scores, dtype=float), np.asarray(dices, dtype=float)
    if x.ndim != 1 or x.shape != y.shape:
        raise UsageError("Calibration needs one Dice for every score.")
    known = np.isfinite(x) & np.isfinite(y)
    if np.count_nonzero(known) < FEWEST_CASES:
        raise UsageError(
            f"Calibration needs at least {FEWEST_CASES} cases with a score and a Dice, "
            f"not {np.count_nonzero(known)}."
        )
    return x[known], y[known]
