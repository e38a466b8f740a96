"""Models that need no weights: one knows the truth, one knows nothing but the box."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from MedSAMLib.prompts import tight_box
from training.evaluation.baselines import inscribed_ellipse


@dataclass(frozen=True)
class Answer:
    masks: np.ndarray
    logits: np.ndarray
    scores: np.ndarray


@dataclass
class FakeModel:
    """Answers as SamModel does, and keeps the prompts that it was given."""

    calls: list[dict] = field(default_factory=list)

    def embed(self, image, window="auto"):
        return image

    def segment(self, embedding, box=None, points=None, labels=None, mask=None):
        self.calls.append({"box": box, "points": points, "labels": labels, "mask": mask})
        masks = np.array(
            [self.of_box(one, embedding.shape[:2]) for one in box]
            if box is not None
            else [
                self.of_points(*one, embedding.shape[:2])
                for one in zip(points, labels, strict=True)
            ]
        )
        scores = np.linspace(0.5, 1, len(masks))
        return Answer(masks, np.where(masks, 8, -8).astype(np.float32), scores)

    def of_box(self, box, shape):
        raise NotImplementedError

    def of_points(self, points, labels, shape):
        raise NotImplementedError


@dataclass
class Oracle(FakeModel):
    """Returns the true object that fits the prompt best."""

    truths: np.ndarray = field(default_factory=lambda: np.zeros((0, 1, 1), bool))

    def of_box(self, box, shape):
        offsets = [np.abs(tight_box(truth) - box).sum() for truth in self.truths]
        return self.truths[int(np.argmin(offsets))]

    def of_points(self, points, labels, shape):
        x, y = points[0].astype(int)
        return next(truth for truth in self.truths if truth[y, x])


class EllipseModel(FakeModel):
    """Draws the box's ellipse; for points, a disc of 3 pixels at each, in their order."""

    def of_box(self, box, shape):
        return inscribed_ellipse(box, shape)

    def of_points(self, points, labels, shape):
        mask = np.zeros(shape, dtype=bool)
        y, x = np.ogrid[: shape[0], : shape[1]]
        for (column, row), label in zip(points, labels, strict=True):
            mask[(x - column) ** 2 + (y - row) ** 2 <= 9] = label
        return mask
