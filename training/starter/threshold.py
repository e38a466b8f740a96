"""The logit at which a mask is cut, chosen on the validation splits.

A network that is trained with loose boxes expects an object smaller than its box, and with a
tight box draws it too small. The threshold mends what is the same for all images.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from MedSAMLib.metrics import dice
from MedSAMLib.prompts import tight_box
from MedSAMLib.sam import SamModel
from training.datasets import Sample

CANDIDATES = np.linspace(-1.5, 0.75, 10)


def best_threshold(model: SamModel, sets: dict[str, list[Sample]]) -> tuple[float, dict]:
    """The candidate with the highest mean over the sets' mean Dice, and all means a candidate.

    The masks are those that a user gets, a second look at small objects included. The model's own
    threshold is what it was, afterwards.
    """
    before = model.sam.mask_threshold
    try:
        curves = np.mean([_mean_curve(model, samples) for samples in sets.values()], axis=0)
    finally:
        model.sam.mask_threshold = before
    means = {float(t): float(v) for t, v in zip(CANDIDATES, curves, strict=True)}
    return max(means, key=means.__getitem__), means


def _mean_curve(model: SamModel, samples: Iterable[Sample]) -> np.ndarray:
    kept = [sample for sample in map(Sample.non_empty, samples) if sample is not None]
    return np.mean([_curve(model, sample) for sample in kept], axis=0)


def _curve(model: SamModel, sample: Sample) -> list[float]:
    """Mean Dice over the sample's objects, each in its tight box, at every candidate."""
    embedding = model.embed(sample.image, window=sample.window)
    boxes = np.array([tight_box(mask) for mask in sample.masks])
    found = []
    for candidate in CANDIDATES:
        model.sam.mask_threshold = candidate
        pairs = zip(model.segment(embedding, box=boxes).masks, sample.masks, strict=True)
        found.append(float(np.mean([dice(mask, truth) for mask, truth in pairs])))
    return found
