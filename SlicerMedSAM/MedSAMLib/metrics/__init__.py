"""Measures of segmentations: overlap, distances of boundaries, ambiguity, and of scores."""

from __future__ import annotations

from MedSAMLib.metrics.ambiguity import (
    Comparison,
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
from MedSAMLib.metrics.correlation import (
    RiskCoverage,
    auroc_below,
    bottom_first,
    bottom_fraction_overlap,
    pearson,
    risk_coverage,
    spearman,
)
from MedSAMLib.metrics.overlap import dice, iou, precision, recall

__all__ = [
    "Comparison",
    "RiskCoverage",
    "SurfaceDistances",
    "assd",
    "auroc_below",
    "bottom_first",
    "bottom_fraction_overlap",
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
    "pearson",
    "precision",
    "recall",
    "risk_coverage",
    "spearman",
    "surface_dice",
    "surface_distances",
]
