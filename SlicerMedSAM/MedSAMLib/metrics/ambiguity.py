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
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment

from MedSAMLib.errors import UsageError

Empty = Literal["keep", "drop"]
Masks = NDArray[np.bool_]


def pairwise_iou(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    """(M, K) intersection over union of M masks (M, H, W) with K masks (K, H, W)."""
    common, sizes_first, sizes_second = _pair_counts(*_as_sets(first, second))
    joint = sizes_first[:, None] + sizes_second - common
    return np.where(joint > 0, common / np.maximum(joint, 1), 1.0)


def pairwise_dice(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    """(M, K) Dice coefficients of M masks (M, H, W) with K masks (K, H, W)."""
    common, sizes_first, sizes_second = _pair_counts(*_as_sets(first, second))
    total = sizes_first[:, None] + sizes_second
    return np.where(total > 0, 2 * common / np.maximum(total, 1), 1.0)


def ged(masks: ArrayLike, readers: ArrayLike, empty: Empty = "keep") -> float:
    """Squared generalized energy distance under 1 - IoU, 0..2; the lower the better.

    2 E d(s, y) - E d(s, s') - E d(y, y'), pairs of a mask with itself included, no root
    (Kohl et al., NeurIPS 2018; Szekely and Rizzo 2013).
    """
    predicted, true = _compared(masks, readers, empty)
    if not len(true):
        return math.nan
    between = (1 - pairwise_iou(predicted, true)).mean()
    return float(2 * between - diversity(predicted) - diversity(true))


def diversity(masks: ArrayLike) -> float:
    """Mean 1 - IoU over all pairs of a set, those of a mask with itself included, 0..1."""
    return float((1 - pairwise_iou(masks, masks)).mean())


def dice_of_majority(masks: ArrayLike, readers: ArrayLike, empty: Empty = "keep") -> float:
    """D_avg: Dice of the predictions' majority vote with each reader, averaged.

    A pixel that exactly half of the predictions contain is foreground. (SeqSAM's release
    rounds such ties to background.)
    """
    predicted, true = _compared(masks, readers, empty)
    if not len(true):
        return math.nan
    vote = 2 * np.count_nonzero(predicted, axis=0) >= len(predicted)
    return float(pairwise_dice(vote[None], true).mean())


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
    if per not in ("prediction", "reader"):
        raise UsageError(f"D_max is taken per 'prediction' or per 'reader', not per {per!r}.")
    predicted, true = _compared(masks, readers, empty)
    if not len(true):
        return math.nan
    return float(pairwise_dice(predicted, true).max(axis=int(per == "prediction")).mean())


def dice_match(masks: ArrayLike, readers: ArrayLike, empty: Empty = "keep") -> float:
    """D_match: mean Dice of the best one-to-one assignment of predictions to readers.

    min(M, K) pairs are matched (Hungarian assignment); what is left over is not counted.
    """
    predicted, true = _compared(masks, readers, empty)
    return _mean_matched(pairwise_dice(predicted, true)) if len(true) else math.nan


def hm_iou(masks: ArrayLike, readers: ArrayLike, empty: Empty = "keep") -> float:
    """Hungarian-matched IoU: both sets repeated to lcm(M, K) masks, matched one to one.

    Unlike in `dice_match` every prediction and every reader counts, each the same.
    """
    predicted, true = _compared(masks, readers, empty)
    if not len(true):
        return math.nan
    overlap = pairwise_iou(predicted, true)
    size = math.lcm(*overlap.shape)
    repeats = (size // count for count in overlap.shape)
    return _mean_matched(np.kron(overlap, np.ones(tuple(repeats))))


def collective_insight(masks: ArrayLike, readers: ArrayLike, empty: Empty = "keep") -> float:
    """CI (Rahman et al., CVPR 2023): 3 S D A / (S + D + A), 0..1.

    S: share of the readers' union that the predictions' union finds. D: D_max per prediction.
    A: 1 - (|difference of the smallest| + |difference of the greatest diversity|) / 2, where
    diversity is 1 - Dice of two different masks of a set (0 for a set of one).
    """
    predicted, true = _compared(masks, readers, empty)
    if not len(true):
        return math.nan
    found, marked = predicted.any(axis=0), true.any(axis=0)
    sensitivity = float((found & marked).sum() / marked.sum()) if marked.any() else 1.0
    best = dice_max(predicted, true, per="prediction")
    spans = np.abs(np.subtract(_diversity_range(predicted), _diversity_range(true)))
    alike = 1 - float(spans.mean())
    total = sensitivity + best + alike
    return 3 * sensitivity * best * alike / total if total else 0.0


def _diversity_range(masks: Masks) -> tuple[float, float]:
    """The smallest and the greatest 1 - Dice of two different masks."""
    if len(masks) < 2:
        return 0.0, 0.0
    values = 1 - pairwise_dice(masks, masks)[np.triu_indices(len(masks), k=1)]
    return float(values.min()), float(values.max())


def _mean_matched(similarity: NDArray[np.float64]) -> float:
    return float(similarity[linear_sum_assignment(similarity, maximize=True)].mean())


def _compared(masks: ArrayLike, readers: ArrayLike, empty: Empty) -> tuple[Masks, Masks]:
    """Both sets, the readers as `empty` wants them."""
    if empty not in ("keep", "drop"):
        raise UsageError(f"Empty readers are to 'keep' or to 'drop', not {empty!r}.")
    predicted, true = _as_sets(masks, readers)
    return predicted, true if empty == "keep" else true[_is_marked(true)]


def _is_marked(masks: Masks) -> NDArray[np.bool_]:
    return masks.reshape(len(masks), -1).any(axis=1) if masks.size else np.zeros(len(masks), bool)


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
