"""A stand-in for the judge whose masks are known beforehand. It is NOT a network."""

from __future__ import annotations

from typing import Any

import numpy as np

from .bright_pixels import LEVEL, Answer, BrightPixels


class KnownJudge(BrightPixels):
    """Outlines what is brighter than `level`, for many boxes or many points at once."""

    name, model_id = "stand-in", "0" * 64

    def __init__(self, level: float = LEVEL) -> None:
        self._level = level

    def embed(self, image: np.ndarray, window: Any = "auto") -> np.ndarray:
        """So that the object alone is above the stand-in's level."""
        return super().embed(image) - self._level + LEVEL

    def segment(
        self,
        embedding: np.ndarray,
        box: np.ndarray | None = None,
        points: np.ndarray | None = None,
        labels: np.ndarray | None = None,
        mask: np.ndarray | None = None,
        multimask: bool = False,
        closer: bool = True,
    ) -> Answer:
        """Of a point the bright part below it, or nothing; see `BrightPixels` for the rest."""
        if points is None or np.ndim(points) == 2:
            return super().segment(embedding, box, points, labels, mask, multimask)
        each = [
            super(KnownJudge, self).segment(embedding, None, point, label).masks[0]
            for point, label in zip(points, labels, strict=True)
        ]
        return Answer(np.stack(each))
