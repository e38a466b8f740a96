"""What propagation does when nothing stops it, slice by slice beside the truth.

Rules only cut a walk short, so one walk to the volume's ends serves every set of rules.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from MedSAMLib import SamModel
from MedSAMLib.default_window import default_window
from MedSAMLib.geometry import axis_plane, extract
from MedSAMLib.images import Volume
from MedSAMLib.prompts import Prompts, tight_box
from MedSAMLib.propagation import (
    Carrying,
    PropagationOptions,
    SliceShape,
    StoppingRules,
    propagate,
    refusal,
)
from MedSAMLib.propagation.walk import slice_shape
from training.propagation.objects import VolumeObject

NEVER = StoppingRules(
    least_score=-math.inf,
    largest_score_fall=math.inf,
    largest_area_ratio=math.inf,
    largest_growth=math.inf,
    least_share=0,
    largest_move=math.inf,
)


@dataclass(frozen=True)
class Step:
    """One slice: the mask's shape, and how many pixels are common, found and true."""

    shape: SliceShape
    common: int
    found: int
    true: int


@dataclass(frozen=True)
class Trace:
    """One object's walk: the prompted slice, the way up, the way down, and its true voxels."""

    name: str
    group: str
    true: int
    start: Step
    walks: tuple[list[Step], list[Step]] = field(default_factory=lambda: ([], []))


@dataclass(frozen=True)
class Outcome:
    """How a walk ended: Dice (K, J, I), slices gone too far, true slices not reached."""

    dice: float
    too_far: int
    missed: int


def trace(model: SamModel, item: VolumeObject, axis: str, carrying: Carrying) -> Trace:
    """Carry the tight box of the object's middle slice both ways to the volume's ends."""
    middle = sum(item.extent(axis)) // 2
    truth = _truth_volume(item)
    plane = axis_plane(truth, axis, middle)
    prompts = Prompts(box=tight_box(extract(truth, plane)))
    options = PropagationOptions(carrying=carrying, rules=NEVER)
    start, upwards, downwards = None, [], []
    for result in propagate(model, item.volume, axis, middle, prompts, options=options):
        plane = axis_plane(truth, axis, result.index)
        step = _step(result.mask, result.score, extract(truth, plane), plane.pixel_spacing)
        if result.direction == 0:
            start = step
        else:
            (upwards if result.direction > 0 else downwards).append(step)
    return Trace(item.name, item.group, int(item.truth.sum()), start, (upwards, downwards))


def outcome(found: Trace, rules: StoppingRules) -> Outcome:
    """What the rules make of a walk."""
    kept = [found.start]
    for walk in found.walks:
        kept.extend(walk[: _kept_count(found.start, walk, rules)])
    return _outcome_of(found, kept)


def outcome_within_truth(found: Trace) -> Outcome:
    """The walk cut where the true object ends: what perfect stopping would reach."""
    kept = [found.start]
    for walk in found.walks:
        kept.extend(step for step in walk if step.true)
    return _outcome_of(found, kept)


def boxes_everywhere(model: SamModel, item: VolumeObject, axis: str) -> float:
    """Dice of prompting every true slice with its own tight box: what the network can do."""
    truth, window = _truth_volume(item), default_window(item.volume)
    common = found = 0
    first, last = item.extent(axis)
    for index in range(first, last + 1):
        plane = axis_plane(truth, axis, index)
        true = extract(truth, plane)
        if not true.any():
            continue
        embedding = model.embed(extract(item.volume, plane), window=window)
        mask = model.segment(embedding, box=tight_box(true)).masks[0]
        common += np.count_nonzero(mask & true)
        found += np.count_nonzero(mask)
    return 2 * common / (found + np.count_nonzero(item.truth))


def _truth_volume(item: VolumeObject) -> Volume:
    return Volume(array=item.truth, affine=item.volume.affine)


def _step(mask: np.ndarray, score: float, true: np.ndarray, spacing: tuple[float, float]) -> Step:
    common, found, total = (np.count_nonzero(each) for each in (mask & true, mask, true))
    return Step(slice_shape(mask, score, spacing), common, found, total)


def _kept_count(start: Step, walk: list[Step], rules: StoppingRules) -> int:
    previous = start.shape
    for number, step in enumerate(walk):
        if refusal(start.shape, previous, step.shape, rules):
            return number
        previous = step.shape
    return len(walk)


def _outcome_of(found: Trace, kept: list[Step]) -> Outcome:
    common, pixels = sum(step.common for step in kept), sum(step.found for step in kept)
    true_slices = sum(step.true > 0 for walk in found.walks for step in walk) + 1
    kept_true = sum(step.true > 0 for step in kept)
    return Outcome(
        dice=2 * common / (pixels + found.true),
        too_far=len(kept) - kept_true,
        missed=true_slices - kept_true,
    )
