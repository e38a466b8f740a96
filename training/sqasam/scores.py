"""Scores of a whole segmentation, each a rule on its readings; higher is better.

Objects are averaged by area unless said otherwise: real networks leave specks, and a plain mean
(the paper's wording) lets twenty specks outvote the polyp. What has no object to judge has no
score (NaN) and is ranked below all others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from MedSAMLib.quality.combining import combined
from training.sqasam.readings import Readings

Rule = Callable[[dict[str, float]], float]
NAN = float("nan")


@dataclass(frozen=True)
class Score:
    """A named score. kind: "judge" (of the promptable network), "learned", "combined",
    "baseline" (free, from the mask alone), "probability" (needs the network's own output)."""

    name: str
    title: str
    kind: str
    of: Callable[[Readings], float]


def by_area(rule: Rule) -> Callable[[Readings], float]:
    """The mean of a rule over the objects, weighted by area."""
    return lambda readings: _mean(readings, rule, lambda row: row["area"])


def by_count(rule: Rule) -> Callable[[Readings], float]:
    """The plain mean of a rule over the objects."""
    return lambda readings: _mean(readings, rule, lambda row: 1.0)


def reduction(name: str, point: str = "centroid_single") -> Rule:
    """max, mean, box, point or min of the two agreements, for one kind of point prompt."""
    rules: dict[str, Rule] = {
        "max": lambda row: max(row[point], row["box"]),
        "mean": lambda row: (row[point] + row["box"]) / 2,
        "box": lambda row: row["box"],
        "point": lambda row: row[point],
        "min": lambda row: min(row[point], row["box"]),
    }
    return rules[name]


def reading(name: str) -> Rule:
    """One reading as it is, NaN for an object that lacks it."""
    return lambda row: row.get(name, NAN)


def whole(name: str) -> Callable[[Readings], float]:
    """A reading of the segmentation as one."""
    return lambda readings: _number(readings.whole.get(name))


def combination(row: dict[str, float]) -> float:
    """`combined` as the module computes it, of the readings that it takes."""
    return combined(
        {
            "dice_point": row["centroid_single"],
            "dice_box": row["box"],
            "jitter": row.get("jitter", NAN),
            "spread": row.get("spread", NAN),
            "confidence": row["confidence"],
            "learned": row.get("learned", NAN),
        }
    )


def default_combination(row: dict[str, float]) -> float:
    """The same without the readings that the module takes only when it is asked to."""
    return combination({**row, "jitter": NAN, "spread": NAN})


def learned_with_agreement(readings: Readings) -> float:
    """The learned judge's Dice of the whole and the box agreement, half and half."""
    learned, agreement = whole("learned")(readings), by_area(reduction("box"))(readings)
    if np.isnan(agreement):
        return learned
    return (learned + agreement) / 2


def probability_with_agreement(readings: Readings) -> float:
    """Soft Dice Confidence and the box agreement, half and half; 0 for what has no agreement."""
    agreement = by_area(reduction("box"))(readings)
    return (whole("soft_dice_confidence")(readings) + np.nan_to_num(agreement)) / 2


SCORES = (
    Score("paper", "point and box, mean, all objects alike (the paper's wording)", "judge",
          by_count(reduction("mean"))),
    Score("max_alike", "max, all objects alike", "judge", by_count(reduction("max"))),
    Score("max", "max, by area", "judge", by_area(reduction("max"))),
    Score("mean", "mean, by area", "judge", by_area(reduction("mean"))),
    Score("box", "box, by area", "judge", by_area(reduction("box"))),
    Score("point", "point, by area", "judge", by_area(reduction("point"))),
    Score("min", "min, by area", "judge", by_area(reduction("min"))),
    Score("jitter", "jittered boxes, by area", "judge", by_area(reading("jitter"))),
    Score("spread", "SAM's three masks, largest object", "judge", by_area(reading("spread"))),
    Score("confidence", "judge's predicted IoU, by area", "judge", by_area(reading("confidence"))),
    Score("learned", "learned judge, whole mask", "learned", whole("learned")),
    Score("learned_map", "learned judge, its map alone", "learned", whole("learned_map_only")),
    Score("learned_objects", "learned judge, objects by area", "learned",
          by_area(reading("learned"))),
    Score("combined_alike", "combined, all objects alike", "combined",
          by_count(default_combination)),
    Score("combined_default", "combined, by area (the module's default)", "combined",
          by_area(default_combination)),
    Score("combined", "combined with jitter and masks, objects by area", "combined",
          by_area(combination)),
    Score("combined_whole", "learned (whole) and box, half and half", "combined",
          learned_with_agreement),
    Score("area", "area", "baseline", whole("area")),
    Score("few_pieces", "few pieces", "baseline", whole("few_pieces")),
    Score("largest_share", "share of the largest piece", "baseline", whole("largest_share")),
    Score("compactness", "compactness", "baseline", whole("compactness")),
    Score("model_confidence", "model confidence", "probability", whole("model_confidence")),
    Score("soft_dice_confidence", "Soft Dice Confidence", "probability",
          whole("soft_dice_confidence")),
    # Put together after a look at these triples, unlike all others.
    Score("soft_dice_box", "Soft Dice Confidence and box, half and half (found here)",
          "probability", probability_with_agreement),
)  # fmt: skip
BY_NAME = {score.name: score for score in SCORES}


def _mean(readings: Readings, rule: Rule, weight: Callable[[dict[str, float]], float]) -> float:
    pairs = [(rule(row), weight(row)) for row in readings.objects]
    known = [(value, w) for value, w in pairs if not np.isnan(value)]
    if not known:
        return NAN
    values, weights = zip(*known, strict=True)
    return float(np.average(values, weights=weights))


def _number(value: float | None) -> float:
    return NAN if value is None else float(value)
