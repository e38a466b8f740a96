"""A stand-in for the network that upsamples, whose answer is known. It is NOT a network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .bright_pixels import LEVEL, BrightPixels

_SURE = 0.995


class KnownUpsampler(BrightPixels):
    """Answers as `SamModel.upsample`: what `segment` answers, read at the nearest pixel."""

    name, model_id, device = "stand-in", "0" * 64, "cpu"

    def __init__(self, level: float = LEVEL) -> None:
        self.level = level

    def upsample(
        self,
        embedding: np.ndarray,
        box: np.ndarray | None = None,
        points: np.ndarray | None = None,
        labels: np.ndarray | None = None,
        shape: tuple[int, int] | None = None,
        checkpoint: Callable[[], None] | None = None,
        **_sampling: Any,
    ) -> Any:
        """Sure everywhere but at the boundary, half of which it says it refined."""
        from MedSAMLib.implicit import Upsampled

        if checkpoint is not None:
            checkpoint()
        rows, columns = (
            np.minimum((np.arange(count) + 0.5) * size / count, size - 1).astype(int)
            for count, size in zip(shape, embedding.shape, strict=True)
        )
        mask = self.segment(embedding, box, points, labels).masks[0][np.ix_(rows, columns)]
        edge = mask ^ np.roll(mask, 1, axis=0)
        uncertainty = np.where(edge, 0.8, 0.0).astype(np.float32)
        probability = np.where(mask, _SURE, 1 - _SURE).astype(np.float32)
        return Upsampled(mask, probability, uncertainty, edge, "interpolated")
