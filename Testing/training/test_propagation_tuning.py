"""Recorded walks and the search for stopping rules, on numbers made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from MedSAMLib.images import Volume
from MedSAMLib.propagation import Carrying, SliceShape, StoppingRules
from MedSAMLib.sam import Masks
from training.propagation.objects import VolumeObject
from training.propagation.search import best_rules, mean_dice
from training.propagation.traces import (
    NEVER,
    Outcome,
    Step,
    Trace,
    boxes_everywhere,
    outcome,
    outcome_within_truth,
    trace,
)


def step(score: float, common: int, found: int, true: int) -> Step:
    return Step(SliceShape(float(found), (10.0, 10.0), score), common, found, true)


# Up: two true slices, then two beyond the object. Down: one true slice, lost at once.
WALK = Trace(
    name="object",
    group="patient",
    true=400,
    start=step(0.9, 100, 100, 100),
    walks=(
        [step(0.8, 100, 100, 100), step(0.8, 90, 100, 100), *[step(0.3, 0, 100, 0)] * 2],
        [step(0.2, 50, 100, 100)],
    ),
)


def test_without_stopping_everything_counts():
    assert outcome(WALK, NEVER) == Outcome(2 * 340 / (600 + 400), too_far=2, missed=0)


def test_rules_cut_walks_short():
    found = outcome(WALK, StoppingRules(least_score=0.5))
    assert found == Outcome(2 * 290 / (300 + 400), too_far=0, missed=1)


def test_perfect_stopping_ends_with_the_object():
    assert outcome_within_truth(WALK) == Outcome(2 * 340 / (400 + 400), too_far=0, missed=0)


def test_the_search_never_ends_below_its_start():
    start = StoppingRules(0.0, 1.0, 10.0, 3.0)
    best = best_rules([WALK], start)
    assert mean_dice([WALK], best) > mean_dice([WALK], start)


class BrightPixels:
    """Stands for a network: the mask is what is bright in the box."""

    def embed(self, image, window):
        return image

    def segment(self, embedding, box, **_):
        x0, y0, x1, y1 = np.round(box).astype(int)
        found = np.zeros(embedding.shape, bool)
        found[y0:y1, x0:x1] = embedding[y0:y1, x0:x1] > 0
        return Masks(found[None], found[None].astype(np.float32), np.array([0.9]))


@pytest.fixture
def cylinder() -> VolumeObject:
    """True in slices 2 to 7, bright one slice further on either side."""
    bright = np.zeros((10, 24, 24), np.int16)
    bright[1:9, 8:16, 8:16] = 1
    truth = bright > 0
    truth[[1, 8]] = False
    volume = Volume(array=bright, affine=np.diag([-1.0, -1.0, 1.0, 1.0]))
    return VolumeObject("cylinder", "patient", volume, truth)


def test_a_walk_is_recorded_beside_the_truth(cylinder):
    found = trace(BrightPixels(), cylinder, "axial", Carrying())
    assert found.true == 6 * 64
    assert (found.start.common, found.start.found, found.start.true) == (64, 64, 64)
    upwards, downwards = found.walks
    assert [each.true for each in upwards] == [64, 64, 64, 0, 0]
    assert [each.found for each in downwards] == [64, 64, 64, 0]
    assert outcome_within_truth(found).dice == 1
    assert outcome(found, StoppingRules()).too_far == 2


def test_boxes_on_every_slice_are_the_bound(cylinder):
    assert boxes_everywhere(BrightPixels(), cylinder, "axial") == 1


def test_extent_and_what_is_worth_following(cylinder):
    assert cylinder.extent("axial") == (2, 7)
    assert cylinder.extent("coronal") == (8, 15)
    assert cylinder.is_worth_following("axial")
    cylinder.truth[4:] = False
    assert not cylinder.is_worth_following("axial")
