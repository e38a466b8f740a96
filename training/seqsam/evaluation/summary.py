"""From single cases to means with intervals, and paired differences between methods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from MedSAMLib.metrics import Comparison
from training.datasets import Sample
from training.evaluation.bootstrap import Interval, grouped_mean
from training.seqsam.evaluation.measuring import (
    COUNTS,
    MEASURES,
    READOUTS,
    cropped,
    measures,
    readouts,
    repeated,
)
from training.seqsam.evaluation.pools import Pool

# What a paired difference is taken of.
COMPARED = ("ged_keep", "ged_drop", "d_avg_drop", "d_match_drop", "hm_iou_drop")


@dataclass(frozen=True, eq=False)
class CaseValues:
    """Values of one method with one box: each name maps to (N,) numbers, one a case."""

    by_count: dict[int, dict[str, NDArray[np.float64]]]
    readouts: dict[int, dict[str, NDArray[np.float64]]]


@dataclass(frozen=True)
class MethodSummary:
    """Means with 95 % intervals by patient, by M: {M: {measure: Interval}}."""

    measures: dict[int, dict[str, Interval]]
    readouts: dict[int, dict[str, Interval]]
    medoid_gains: dict[int, dict[str, Interval]]


@dataclass(frozen=True)
class BoxSummary:
    """All methods with one kind of box, and the first one's differences from each other one."""

    methods: dict[str, MethodSummary]
    reference: str
    differences: dict[str, dict[int, dict[str, Interval]]] = field(default_factory=dict)


def case_values(pool: Pool, samples: Sequence[Sample]) -> CaseValues:
    """Measure a method's masks case by case, for every M of COUNTS.

    Readouts are measured among the method's own masks: up to its own number, without repeats.
    """
    own = pool.packed.shape[1]
    counts_of_readouts = [count for count in COUNTS if 1 < count <= own]
    values = {count: [] for count in COUNTS}
    chosen = {count: [] for count in counts_of_readouts}
    for case, sample in enumerate(samples):
        masks, readers = cropped(pool.masks(case, sample.image.shape[:2]), sample.masks)
        compared = Comparison.of(masks, readers)
        for count in COUNTS:
            part = compared.part(repeated(own, count), range(len(readers)))
            values[count].append(measures(part))
        for count in counts_of_readouts:
            chosen[count].append(readouts(masks[:count], pool.scores[case, :count], readers))
    return CaseValues(_columns(values, MEASURES), _columns(chosen, READOUTS))


def _columns(
    rows: dict[int, list[dict[str, float]]], names: Sequence[str]
) -> dict[int, dict[str, NDArray[np.float64]]]:
    return {
        count: {name: np.array([row[name] for row in listed]) for name in names}
        for count, listed in rows.items()
    }


def summarize(values: dict[str, CaseValues], groups: Sequence[str], seed: int) -> BoxSummary:
    """Means, intervals and the first method's paired differences; groups: N patients."""

    def mean(column: NDArray[np.float64]) -> Interval:
        return grouped_mean(column, groups, seed)

    reference = next(iter(values))
    return BoxSummary(
        methods={name: _summary(each, mean) for name, each in values.items()},
        reference=reference,
        differences={
            name: {
                count: {
                    key: mean(values[reference].by_count[count][key] - each.by_count[count][key])
                    for key in COMPARED
                }
                for count in COUNTS
            }
            for name, each in values.items()
            if name != reference
        },
    )


def _summary(values: CaseValues, mean) -> MethodSummary:
    def means(columns: dict[int, dict[str, NDArray]]) -> dict[int, dict[str, Interval]]:
        return {
            count: {name: mean(column) for name, column in each.items()}
            for count, each in columns.items()
        }

    gains = {
        count: {name: each["medoid"] - each[name] for name in ("first", "random", "own score")}
        for count, each in values.readouts.items()
    }
    return MethodSummary(means(values.by_count), means(values.readouts), means(gains))
