"""Measures of segmentations: overlap of masks and distances of their boundaries."""

from __future__ import annotations

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
    "dice",
    "hausdorff95",
    "iou",
    "precision",
    "recall",
    "surface_dice",
    "surface_distances",
]
