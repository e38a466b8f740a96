"""A stand-in for a network whose answers can be foretold."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from MedSAMLib.prompts import Prompts
from MedSAMLib.sam import Masks

SURE = 20.0


@dataclass(frozen=True)
class PlainImage:
    """An image that is its own embedding, at the upper left of the network's square."""

    image: np.ndarray
    original_size: tuple[int, int]
    input_size: tuple[int, int]


@dataclass
class BrightPixels:
    """Finds what is brighter than `threshold` in the box; notes how it is asked."""

    threshold: float = 100
    score: float = 0.9
    windows: list = field(default_factory=list)
    asked: list[Prompts] = field(default_factory=list)
    image_size: int = 0

    def embed(self, image: np.ndarray, window: object) -> PlainImage:
        self.windows.append(window)
        self.image_size = max(image.shape)
        return PlainImage(image, image.shape[:2], image.shape[:2])

    def segment(self, embedding: PlainImage, box, points=None, labels=None, **_: object) -> Masks:
        self.asked.append(Prompts(box, points, labels))
        x0, y0, x1, y1 = np.round(box).astype(int)
        found = np.zeros(embedding.original_size, bool)
        found[y0:y1, x0:x1] = embedding.image[y0:y1, x0:x1] > self.threshold
        logits = np.full((self.image_size, self.image_size), -SURE, np.float32)
        logits[: found.shape[0], : found.shape[1]] = np.where(found, SURE, -SURE)
        return Masks(found[None], logits[None], np.array([self.score]))
