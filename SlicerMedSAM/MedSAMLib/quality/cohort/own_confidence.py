"""Quality measures that a segmenter's own probabilities give."""

from __future__ import annotations

import math

import numpy as np

from ..baselines import model_confidence, soft_dice_confidence

CONFIDENCE, SOFT_DICE = "model confidence", "soft Dice confidence"


def own_confidence(probabilities: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Mean confidence, and the Dice that the probabilities expect, mean over the labels.

    probabilities: (K, J, I) of the foreground, or (C, K, J, I) with the background first, channel
    c for label c. labels: whole numbers on the same grid, or (S, K, J, I) masks of segments that
    overlap; (J, I) for a picture.
    """
    grid = probabilities.shape[-3:]
    masks = labels.reshape(-1, *grid) > 0
    if probabilities.ndim == 3:
        soft = soft_dice_confidence(probabilities, masks.any(axis=0))
    else:
        soft = _mean_over_labels(probabilities, labels.reshape(-1, *grid))
    return {CONFIDENCE: model_confidence(probabilities), SOFT_DICE: soft}


def _mean_over_labels(probabilities: np.ndarray, labels: np.ndarray) -> float:
    if len(labels) > 1:
        masks = dict(enumerate(labels > 0, start=1))
    else:
        masks = {int(number): labels[0] == number for number in np.unique(labels) if number}
    each = [
        soft_dice_confidence(probabilities[label], mask)
        for label, mask in masks.items()
        if label < len(probabilities)
    ]
    return float(np.mean(each)) if each else math.nan
