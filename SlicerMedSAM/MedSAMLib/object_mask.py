"""One prompted object's mask in one embedded image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .prompts import Prompts

if TYPE_CHECKING:
    from .sam.predictor import Embedding, SamModel


@dataclass(frozen=True)
class ObjectMask:
    """The network's answer for one object.

    Attributes:
        mask: (H, W) bool.
        logits: (h, w) float32, at the decoder's own resolution.
        score: predicted intersection over union, about 0..1.
    """

    mask: np.ndarray
    logits: np.ndarray
    score: float


def segment_object(model: SamModel, embedding: Embedding, prompts: Prompts) -> ObjectMask:
    """The mask of one object; of several readings of a lone point, the most confident."""
    masks = model.segment(
        embedding,
        box=prompts.box,
        points=prompts.points,
        labels=prompts.labels,
        mask=prompts.mask,
        multimask=is_ambiguous(prompts),
    )
    best = int(np.argmax(masks.scores))
    return ObjectMask(masks.masks[best], masks.logits[best], float(masks.scores[best]))


def is_ambiguous(prompts: Prompts) -> bool:
    """A single point may mean a part or the whole (Kirillov et al. 2023, section 3)."""
    if prompts.box is not None or prompts.mask is not None:
        return False
    return len(prompts.labels) == 1
