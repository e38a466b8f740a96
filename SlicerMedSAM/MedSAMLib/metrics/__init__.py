"""Measures of segmentations: overlap of masks and distances of their boundaries."""

from __future__ import annotations

from MedSAMLib.metrics.ambiguity import (
    collective_insight,
    dice_match,
    dice_max,
    dice_of_majority,
    diversity,
    ged,
    hm_iou,
    pairwise_dice,
    pairwise_iou,
)
from MedSAMLib.metrics.boundary import (
    SurfaceDistances,
    assd,
    hausdorff95,
    surface_dice,
    surface_distances,
)
from MedSAMLib.metrics.overlap import dice, iou, precision, recall

__all__ = [
    "SurfaceDistances",
    "assd",
    "collective_insight",
    "dice",
    "dice_match",
    "dice_max",
    "dice_of_majority",
    "diversity",
    "ged",
    "hausdorff95",
    "hm_iou",
    "iou",
    "pairwise_dice",
    "pairwise_iou",
    "precision",
    "recall",
    "surface_dice",
    "surface_distances",
]
