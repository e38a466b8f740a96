"""Quality measures that need no judge: what a score must be better than.

Of the segmenting network's own probabilities: its mean confidence, which SQA-SAM's paper compares
with (arXiv 2312.09899, table 1), and Soft Dice Confidence (Borges et al.; spec section 4). Of the
segmentation alone: objects whose size or shape is unlike the others' of their class.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import UsageError
from .objects import SliceObject

# A class needs so many objects before one of them can be called unusual.
FEWEST_OBJECTS = 5
# What counts as no difference, so that a class of nearly equal objects is not full of unusual
# ones: of the log area, the solidity, and the log elongation.
_LEAST_SPREADS = (0.1, 0.02, 0.1)
# Makes the median absolute deviation a standard deviation for normal values.
_MAD_TO_SIGMA = 1.4826


def model_confidence(probabilities: np.ndarray) -> float:
    """Mean over all pixels of the largest class probability, 0..1.

    probabilities: (H, W) of the foreground, or with a leading axis of classes, background
    included; any number of spatial axes if the classes sum to 1, as a softmax gives them.
    """
    given = _checked(probabilities)
    if _is_softmax(given):
        return float(given.max(axis=0).mean())
    return float(np.maximum(given, 1 - given).mean())


def soft_dice_confidence(probabilities: np.ndarray, mask: np.ndarray) -> float:
    """2 sum(p m) / (sum p + sum m): the Dice that the network's probabilities p expect of mask m.

    probabilities: of one class, 0..1, on the mask's grid. nan where both are empty: nothing is
    said of nothing.
    """
    given, inside = _checked(probabilities), np.asarray(mask).astype(bool)
    if given.shape != inside.shape:
        raise UsageError(
            f"The probabilities have the shape {given.shape}, the mask has {inside.shape}."
        )
    total = given.sum() + inside.sum()
    return float(2 * given[inside].sum() / total) if total else math.nan


@dataclass(frozen=True)
class Unusual:
    """How unlike its class an object is: robust z-scores, nan where the class has too few.

    area: of the logarithm of the area. solidity: area over convex hull. elongation: of the
    logarithm of the ratio of the axes. Beyond about 3.5 is unusual.
    """

    area: float
    solidity: float
    elongation: float

    @property
    def worst(self) -> float:
        """The largest of the three without its sign; nan where none is known."""
        known = [abs(z) for z in (self.area, self.solidity, self.elongation) if not math.isnan(z)]
        return max(known, default=math.nan)


def unusual_objects(objects: Sequence[SliceObject]) -> list[Unusual]:
    """Compare the objects of one class with each other."""
    if not objects:
        return []
    columns = np.array([shape_of(each) for each in objects]).T
    scores = [robust_z(c, least) for c, least in zip(columns, _LEAST_SPREADS, strict=True)]
    return [Unusual(*row) for row in np.column_stack(scores).tolist()]


def shape_of(each: SliceObject) -> tuple[float, float, float]:
    """(log area, solidity, log elongation) of an object."""
    ys, xs = np.nonzero(each.inside)
    # Pixels are squares: their corners give even a line a hull with an area.
    corners = np.concatenate(
        [np.column_stack([xs + dx, ys + dy]) for dx in (0, 1) for dy in (0, 1)]
    )
    solidity = each.area / _hull_area(corners)
    # A pixel is a square of its own second moment 1/12.
    second_moments = np.cov(np.stack([xs, ys]), bias=True) + np.eye(2) / 12
    small, large = np.linalg.eigvalsh(second_moments)
    return math.log(each.area), float(solidity), 0.5 * math.log(large / small)


def robust_z(values: np.ndarray, least_spread: float) -> np.ndarray:
    """Distance from the median in units of the spread; all nan for fewer than FEWEST_OBJECTS.

    The spread is the median absolute deviation, scaled as a standard deviation.
    """
    if len(values) < FEWEST_OBJECTS:
        return np.full(len(values), math.nan)
    offset = values - np.median(values)
    spread = _MAD_TO_SIGMA * np.median(np.abs(offset))
    return offset / max(spread, least_spread)


def _hull_area(points: np.ndarray) -> float:
    from scipy.spatial import ConvexHull

    return float(ConvexHull(points).volume)


def _checked(probabilities: np.ndarray) -> np.ndarray:
    given = np.asarray(probabilities, dtype=np.float64)
    if given.size == 0 or not np.isfinite(given).all() or given.min() < 0 or given.max() > 1:
        raise UsageError("Probabilities must be numbers from 0 to 1, and at least one.")
    return given


def _is_softmax(given: np.ndarray) -> bool:
    """A leading axis of classes is one that sums to 1 everywhere."""
    return given.ndim > 2 and len(given) > 1 and bool(np.allclose(given.sum(axis=0), 1, atol=1e-2))
