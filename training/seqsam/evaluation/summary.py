"""From single cases to means with intervals, and paired differences between methods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from MedSAMLib.metrics import Comparison
from training.datasets import Sample
from training.evaluation.bootstrap import Interval, grouped_means
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
# Readouts that the medoid is compared with.
GAINS_OVER = ("first", "random", "own score", "majority")

# By M and name: (N,) values, one a case, or what became of them.
Columns = dict[int, dict[str, NDArray[np.float64]]]
Means = dict[int, dict[str, Interval]]


@dataclass(frozen=True, eq=False)
class CaseValues:
    """Values of one method with one kind of box, case by case."""

    by_count: Columns
    readouts: Columns


@dataclass(frozen=True)
class MethodSummary:
    """Means with 95 % intervals by patient, by M: {M: {measure: Interval}}."""

    measures: Means
    readouts: Means
    medoid_gains: Means


@dataclass(frozen=True)
class BoxSummary:
    """All methods with one kind of box, and the first one's differences from each other one."""

    methods: dict[str, MethodSummary]
    reference: str
    differences: dict[str, Means] = field(default_factory=dict)


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


def _columns(rows: dict[int, list[dict[str, float]]], names: Sequence[str]) -> Columns:
    return {
        count: {name: np.array([row[name] for row in listed]) for name in names}
        for count, listed in rows.items()
    }


def summarize(values: dict[str, CaseValues], groups: Sequence[str], seed: int) -> BoxSummary:
    """Means, intervals and the first method's paired differences; groups: N patients."""
    reference = next(iter(values))
    differences = {
        name: _differences(values[reference], each)
        for name, each in values.items()
        if name != reference
    }

    def means(columns: Columns) -> Means:
        return _means(columns, groups, seed)

    return BoxSummary(
        methods={
            name: MethodSummary(
                measures=means(each.by_count),
                readouts=means(each.readouts),
                medoid_gains=means(_medoid_gains(each)),
            )
            for name, each in values.items()
        },
        reference=reference,
        differences={name: means(columns) for name, columns in differences.items()},
    )


def _differences(reference: CaseValues, other: CaseValues) -> Columns:
    return {
        count: {key: reference.by_count[count][key] - columns[key] for key in COMPARED}
        for count, columns in other.by_count.items()
    }


def _medoid_gains(values: CaseValues) -> Columns:
    return {
        count: {name: columns["medoid"] - columns[name] for name in GAINS_OVER}
        for count, columns in values.readouts.items()
    }


def _means(columns: Columns, groups: Sequence[str], seed: int) -> Means:
    """Every column's mean with its interval, all from the same draws of patients."""
    if not columns:
        return {}
    stacked = np.stack([each for named in columns.values() for each in named.values()], axis=1)
    intervals = iter(grouped_means(stacked, groups, seed))
    return {count: {name: next(intervals) for name in named} for count, named in columns.items()}
