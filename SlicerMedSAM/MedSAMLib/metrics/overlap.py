"""Overlap of two masks: Dice, intersection over union, precision and recall.

Masks are bool arrays of one shape and any number of dimensions; other types count
non-zero as inside. All values are in 0..1. Two empty masks agree (1); one empty mask
and one that is not have nothing in common (0).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from MedSAMLib.metrics.masks import as_mask_pair


def dice(prediction: ArrayLike, reference: ArrayLike) -> float:
    """Dice coefficient 2|P and R| / (|P| + |R|)."""
    common, predicted, true = _counts(prediction, reference)
    return 2 * common / (predicted + true) if predicted + true else 1.0


def iou(prediction: ArrayLike, reference: ArrayLike) -> float:
    """Intersection over union (Jaccard index) |P and R| / |P or R|."""
    common, predicted, true = _counts(prediction, reference)
    return common / (predicted + true - common) if predicted + true else 1.0


def precision(prediction: ArrayLike, reference: ArrayLike) -> float:
    """Share of the prediction that is true, |P and R| / |P|; 0 for an empty prediction."""
    common, predicted, true = _counts(prediction, reference)
    if not predicted:
        return float(not true)
    return common / predicted


def recall(prediction: ArrayLike, reference: ArrayLike) -> float:
    """Share of the reference that is found (sensitivity), |P and R| / |R|."""
    return precision(reference, prediction)


def _counts(prediction: ArrayLike, reference: ArrayLike) -> tuple[int, int, int]:
    """Numbers of elements in both masks, in the prediction, and in the reference."""
    predicted, true = as_mask_pair(prediction, reference)
    return (
        int(np.count_nonzero(predicted & true)),
        int(np.count_nonzero(predicted)),
        int(np.count_nonzero(true)),
    )
