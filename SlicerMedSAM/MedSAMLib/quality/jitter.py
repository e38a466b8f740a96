"""Agreement with the judge when its box is drawn less carefully.

The box of an object gives the judge much of the answer. Where the outline follows what is seen,
a box that is somewhat off still leads to it; where it does not, the judge's answer follows the
box. (Perturbing boxes as a measure of uncertainty: SAM-U, Deng et al., MICCAI workshops 2023.)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..prompts import jittered_box
from .agreement import Agreement

if TYPE_CHECKING:
    from ..sam.embedding import Embedding
    from ..sam.predictor import SamModel

# Every side of the box moves by up to this share of its extent, as a hurried hand does.
FRACTION = 0.15
# Masks held at a time: at full resolution they are what takes memory.
MOST_MASKS = 64


def jitter_agreements(
    model: SamModel,
    embedding: Embedding,
    masks: Sequence[np.ndarray],
    boxes: np.ndarray,
    count: int,
    seed: int,
    measure: Agreement,
) -> list[float]:
    """For each object the mean agreement with the masks of `count` jittered boxes, 0..1.

    An object's boxes depend on `seed` and its own box alone, not on what else is in the slice.
    """
    objects_at_once = max(1, MOST_MASKS // count)
    found: list[float] = []
    for start in range(0, len(masks), objects_at_once):
        part = slice(start, start + objects_at_once)
        moved = np.concatenate(
            [moved_boxes(box, count, seed, masks[0].shape) for box in boxes[part]]
        )
        answers = model.segment(embedding, box=moved, closer=False).masks
        for mask, own in zip(masks[part], np.split(answers, len(moved) // count), strict=True):
            found.append(float(np.mean([measure(mask, answer) for answer in own])))
    return found


def moved_boxes(box: np.ndarray, count: int, seed: int, shape: tuple[int, int]) -> np.ndarray:
    """(count, 4) boxes near `box`, the same for the same seed."""
    rng = np.random.default_rng([seed, *(int(edge) for edge in box)])
    return np.array([jittered_box(box, FRACTION, rng, shape) for _ in range(count)])
