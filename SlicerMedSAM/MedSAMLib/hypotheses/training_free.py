"""Several masks from any SAM network without training: its three tokens, or moved prompts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError
from ..metrics.ambiguity import pairwise_iou
from ..object_mask import ObjectMask, is_ambiguous, segment_object
from ..prompts import Prompts, jittered_box, tight_box
from .hypotheses import Hypotheses
from .selection import diverse_subset

if TYPE_CHECKING:
    from ..sam.embedding import Embedding, Masks
    from ..sam.predictor import SamModel

Mask = NDArray[np.bool_]

MULTIMASK_COUNT = 3
MAX_COUNT = 16

# How many prompts are decoded, the given one among them, and by which share of the box's extent
# across it a side moves at most. On 30 slices of LIDC's validation split (box of the union, 8
# masks) 0.1, 0.2, 0.3 and 0.4 gave GED 0.288, 0.243, 0.235 and 0.290; with the box of one
# reader 0.290, 0.235, 0.249 and 0.268. The first 8 at random gave 0.273, the chosen ones 0.243.
CANDIDATES = 24
BOX_JITTER = 0.2
# A click moves by up to this share of the radius of a disc of the answer's area.
CLICK_JITTER = 0.5


def multimask_hypotheses(
    model: SamModel,
    embedding: Embedding,
    box: NDArray | None = None,
    points: NDArray | None = None,
    labels: NDArray | None = None,
    mask: NDArray | None = None,
    count: int = MULTIMASK_COUNT,
) -> Hypotheses:
    """The `count` (1 to 3) masks of SAM's ambiguity tokens that the model itself scores best.

    Prompts as for `SamModel.segment`, one object's. UsageError for more than three.
    """
    if not 1 <= count <= MULTIMASK_COUNT:
        raise UsageError(f"Multimask gives 1 to {MULTIMASK_COUNT} masks, not {count}.")
    found = model.segment(embedding, box, points, labels, mask, multimask=True)
    best = np.argsort(-found.scores, kind="stable")[:count]
    return _chosen(Hypotheses(found.masks, found.logits, found.scores, "multimask"), best)


def perturbed_hypotheses(
    model: SamModel,
    embedding: Embedding,
    box: NDArray | None = None,
    points: NDArray | None = None,
    labels: NDArray | None = None,
    mask: NDArray | None = None,
    count: int = 4,
    seed: int = 0,
) -> Hypotheses:
    """`count` (1 to 16) masks for prompts as another hand would have given them.

    The box's sides and the points are moved at random, all variants are decoded in one batch
    on the one embedding, and those masks are kept that stand for all of them best (compare
    Towle et al., SimSAM, ISBI 2024). The first is the answer to the prompts as they are. A
    mask prompt is repeated with moved boxes around the answer to it. The same seed gives the
    same masks.
    """
    if not 1 <= count <= MAX_COUNT:
        raise UsageError(f"Ask for 1 to {MAX_COUNT} hypotheses, not {count}.")
    prompts = Prompts(box, points, labels, mask).validated(embedding.original_size)
    answer = segment_object(model, embedding, prompts)
    variants = _variants(prompts, answer.mask, np.random.default_rng(seed))
    found = model.segment(embedding, **variants, multimask=is_ambiguous(prompts))
    pool = _pool(answer, found)
    return _chosen(pool, diverse_subset(pairwise_iou(pool.masks, pool.masks), count))


def _variants(
    prompts: Prompts, answer: Mask, rng: np.random.Generator
) -> dict[str, NDArray | None]:
    """The arguments of `SamModel.segment` for a batch of moved prompts; none is the given one."""
    count = CANDIDATES - 1
    boxes = points = labels = masks = None
    around = prompts.box if prompts.points is not None else _box_of(prompts, answer)
    if around is not None:
        moved = [jittered_box(around, BOX_JITTER, rng, answer.shape) for _ in range(count)]
        boxes = np.array(moved)
    if prompts.points is not None:
        points = _moved_points(prompts, answer, count, rng)
        labels = np.tile(prompts.labels, (count, 1))
    if prompts.mask is not None:
        masks = np.tile(prompts.mask, (count, 1, 1))
    return {"box": boxes, "points": points, "labels": labels, "mask": masks}


def _box_of(prompts: Prompts, answer: Mask) -> NDArray[np.float64]:
    """The box to move: the given one, or around the answer, or all where that is empty."""
    if prompts.box is not None:
        return prompts.box
    if answer.any():
        return tight_box(answer)
    height, width = answer.shape
    return np.array([0.0, 0.0, width, height])


def _moved_points(
    prompts: Prompts, answer: Mask, count: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """(count, P, 2) points near the given ones, on the same side of the answer's border.

    A point that would leave its side stays where it was: such a click tells of another object.
    """
    radius = CLICK_JITTER * np.sqrt(np.count_nonzero(answer) / np.pi)
    angle = rng.uniform(0, 2 * np.pi, size=(count, len(prompts.points)))
    distance = radius * np.sqrt(rng.uniform(size=angle.shape))
    moved = prompts.points + np.stack([distance * np.cos(angle), distance * np.sin(angle)], axis=-1)
    height, width = answer.shape
    column, row = np.moveaxis(moved.clip(0, (width - 1, height - 1)).round().astype(int), -1, 0)
    inside = ((moved >= 0) & (moved <= (width - 1, height - 1))).all(axis=-1)
    fits = inside & (answer[row, column] == prompts.labels)
    return np.where(fits[..., None], moved, prompts.points)


def _pool(answer: ObjectMask, found: Masks) -> Hypotheses:
    """The answer and all variants' masks, in this order."""
    masks = found.masks.reshape(-1, *answer.mask.shape)
    logits = found.logits.reshape(-1, *answer.logits.shape)
    return Hypotheses(
        masks=np.concatenate((answer.mask[None], masks)),
        logits=np.concatenate((answer.logits[None], logits)),
        scores=np.append(np.float32(answer.score), found.scores.ravel()),
        method="perturbation",
    )


def _chosen(pool: Hypotheses, indices: NDArray[np.intp]) -> Hypotheses:
    return replace(
        pool, masks=pool.masks[indices], logits=pool.logits[indices], scores=pool.scores[indices]
    )
