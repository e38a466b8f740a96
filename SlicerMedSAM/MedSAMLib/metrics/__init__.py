"""Measures of segmentations: overlap, distances of boundaries, ambiguity, and of scores."""

from __future__ import annotations

from ..lazy import lazy_names

_HOMES = {
    "Comparison": "ambiguity",
    "RiskCoverage": "correlation",
    "SurfaceDistances": "boundary",
    "assd": "boundary",
    "auroc_below": "correlation",
    "bottom_first": "correlation",
    "bottom_fraction_overlap": "correlation",
    "collective_insight": "ambiguity",
    "dice": "overlap",
    "dice_match": "ambiguity",
    "dice_max": "ambiguity",
    "dice_of_majority": "ambiguity",
    "diversity": "ambiguity",
    "ged": "ambiguity",
    "hausdorff95": "boundary",
    "hm_iou": "ambiguity",
    "iou": "overlap",
    "pairwise_dice": "ambiguity",
    "pairwise_iou": "ambiguity",
    "pearson": "correlation",
    "precision": "overlap",
    "recall": "overlap",
    "risk_coverage": "correlation",
    "spearman": "correlation",
    "surface_dice": "boundary",
    "surface_distances": "boundary",
}
__all__ = list(_HOMES)
__getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
