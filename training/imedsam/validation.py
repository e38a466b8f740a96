"""Dice on the validation splits during training, with oracle boxes at the masks' resolution."""

from __future__ import annotations

import numpy as np

from MedSAMLib import metrics
from MedSAMLib.implicit.rendering import RenderSettings
from MedSAMLib.prompts import tight_box
from MedSAMLib.sam.preprocessing import to_rgb
from training.datasets import Sample
from training.imedsam.config import TrainingConfig
from training.imedsam.examples import category_of
from training.imedsam.predicting import predict


def validation_dice(
    network, sets: dict[str, list[Sample]], config: TrainingConfig
) -> dict[str, float]:
    """Mean Dice a set, and over the sets as "dice", by which the best checkpoint is chosen."""
    settings = RenderSettings(refine=config.refine, seed=config.seed)
    scores = {
        name: float(np.mean([_dice(network, sample, config, settings) for sample in samples]))
        for name, samples in sets.items()
        if samples
    }
    return {**scores, "dice": float(np.mean(list(scores.values())))}


def _dice(network, sample: Sample, config: TrainingConfig, settings: RenderSettings) -> float:
    boxes = np.array([tight_box(mask) for mask in sample.masks])
    classes = np.array([category_of(name, config.classes) for name in sample.ids])
    image = to_rgb(sample.image, sample.window)
    found = predict(network, image, boxes, image.shape[:2], settings, classes)
    pairs = zip(found, sample.masks, strict=True)
    return float(np.mean([metrics.dice(each.probability > 0.5, mask) for each, mask in pairs]))
