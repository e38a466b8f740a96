"""The judge: a promptable network is asked for the same object by a point and by a box.

SQA-SAM (arXiv 2312.09899, section 3): where a segmentation is right, a network that never saw it
draws the same outline when it is shown the object's middle, or its box.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..prompts import center_of_mass, most_interior_point, tight_box
from .agreement import Agreement, agreement_of, is_without_answer, reduced
from .combining import WEIGHTS, combined
from .jitter import jitter_agreements
from .results import EMPTY_JUDGE_MASK, OK, TINY, TOUCHES_BORDER, WHOLE_SLICE
from .settings import Settings
from .spread import object_spread

if TYPE_CHECKING:
    from ..sam.embedding import Embedding
    from ..sam.predictor import SamModel


@dataclass(frozen=True, eq=False)
class Judged:
    """The judge's answer for one object; the numbers are explained at `results.ObjectScore`.

    Attributes:
        point_mask, box_mask: (H, W) bool, what the judge drew for the point and for the box.
        point: (x, y) and box: (x0, y0, x1, y1), what it was prompted with.
    """

    score: float
    dice_point: float
    dice_box: float
    point_mask: np.ndarray
    box_mask: np.ndarray
    point: tuple[float, float]
    box: tuple[int, int, int, int]
    confidence: float
    status: str
    jitter: float = math.nan
    spread: float = math.nan
    learned: float = math.nan
    combined: float = math.nan


def judge_object(
    model: SamModel, embedding: Embedding, mask: np.ndarray, settings: Settings | None = None
) -> Judged:
    """Judge one object, a bool mask (H, W) of the embedded image; UsageError for an empty mask."""
    return judge_objects(model, embedding, [mask], settings)[0]


def judge_objects(
    model: SamModel,
    embedding: Embedding,
    masks: Sequence[np.ndarray],
    settings: Settings | None = None,
    spacing: Sequence[float] | None = None,
) -> list[Judged]:
    """Judge objects of one image together: one batch of boxes and one batch of points.

    masks: bool (H, W) each, whatever their size; spacing: of the pixels in mm, (y, x).
    """
    settings = settings or Settings()
    if len(masks) == 0:
        return []
    boxes = np.array([tight_box(mask) for mask in masks])
    points = np.array([prompt_point(mask, settings) for mask in masks])
    box_masks, confidences = _answers_to_boxes(model, embedding, boxes)
    point_masks = _answers_to_points(model, embedding, points, settings)
    measure = agreement_of(settings, spacing)
    judged = [
        _judged(mask, box, point, box_mask, point_mask, confidence, settings, measure)
        for mask, box, point, box_mask, point_mask, confidence in zip(
            masks, boxes, points, box_masks, point_masks, confidences, strict=True
        )
    ]
    readings = _further_readings(model, embedding, masks, boxes, settings, measure)
    return [
        with_readings(each, settings.reduction, jitter=jitter, spread=spread)
        for each, (jitter, spread) in zip(judged, readings, strict=True)
    ]


def prompt_point(mask: np.ndarray, settings: Settings) -> np.ndarray:
    """The (x, y) that the judge is shown of an object."""
    return center_of_mass(mask) if settings.point == "centroid" else most_interior_point(mask)


def object_status(mask: np.ndarray, settings: Settings) -> str:
    """What is special about an object by itself, before anybody is asked."""
    if mask.all():
        return WHOLE_SLICE
    if np.count_nonzero(mask) < settings.min_pixels:
        return TINY
    edges = mask[0], mask[-1], mask[:, 0], mask[:, -1]
    return TOUCHES_BORDER if any(edge.any() for edge in edges) else OK


def _further_readings(
    model, embedding, masks, boxes: np.ndarray, settings: Settings, measure: Agreement
) -> list[tuple[float, float]]:
    """(jitter, spread) of each object, nan where the settings do not ask for it."""
    jitters = spreads = [math.nan] * len(masks)
    if settings.jitters:
        jitters = jitter_agreements(
            model, embedding, masks, boxes, settings.jitters, settings.seed, measure
        )
    if settings.hypotheses:
        spreads = [
            object_spread(
                model, embedding, mask, box, settings.hypotheses, settings.seed, measure
            ).score
            for mask, box in zip(masks, boxes, strict=True)
        ]
    return list(zip(jitters, spreads, strict=True))


def with_readings(judged: Judged, reduction: str, **readings: float) -> Judged:
    """`judged` with further readings (jitter, spread, learned), and all of them combined.

    Without any there is nothing to combine, and `combined` stays nan. With the reduction "combined"
    it is the score.
    """
    judged = replace(judged, **readings)
    if all(math.isnan(each) for each in (judged.jitter, judged.spread, judged.learned)):
        return judged
    total = combined({name: getattr(judged, name) for name in WEIGHTS})
    score = total if reduction == "combined" else judged.score
    return replace(judged, combined=total, score=score)


def _answers_to_boxes(model, embedding, boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    answers = model.segment(embedding, box=boxes, closer=False)
    return answers.masks, answers.scores


def _answers_to_points(model, embedding, points: np.ndarray, settings: Settings) -> np.ndarray:
    """(B, H, W) bool, one mask a point."""
    ones = np.ones((len(points), 1), dtype=np.int64)
    is_best = settings.multimask == "best"
    answers = model.segment(
        embedding, points=points[:, None], labels=ones, multimask=is_best, closer=False
    )
    if not is_best:
        return answers.masks
    return answers.masks[np.arange(len(points)), np.argmax(answers.scores, axis=1)]


def _judged(
    mask, box, point, box_mask, point_mask, confidence, settings: Settings, measure
) -> Judged:
    dice_point, dice_box = measure(mask, point_mask), measure(mask, box_mask)
    unanswered = is_without_answer(not point_mask.any(), not box_mask.any(), settings.reduction)
    return Judged(
        score=reduced(dice_point, dice_box, settings.reduction),
        dice_point=dice_point,
        dice_box=dice_box,
        point_mask=point_mask,
        box_mask=box_mask,
        point=(float(point[0]), float(point[1])),
        box=tuple(int(edge) for edge in box),
        confidence=float(confidence),
        status=EMPTY_JUDGE_MASK if unanswered else object_status(mask, settings),
    )
