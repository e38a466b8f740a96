"""From objects to slices, segments and the whole (SQA-SAM, arXiv 2312.09899, section 3).

Objects count by area, because stray islands, and the first and the last slice of an organ, hold a
few pixels that nobody can be sure of; `Settings.weighting` takes the paper's plain mean over all
objects instead, or counts alike within a slice only. What has no score weighs nothing.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from .results import NO_OBJECT, NO_SCORE, OK, ObjectScore, SegmentScore, SliceScore


def slice_scores(objects: Iterable[ObjectScore], weighting: str) -> list[SliceScore]:
    """One score for every label and slice that has objects, by label and slice."""
    groups: dict[tuple[int, int], list[ObjectScore]] = defaultdict(list)
    for each in objects:
        groups[each.label, each.slice].append(each)
    return [_slice_score(groups[key], weighting) for key in sorted(groups)]


def segment_scores(
    objects: Sequence[ObjectScore],
    slices: Sequence[SliceScore],
    names: Mapping[int, str],
    weighting: str,
) -> list[SegmentScore]:
    """One score for every label of `names`; those without objects have the status "no object"."""
    return [
        _segment_score(
            label,
            name,
            [each for each in objects if each.label == label],
            [each for each in slices if each.label == label],
            weighting,
        )
        for label, name in names.items()
    ]


def total_score(
    objects: Sequence[ObjectScore], slices: Sequence[SliceScore], is_volume: bool, weighting: str
) -> float:
    """The score of the whole: of a picture over its objects, of a volume over its slices."""
    if weighting == "auto" and is_volume:
        return weighted_mean(slices, "area")
    return weighted_mean(objects, weighting)


def weighted_mean(scored: Iterable[ObjectScore | SliceScore], weighting: str) -> float:
    """Mean of the scores that are there, by area if `weighting` is "area"; nan without any."""
    there = [each for each in scored if not math.isnan(each.score)]
    if not there:
        return math.nan
    weights = [each.area if weighting == "area" else 1 for each in there]
    return float(np.average([each.score for each in there], weights=weights))


def _slice_score(objects: list[ObjectScore], weighting: str) -> SliceScore:
    first = objects[0]
    score = weighted_mean(objects, weighting)
    return SliceScore(
        label=first.label,
        name=first.name,
        slice=first.slice,
        score=score,
        objects=len(objects),
        area=sum(each.area for each in objects),
        status=_status(objects),
    )


def _segment_score(
    label: int,
    name: str,
    objects: list[ObjectScore],
    slices: list[SliceScore],
    weighting: str,
) -> SegmentScore:
    scored = [each for each in slices if not math.isnan(each.score)]
    return SegmentScore(
        label=label,
        name=name,
        score=weighted_mean(objects, "mean")
        if weighting == "mean"
        else weighted_mean(slices, "area"),
        worst_slice=min(scored, key=lambda each: each.score).slice if scored else -1,
        objects=len(objects),
        area=sum(each.area for each in slices),
        status=_status(objects),
    )


def _status(objects: Sequence[ObjectScore]) -> str:
    """The status that all objects share, else ok: theirs are in the table."""
    if not objects:
        return NO_OBJECT
    if all(math.isnan(each.score) for each in objects):
        return NO_SCORE
    shared = {each.status for each in objects}
    return shared.pop() if len(shared) == 1 else OK
