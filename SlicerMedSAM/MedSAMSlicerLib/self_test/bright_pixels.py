"""A stand-in for the network, whose masks are known beforehand. It is NOT a network."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import ndimage

from MedSAMLib.sam import find_entry

from ..session.ports import ModelChoice, Task

LEVEL = 100.0


class BrightPixels:
    """Answers as a `SamModel`: what is brighter than `level` in the box, or around the points.

    Connected parts under a negative point are left out; with positive points, only the parts
    under them, and all of the box where there are none.
    """

    device_note = None
    level = LEVEL

    def embed(self, image: np.ndarray, window: Any = "auto") -> np.ndarray:
        """The image (H, W) itself, or the mean of its colors."""
        gray = np.asarray(image, np.float32)
        return gray.mean(axis=-1) if gray.ndim == 3 else gray

    def segment(
        self,
        embedding: np.ndarray,
        box: np.ndarray | None = None,
        points: np.ndarray | None = None,
        labels: np.ndarray | None = None,
        mask: np.ndarray | None = None,
        multimask: bool = False,
        closer: bool = True,
    ) -> Any:
        """Masks as `SamModel.segment` returns them."""
        if box is not None and np.ndim(box) == 2:
            found = np.stack([self._bright(embedding, each, None, None) for each in box])
        else:
            found = self._bright(embedding, box, points, labels)[None]
            found = found.repeat(3, axis=0) if multimask else found
        return Answer(found)

    def _bright(
        self,
        gray: np.ndarray,
        box: np.ndarray | None,
        points: np.ndarray | None,
        labels: np.ndarray | None,
    ) -> np.ndarray:
        inside = np.ones(gray.shape, bool)
        if box is not None:
            x0, y0, x1, y1 = np.round(box).astype(int)
            inside[:] = False
            inside[y0:y1, x0:x1] = True
        parts, _count = ndimage.label((gray > self.level) & inside)
        if points is None:
            return parts > 0
        x, y = np.round(points).astype(int).T
        wanted = set(parts[y, x][labels == 1].tolist()) - {0}
        unwanted = set(parts[y, x][labels == 0].tolist()) - {0}
        if not wanted and box is not None:
            wanted = set(range(1, parts.max() + 1))
        return np.isin(parts, list(wanted - unwanted))


class Answer:
    """Masks with full confidence."""

    def __init__(self, masks: np.ndarray) -> None:
        self.masks = masks
        self.logits = np.where(masks, 10.0, -10.0).astype(np.float32)
        self.scores = np.full(len(masks), 0.95, np.float32)


class StandInModels:
    """The session's `Models` with one network, which is here."""

    def __init__(self, network: Any = None) -> None:
        self.network = network or BrightPixels()
        self.folder = ""

    def usable(self) -> list[Any]:
        """The starter's entry, for its texts."""
        return [find_entry("starter")]

    def is_here(self, choice: ModelChoice) -> bool:
        """Yes."""
        return True

    def load(self, choice: ModelChoice) -> Any:
        """The stand-in."""
        return self.network

    def download(self, choice: ModelChoice, task: Task) -> None:
        """There is nothing to download."""


class NothingToInstall:
    """Stands for `Dependencies` where all is there."""

    def installed(self) -> bool:
        """Yes."""
        return True

    def summary(self) -> str:
        """Nothing to say."""
        return ""

    def install(self) -> None:
        """Nothing to do."""
