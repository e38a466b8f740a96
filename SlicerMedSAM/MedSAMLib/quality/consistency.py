"""How a segment changes from slice to slice: jumps and gaps are where to look.

A structure of the body changes little between neighboring slices. This needs no judge and no
image, and sees what the slice-wise score cannot: a slice that was forgotten.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from scipy import ndimage

from ..metrics import dice
from .baselines import robust_z
from .label_maps import LabelMap, Names, as_label_map
from .slices import slice_stack

SMOOTH, JUMP, GAP = "smooth", "jump", "gap"
# A step is a jump where its Dice is so far below the segment's usual, in robust deviations,
# and low in itself: thin structures overlap little from slice to slice everywhere.
JUMP_Z = -3.5
JUMP_DICE = 0.6
_LEAST_SPREAD = 0.03  # of Dice; smaller differences are none


@dataclass(frozen=True)
class Step:
    """One segment between two slices that follow each other.

    Attributes:
        label, name: the segment's.
        first, second: slices; they are neighbors, except around a gap.
        dice: overlap of the two masks, 0..1; nan across a gap.
        area_ratio: area in the second over area in the first.
        shift: distance of the two centroids in mm, within the slice.
        flag: "smooth", "jump", or "gap" where slices between them lack the segment.
    """

    label: int
    name: str
    first: int
    second: int
    dice: float
    area_ratio: float
    shift: float
    flag: str


def consistency_steps(
    labels: np.ndarray,
    affine: np.ndarray | None = None,
    *,
    shape: tuple[int, ...] | None = None,
    axis: str = "auto",
    names: Names = None,
    only_labels: Iterable[int] | None = None,
) -> list[Step]:
    """All steps of all segments, by label and slice.

    labels: (K, J, I) whole numbers, or (C, K, J, I) masks; then `shape` (K, J, I) may be left
    out too. The other arguments are those of `assess`.
    """
    labels = np.asarray(labels)
    grid = tuple(shape or (labels.shape if labels.ndim == 3 else labels.shape[1:]))
    stack = slice_stack(np.broadcast_to(np.uint8(0), grid), labels.shape, affine, axis)
    label_map = as_label_map(labels, stack.grid, stack.array_axis, names, only_labels)
    return steps_of(label_map, stack.pixel_spacing)


def steps_of(labels: LabelMap, spacing: tuple[float, float]) -> list[Step]:
    """The steps of a label map whose pixels have the spacing (y, x) in mm."""
    found: dict[int, list[tuple[int, np.ndarray]]] = {number: [] for number in labels.numbers}
    for index in labels.occupied_slices():
        for number, mask in labels.masks(index).items():
            found[number].append((index, mask))
    return [
        step
        for number, masks in found.items()
        for step in _segment_steps(number, labels.names[number], masks, spacing)
    ]


def _segment_steps(
    label: int, name: str, masks: list[tuple[int, np.ndarray]], spacing: tuple[float, float]
) -> list[Step]:
    steps = [_step(label, name, *before, *after, spacing) for before, after in pairwise(masks)]
    overlaps = np.array([step.dice for step in steps if step.flag != GAP])
    unusual = iter(robust_z(overlaps, _LEAST_SPREAD))
    return [step if step.flag == GAP else _flagged(step, next(unusual)) for step in steps]


def _step(label, name, first, before, second, after, spacing) -> Step:
    is_gap = second > first + 1
    centers = np.array([ndimage.center_of_mass(mask) for mask in (before, after)])
    return Step(
        label=label,
        name=name,
        first=first,
        second=second,
        dice=math.nan if is_gap else dice(before, after),
        area_ratio=float(after.sum() / before.sum()),
        shift=float(np.linalg.norm((centers[1] - centers[0]) * spacing)),
        flag=GAP if is_gap else SMOOTH,
    )


def _flagged(step: Step, z: float) -> Step:
    is_jump = step.dice < JUMP_DICE and (z < JUMP_Z or step.dice == 0)
    return replace(step, flag=JUMP) if is_jump else step
