"""One prompted object's mask in one embedded image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

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
        multimask=_is_ambiguous(prompts),
    )
    best = int(np.argmax(masks.scores))
    return ObjectMask(masks.masks[best], masks.logits[best], float(masks.scores[best]))


def full_size_logits(model: SamModel, embedding: Embedding, logits: np.ndarray) -> np.ndarray:
    """Logits (h, w) of the decoder at the image's own size (H, W), bilinearly.

    The decoder's square holds the image at its upper left, scaled to `embedding.input_size`.
    """
    per_input_pixel = np.array(logits.shape) / model.image_size
    step = np.array(embedding.input_size) / embedding.original_size * per_input_pixel
    rows, columns = (
        (np.arange(count) + 0.5) * width - 0.5
        for count, width in zip(embedding.original_size, step, strict=True)
    )
    places = np.meshgrid(rows, columns, indexing="ij")
    return ndimage.map_coordinates(logits, places, order=1, mode="nearest")


def _is_ambiguous(prompts: Prompts) -> bool:
    """A single point may mean a part or the whole (Kirillov et al. 2023, section 3)."""
    if prompts.box is not None or prompts.mask is not None:
        return False
    return len(prompts.labels) == 1
