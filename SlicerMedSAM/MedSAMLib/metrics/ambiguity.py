"""How well M predicted masks stand for the K readers who disagree (spec of SeqSAM, section 1b).

Predictions and readers are bool masks (M, H, W) and (K, H, W) of one image; any non-zero
value is inside. Overlaps are in 0..1; two empty masks agree (1), an empty and a non-empty one
have nothing in common (0), as everywhere in `metrics`.

**Readers who marked nothing** are empty masks. Every measure takes `empty`: "keep" scores
against all readers (a reader who saw nothing is an opinion), "drop" against those alone who
marked something. Where no reader is left, a measure is NaN: there is nothing to compare with.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from MedSAMLib.errors import UsageError

Empty = Literal["keep", "drop"]
Masks = NDArray[np.bool_]
Matrix = NDArray[np.float64]


def pairwise_iou(first: ArrayLike, second: ArrayLike) -> Matrix:
    """(M, K) intersection over union of M masks (M, H, W) with K masks (K, H, W)."""
    return _iou(*_pair_counts(*_as_sets(first, second)))


def pairwise_dice(first: ArrayLike, second: ArrayLike) -> Matrix:
    """(M, K) Dice coefficients of M masks (M, H, W) with K masks (K, H, W)."""
    return _dice(*_pair_counts(*_as_sets(first, second)))


def ged(masks: ArrayLike, readers: ArrayLike, empty: Empty = "keep") -> float:
    """Squared generalized energy distance under 1 - IoU, 0..2; the lower the better.

    2 E d(s, y) - E d(s, s') - E d(y, y'), pairs of a mask with itself included, no root
    (Kohl et al., NeurIPS 2018; Szekely and Rizzo 2013).
    """
    return Comparison.of(masks, readers).against(empty).ged()


def diversity(masks: ArrayLike) -> float:
    """Mean 1 - IoU over all pairs of a set, those of a mask with itself included, 0..1."""
    return float((1 - pairwise_iou(masks, masks)).mean())


def dice_of_majority(masks: ArrayLike, readers: ArrayLike, empty: Empty = "keep") -> float:
    """D_avg: Dice of the predictions' majority vote with each reader, averaged.

    A pixel that exactly half of the predictions contain is foreground. (SeqSAM's release
    rounds such ties to background.)
    """
    return Comparison.of(masks, readers).against(empty).dice_of_majority()


def dice_max(
    masks: ArrayLike,
    readers: ArrayLike,
    per: Literal["prediction", "reader"] = "reader",
    empty: Empty = "keep",
) -> float:
    """D_max: Dice with the best counterpart, averaged over predictions or over readers.

    Per "prediction" (SeqSAM's release) it is like precision: M copies of one good mask are
    perfect. Per "reader" (D-Persona) it is like recall: every reader must be met by some mask.
    """
    return Comparison.of(masks, readers).against(empty).dice_max(per)


def dice_match(masks: ArrayLike, readers: ArrayLike, empty: Empty = "keep") -> float:
    """D_match: mean Dice of the best one-to-one assignment of predictions to readers.

    min(M, K) pairs are matched (Hungarian assignment); what is left over is not counted.
    """
    return Comparison.of(masks, readers).against(empty).dice_match()


def hm_iou(masks: ArrayLike, readers: ArrayLike, empty: Empty = "keep") -> float:
    """Hungarian-matched IoU: both sets repeated to lcm(M, K) masks, matched one to one.

    Unlike in `dice_match` every prediction and every reader counts, each the same.
    """
    return Comparison.of(masks, readers).against(empty).hm_iou()


def collective_insight(masks: ArrayLike, readers: ArrayLike, empty: Empty = "keep") -> float:
    """CI (Rahman et al., CVPR 2023): 3 S D A / (S + D + A), 0..1.

    S: share of the readers' union that the predictions' union finds. D: D_max per prediction.
    A: 1 - (|difference of the smallest| + |difference of the greatest diversity|) / 2, where
    diversity is 1 - Dice of two different masks of a set (0 for a set of one).
    """
    return Comparison.of(masks, readers).against(empty).collective_insight()


@dataclass(frozen=True, eq=False)
class Comparison:
    """M predictions and K readers of one image, counted once for all the measures above.

    masks: (M, H, W); readers: (K, H, W). common: (M + K, M + K) pixels that two of all the
    masks, predictions first, have in common. Every measure is NaN without readers.
    """

    masks: Masks
    readers: Masks
    common: Matrix

    @classmethod
    def of(cls, masks: ArrayLike, readers: ArrayLike) -> Comparison:
        """UsageError for no prediction at all and for masks of different shapes."""
        predicted, true = _as_sets(masks, readers)
        everything = np.concatenate((predicted, true))
        return cls(predicted, true, _pair_counts(everything, everything)[0])

    def part(self, masks: Sequence[int], readers: Sequence[int]) -> Comparison:
        """Of the predictions and readers with these indices, each as often as it is named."""
        masks, readers = np.asarray(masks, dtype=int), np.asarray(readers, dtype=int)
        chosen = np.concatenate((masks, len(self.masks) + readers))
        common = self.common[np.ix_(chosen, chosen)]
        return Comparison(self.masks[masks], self.readers[readers], common)

    def against(self, empty: Empty) -> Comparison:
        """With all readers ("keep"), or with those who marked something ("drop")."""
        if empty not in ("keep", "drop"):
            raise UsageError(f"Empty readers are to 'keep' or to 'drop', not {empty!r}.")
        if empty == "keep":
            return self
        count = len(self.masks)
        marked = np.flatnonzero(np.diag(self.common)[count:] > 0)
        return self.part(range(count), marked)

    def ged(self) -> float:
        """As `ged`."""
        if not len(self.readers):
            return math.nan
        distance, count = 1 - self._iou, len(self.masks)
        between, own = distance[:count, count:].mean(), distance[:count, :count].mean()
        return float(2 * between - own - distance[count:, count:].mean())

    def diversity(self) -> float:
        """As `diversity`."""
        count = len(self.masks)
        return float((1 - self._iou)[:count, :count].mean())

    def dice_of_majority(self) -> float:
        """As `dice_of_majority`."""
        if not len(self.readers):
            return math.nan
        vote = 2 * np.count_nonzero(self.masks, axis=0) >= len(self.masks)
        return float(pairwise_dice(vote[None], self.readers).mean())

    def dice_max(self, per: Literal["prediction", "reader"] = "reader") -> float:
        """As `dice_max`."""
        if per not in ("prediction", "reader"):
            raise UsageError(f"D_max is taken per 'prediction' or per 'reader', not per {per!r}.")
        if not len(self.readers):
            return math.nan
        return float(self._dice_between.max(axis=int(per == "prediction")).mean())

    def dice_match(self) -> float:
        """As `dice_match`."""
        return _mean_matched(self._dice_between) if len(self.readers) else math.nan

    def hm_iou(self) -> float:
        """As `hm_iou`."""
        if not len(self.readers):
            return math.nan
        count = len(self.masks)
        overlap = self._iou[:count, count:]
        size = math.lcm(*overlap.shape)
        repeats = tuple(size // length for length in overlap.shape)
        return _mean_matched(np.kron(overlap, np.ones(repeats)))

    def collective_insight(self) -> float:
        """As `collective_insight`."""
        if not len(self.readers):
            return math.nan
        count = len(self.masks)
        found, marked = self.masks.any(axis=0), self.readers.any(axis=0)
        sensitivity = float((found & marked).sum() / marked.sum()) if marked.any() else 1.0
        best = self.dice_max(per="prediction")
        distance = 1 - self._dice
        own, true = _range(distance[:count, :count]), _range(distance[count:, count:])
        alike = 1 - float(np.abs(np.subtract(own, true)).mean())
        total = sensitivity + best + alike
        return 3 * sensitivity * best * alike / total if total else 0.0

    @cached_property
    def _iou(self) -> Matrix:
        sizes = np.diag(self.common)
        return _iou(self.common, sizes, sizes)

    @cached_property
    def _dice(self) -> Matrix:
        sizes = np.diag(self.common)
        return _dice(self.common, sizes, sizes)

    @property
    def _dice_between(self) -> Matrix:
        count = len(self.masks)
        return self._dice[:count, count:]


def _range(distance: Matrix) -> tuple[float, float]:
    """The smallest and the greatest distance of two different masks of a set."""
    if len(distance) < 2:
        return 0.0, 0.0
    values = distance[np.triu_indices(len(distance), k=1)]
    return float(values.min()), float(values.max())


def _mean_matched(similarity: NDArray[np.float64]) -> float:
    return float(similarity[scipy.optimize.linear_sum_assignment(similarity, maximize=True)].mean())


def _iou(common: Matrix, first: NDArray[np.float64], second: NDArray[np.float64]) -> Matrix:
    joint = first[:, None] + second - common
    return np.where(joint > 0, common / np.maximum(joint, 1), 1.0)


def _dice(common: Matrix, first: NDArray[np.float64], second: NDArray[np.float64]) -> Matrix:
    total = first[:, None] + second
    return np.where(total > 0, 2 * common / np.maximum(total, 1), 1.0)


def _as_sets(first: ArrayLike, second: ArrayLike) -> tuple[Masks, Masks]:
    """(M, H, W) and (K, H, W) bool; UsageError for no prediction and for other shapes."""
    sets = np.asarray(first, dtype=bool), np.asarray(second, dtype=bool)
    if sets[0].ndim != 3 or sets[1].ndim != 3 or sets[0].shape[1:] != sets[1].shape[1:]:
        raise UsageError(
            "Sets of masks have the shapes (M, H, W) and (K, H, W), not "
            f"{sets[0].shape} and {sets[1].shape}."
        )
    if not len(sets[0]):
        raise UsageError("There is no mask to compare.")
    return sets


def _pair_counts(
    first: Masks, second: Masks
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Pixels in common (M, K), of the first (M,) and of the second masks (K,).

    Counted as one matrix product over the pixels that any mask holds, often a small part.
    """
    taken = first.any(axis=0) | second.any(axis=0)
    # float32 counts exactly up to 2**24 pixels, far above any slice's object.
    kind = np.float32 if np.count_nonzero(taken) < 2**24 else np.float64
    flat = first[:, taken].astype(kind), second[:, taken].astype(kind)
    common = (flat[0] @ flat[1].T).astype(np.float64)
    return common, flat[0].sum(axis=1, dtype=np.float64), flat[1].sum(axis=1, dtype=np.float64)
