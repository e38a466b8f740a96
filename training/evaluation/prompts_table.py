"""What a model makes of box and point prompts on a set, object by object, then summed up."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from MedSAMLib import metrics
from MedSAMLib.images import to_uint8
from MedSAMLib.prompts import loosened_box, tight_box
from training.datasets import Sample
from training.evaluation.baselines import grabcut, inscribed_ellipse
from training.evaluation.clicks import ClickCurves, PromptedModel, click_curves

# Every side of the box moves outward by this share of the box's extent across it.
LOOSE_FRACTION = 0.2

BASELINES = ("ellipse", "grabcut")
BOX_PROMPTS = ("tight_box", "loose_box")
METHODS = BASELINES + BOX_PROMPTS


@dataclass(frozen=True)
class Scores:
    """How one mask compares with the reference; distances in mm, or pixels without spacing."""

    dice: float
    iou: float
    hd95: float
    surface_dice: float


@dataclass(frozen=True, eq=False)
class ImageResult:
    """What was measured on one image with N objects.

    methods: of each of METHODS, the N objects' scores.
    predicted_iou: of each of BOX_PROMPTS, the model's own estimate (N,).
    clicks: the curves of the N objects.
    """

    group: str
    methods: dict[str, list[Scores]]
    predicted_iou: dict[str, NDArray[np.float64]]
    clicks: ClickCurves
    embedding_seconds: float


def evaluate_samples(model: PromptedModel, samples: Iterable[Sample]) -> Iterator[ImageResult]:
    """Yield each image's result; every mask of a sample is an object with prompts of its own."""
    for sample in samples:
        yield evaluate_image(model, sample)


def evaluate_image(model: PromptedModel, sample: Sample) -> ImageResult:
    """Prompt a model and the baselines with the boxes and clicks of one image's objects."""
    shape = sample.image.shape[:2]
    start = time.perf_counter()
    embedding = model.embed(sample.image, window=sample.window)
    seconds = time.perf_counter() - start
    tight = np.array([tight_box(mask) for mask in sample.masks])
    loose = np.array([loosened_box(box, LOOSE_FRACTION, shape) for box in tight])
    pixels = to_uint8(sample.image, sample.window)
    masks = {
        "ellipse": np.array([inscribed_ellipse(box, shape) for box in tight]),
        "grabcut": np.array([grabcut(pixels, box) for box in tight]),
    }
    answers = {
        name: model.segment(embedding, box=boxes)
        for name, boxes in zip(BOX_PROMPTS, (tight, loose), strict=True)
    }
    masks |= {name: answer.masks for name, answer in answers.items()}
    return ImageResult(
        group=sample.group,
        methods={name: _compare_all(found, sample) for name, found in masks.items()},
        predicted_iou={
            name: np.asarray(answer.scores, dtype=float) for name, answer in answers.items()
        },
        clicks=click_curves(model, embedding, sample.masks),
        embedding_seconds=seconds,
    )


def _compare_all(masks: NDArray[np.bool_], sample: Sample) -> list[Scores]:
    return [
        compare(mask, truth, sample.spacing)
        for mask, truth in zip(masks, sample.masks, strict=True)
    ]


def compare(
    mask: NDArray[np.bool_], truth: NDArray[np.bool_], spacing: tuple[float, float] | None
) -> Scores:
    """Compare two masks (H, W); the surface Dice tolerates one pixel (its longer side)."""
    distances = metrics.surface_distances(mask, truth, spacing)
    return Scores(
        dice=metrics.dice(mask, truth),
        iou=metrics.iou(mask, truth),
        hd95=distances.hausdorff(95),
        surface_dice=distances.surface_dice(tolerance=max(spacing or (1.0,))),
    )
