"""Stand-ins for the judge: they know the truth, and answer a prompt with the object it shows."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage


@dataclass
class Answers:
    """The part of `Masks` that the scores read."""

    masks: np.ndarray
    scores: np.ndarray
    logits: np.ndarray


@dataclass
class KnowingJudge:
    """A `SamModel` for whom an image is its own truth: its objects are the pixels above 0.

    A point is answered by the object under it, a box by all pixels of the truth within it: both
    the same whichever way the image is turned.
    """

    name: str = "knowing"
    model_id: str = "knowing-0"
    embedded: list[np.ndarray] = field(default_factory=list)
    windows: list[object] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)

    def embed(self, image: np.ndarray, window: object = "auto") -> np.ndarray:
        self.embedded.append(image)
        self.windows.append(window)
        return image > 0

    def segment(
        self, embedding, box=None, points=None, labels=None, mask=None, multimask=False, **_
    ):
        if box is not None:
            masks = np.stack([self._within(embedding, each) for each in box])
        else:
            masks = np.stack([self._under(embedding, each[0]) for each in points])
        self.batches.append(len(masks))
        scores = np.full(len(masks), 0.9, dtype=np.float32)
        if multimask:
            # The judge's own favorite is the second of its three.
            nothing = np.zeros_like(masks)
            masks = np.stack([nothing, masks, nothing], axis=1)
            scores = np.tile(np.float32([0.2, 0.8, 0.5]), (len(masks), 1))
        return Answers(masks, scores, np.where(masks, 9.0, -9.0).astype(np.float32))

    @staticmethod
    def _within(truth: np.ndarray, box: np.ndarray) -> np.ndarray:
        inside = np.zeros_like(truth)
        x0, y0, x1, y1 = np.round(box).astype(int)
        inside[y0:y1, x0:x1] = True
        return truth & inside

    @staticmethod
    def _under(truth: np.ndarray, point: np.ndarray) -> np.ndarray:
        numbered, _ = ndimage.label(truth, np.ones((3, 3)))
        x, y = np.round(point).astype(int)
        return (numbered == numbered[y, x]) & truth


def disc(center: tuple[float, float], radius: float, shape: tuple[int, int]) -> np.ndarray:
    """(H, W) bool: the pixels within `radius` of the center (x, y)."""
    y, x = np.indices(shape)
    return (x - center[0]) ** 2 + (y - center[1]) ** 2 <= radius**2
