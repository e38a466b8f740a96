"""How well an object and the judge's mask agree, and how two agreements become one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..metrics import dice, iou, surface_dice
from .settings import Settings

Agreement = Callable[[np.ndarray, np.ndarray], float]


def agreement_of(settings: Settings, spacing: Sequence[float] | None = None) -> Agreement:
    """The function (object, judge's mask) -> 0..1 of a setting.

    spacing: of the pixels in mm, (y, x), which the surface Dice is measured in.
    """
    measures: dict[str, Agreement] = {
        "dice": dice,
        "iou": iou,
        "surface_dice": lambda a, b: surface_dice(a, b, settings.tolerance, spacing),
    }
    return measures[settings.metric]


def reduced(point: float, box: float, reduction: str) -> float:
    """The object's score from its agreement with the point's mask and with the box's mask.

    "combined" is their mean until there are further readings, see `judging.with_readings`.
    """
    return {
        "combined": (point + box) / 2,
        "max": max(point, box),
        "mean": (point + box) / 2,
        "min": min(point, box),
        "point": point,
        "box": box,
    }[reduction]


def is_without_answer(point_is_empty: bool, box_is_empty: bool, reduction: str) -> bool:
    """Whether a score is 0, or halved, only because the judge's mask is empty."""
    return {
        "combined": point_is_empty and box_is_empty,
        "max": point_is_empty and box_is_empty,
        "mean": point_is_empty or box_is_empty,
        "min": point_is_empty or box_is_empty,
        "point": point_is_empty,
        "box": box_is_empty,
    }[reduction]
