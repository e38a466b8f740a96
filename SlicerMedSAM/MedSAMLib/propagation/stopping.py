"""When carrying a mask from slice to slice has to end: plain rules on plain numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class SliceShape:
    """What the rules look at in one slice's mask.

    Attributes:
        area: area in mm^2, 0 for an empty mask.
        centroid: center of mass (x, y) in mm along the plane's axes; any value if empty.
        score: intersection over union that the network predicts for its mask, about 0..1.
    """

    area: float
    centroid: tuple[float, float]
    score: float


@dataclass(frozen=True)
class StoppingRules:
    """Limits on what may change between slices.

    Attributes:
        least_score: smallest predicted IoU that is still believed.
        largest_score_fall: how far the predicted IoU may fall below the prompted slice's.
        largest_area_ratio: how many times an area may grow or shrink to its neighbor's.
        largest_growth: how many times the prompted slice's area may be reached. A mask that
            leaks grows a little with every slice, which no other limit notices.
        least_share: the share of the prompted slice's area that is still an object. Beyond the
            object's end a network goes on with a dot from slice to slice.
        largest_move: how far the centroid may move, in radii of the disk of the same area.
    """

    least_score: float = 0.4
    largest_score_fall: float = 0.35
    largest_area_ratio: float = 2.5
    largest_growth: float = 1.5
    least_share: float = 0.03
    largest_move: float = 1.0


def refusal(
    start: SliceShape, previous: SliceShape, current: SliceShape, rules: StoppingRules
) -> str | None:
    """Why `current` must not be kept after `previous`, in plain words; None when it may.

    Args:
        start: the mask of the slice that the user prompted.
        previous: the mask that prompted `current`; never empty.
        current: the mask to judge.
        rules: the limits.
    """
    if current.area == 0:
        return "nothing was found there"
    return (
        _confidence_refusal(start, current, rules)
        or _area_refusal(previous, current, rules)
        or _growth_refusal(start, current, rules)
        or _move_refusal(previous, current, rules)
    )


def _confidence_refusal(start: SliceShape, current: SliceShape, rules: StoppingRules) -> str | None:
    least = max(rules.least_score, start.score - rules.largest_score_fall)
    if current.score >= least:
        return None
    return f"confidence fell to {current.score:.2f} (limit {least:.2f})"


def _area_refusal(previous: SliceShape, current: SliceShape, rules: StoppingRules) -> str | None:
    ratio = current.area / previous.area
    if ratio > rules.largest_area_ratio:
        return f"the area grew {ratio:.1f} times from one slice to the next"
    if 1 / ratio > rules.largest_area_ratio:
        return f"the area shrank {1 / ratio:.1f} times from one slice to the next"
    return None


def _growth_refusal(start: SliceShape, current: SliceShape, rules: StoppingRules) -> str | None:
    growth = current.area / start.area
    if growth < rules.least_share:
        return f"the area has shrunk to {growth:.0%} of the prompted slice's"
    if growth <= rules.largest_growth:
        return None
    return f"the area has grown to {growth:.1f} times the prompted slice's"


def _move_refusal(previous: SliceShape, current: SliceShape, rules: StoppingRules) -> str | None:
    moved = math.dist(previous.centroid, current.centroid)
    if moved <= rules.largest_move * math.sqrt(previous.area / math.pi):
        return None
    return f"the mask jumped {moved:.1f} mm sideways"
