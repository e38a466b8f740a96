"""The logit at which a mask is cut, chosen on the validation splits.

A network that is trained with loose boxes expects an object smaller than its box, and with a
tight box draws it too small. The threshold mends what is the same for all images.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch

from MedSAMLib.metrics import dice
from MedSAMLib.prompts import tight_box
from MedSAMLib.sam import SamModel
from training.datasets import Sample

CANDIDATES = np.linspace(-2, 1, 13)


def best_threshold(model: SamModel, sets: dict[str, list[Sample]]) -> tuple[float, dict]:
    """The candidate with the highest mean over the sets' mean Dice, and all means a candidate."""
    curves = np.mean([_mean_curve(model, samples) for samples in sets.values()], axis=0)
    means = {float(t): float(v) for t, v in zip(CANDIDATES, curves, strict=True)}
    return max(means, key=means.__getitem__), means


def _mean_curve(model: SamModel, samples: Iterable[Sample]) -> np.ndarray:
    kept = [sample for sample in map(Sample.non_empty, samples) if sample is not None]
    return np.mean([_curve(model, sample) for sample in kept], axis=0)


def _curve(model: SamModel, sample: Sample) -> np.ndarray:
    """Mean Dice over the sample's objects, each in its tight box, at every candidate."""
    embedding = model.embed(sample.image, window=sample.window)
    boxes = np.array([tight_box(mask) for mask in sample.masks])
    low = torch.from_numpy(model.segment(embedding, box=boxes).logits)[:, None]
    sizes = embedding.input_size, embedding.original_size
    logits = model.sam.postprocess_masks(low, *sizes)[:, 0].numpy()
    pairs = list(zip(logits, sample.masks, strict=True))
    return np.array([np.mean([dice(x > t, truth) for x, truth in pairs]) for t in CANDIDATES])
