"""A stand-in for a network with alternatives that are known beforehand. It is NOT a network."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import ndimage

from MedSAMLib.hypotheses import Hypotheses

from .bright_pixels import BrightPixels


class NestedAlternatives(BrightPixels):
    """Alternative n (from 0) is what `BrightPixels` sees, without its outermost n * STEP pixels.

    The last but one of four or more repeats the first, so that there is a duplicate.
    """

    STEP = 1
    method = "seqsam"

    def hypotheses(
        self,
        embedding: np.ndarray,
        box: np.ndarray | None = None,
        points: np.ndarray | None = None,
        labels: np.ndarray | None = None,
        mask: np.ndarray | None = None,
        count: int = 4,
        method: str = "auto",
        seed: int = 0,
    ) -> Any:
        """As `SamModel.hypotheses` returns them."""
        whole = self.segment(embedding, box, points, labels).masks[0]
        masks = nested(whole, count, self.STEP)
        scores = np.linspace(0.9, 0.6, count, dtype=np.float32)
        logits = np.where(masks, 10.0, -10.0).astype(np.float32)
        return Hypotheses(masks, logits, scores, self.method if method == "auto" else method)


def nested(whole: np.ndarray, count: int, step: int = NestedAlternatives.STEP) -> np.ndarray:
    """(count, H, W) bool: the alternatives of a mask (H, W)."""
    depth = ndimage.distance_transform_edt(np.pad(whole, 1))[1:-1, 1:-1]
    masks = np.stack([depth > n * step for n in range(count)])
    if count >= 4:
        masks[-2] = masks[0]
    return masks
