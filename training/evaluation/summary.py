"""From the results of a set's images to the numbers of the table, with their intervals.

An image's value is the mean over its objects (for LIDC: over its readers), a set's value
the mean over its images; the bootstrap draws groups (patients).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import partial

import numpy as np
from numpy.typing import NDArray

from training.evaluation.bootstrap import Interval, grouped_mean, grouped_spearman
from training.evaluation.clicks import MAX_CLICKS, number_of_clicks
from training.evaluation.prompts_table import BOX_PROMPTS, METHODS, ImageResult, Scores

# Differences of Dice that the tables give, the second taken from the first on each image.
GAINS = (("tight_box", "ellipse"), ("tight_box", "grabcut"), ("loose_box", "tight_box"))
# The clicks whose Dice the tables give.
CLICK_COUNTS = (1, 5)


@dataclass(frozen=True)
class SetSummary:
    """The numbers of one set. Keys are METHODS and Scores' names, GAINS' names, click counts."""

    images: int
    objects: int
    groups: int
    methods: dict[str, dict[str, Interval]]
    gains: dict[str, Interval]
    click_dice: dict[str, Interval]
    noc90: Interval
    never_reached: Interval
    spearman_tight_box: Interval
    spearman_all_prompts: Interval
    embedding_seconds_median: float


def summarize(results: Sequence[ImageResult], seed: int) -> SetSummary:
    """Sum up a set's results; the same seed gives the same intervals."""
    mean = partial(_mean, results, seed)
    return SetSummary(
        images=len(results),
        objects=sum(len(result.clicks.dice) for result in results),
        groups=len({result.group for result in results}),
        methods={method: _method_means(mean, method) for method in METHODS},
        gains={f"{first} - {second}": mean(_gain(first, second)) for first, second in GAINS},
        click_dice={
            str(count): mean(lambda r, step=count - 1: r.clicks.dice[:, step].mean())
            for count in CLICK_COUNTS
        },
        noc90=mean(lambda r: np.minimum(number_of_clicks(r.clicks.dice), MAX_CLICKS).mean()),
        never_reached=mean(lambda r: (number_of_clicks(r.clicks.dice) > MAX_CLICKS).mean()),
        spearman_tight_box=_spearman(results, seed, _tight_box_pairs),
        spearman_all_prompts=_spearman(results, seed, _all_pairs),
        embedding_seconds_median=float(np.median([r.embedding_seconds for r in results])),
    )


def _mean(
    results: Sequence[ImageResult], seed: int, value_of_image: Callable[[ImageResult], float]
) -> Interval:
    values = [value_of_image(result) for result in results]
    return grouped_mean(values, [result.group for result in results], seed)


def _method_means(mean: Callable[..., Interval], method: str) -> dict[str, Interval]:
    return {
        field.name: mean(partial(_score, method=method, field=field.name))
        for field in fields(Scores)
    }


def _gain(first: str, second: str) -> Callable[[ImageResult], float]:
    return lambda result: _score(result, first, "dice") - _score(result, second, "dice")


def _score(result: ImageResult, method: str, field: str) -> float:
    return float(np.mean([getattr(scores, field) for scores in result.methods[method]]))


def _spearman(
    results: Sequence[ImageResult], seed: int, pairs_of: Callable[[ImageResult], NDArray]
) -> Interval:
    """Rank correlation of predicted with true IoU over all objects of a set."""
    pairs = [pairs_of(result) for result in results]
    groups = [r.group for r, rows in zip(results, pairs, strict=True) for _ in rows]
    predicted, true = np.concatenate(pairs).T
    return grouped_spearman(predicted, true, groups, seed)


def _tight_box_pairs(result: ImageResult) -> NDArray[np.float64]:
    return _box_pairs(result, "tight_box")


def _box_pairs(result: ImageResult, method: str) -> NDArray[np.float64]:
    true = [scores.iou for scores in result.methods[method]]
    return np.column_stack((result.predicted_iou[method], true))


def _all_pairs(result: ImageResult) -> NDArray[np.float64]:
    """(predicted, true) IoU of both boxes and of the clicks that the tables tell of."""
    steps = [count - 1 for count in CLICK_COUNTS]
    clicks = np.stack((result.clicks.score[:, steps], result.clicks.iou[:, steps]), axis=-1)
    boxes = [_box_pairs(result, method) for method in BOX_PROMPTS]
    return np.concatenate((*boxes, clicks.reshape(-1, 2)))
