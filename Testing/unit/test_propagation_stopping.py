"""When carrying a mask from slice to slice ends, told with literal numbers."""

from __future__ import annotations

import numpy as np
import pytest

from MedSAMLib.propagation import SliceShape, StoppingRules, refusal
from MedSAMLib.propagation.walk import slice_shape

RULES = StoppingRules(
    least_score=0.4,
    largest_score_fall=0.3,
    largest_area_ratio=2.0,
    largest_growth=6.0,
    largest_move=1.0,
)
START = SliceShape(area=100.0, centroid=(50.0, 50.0), score=0.9)


def shape(area: float = 100.0, centroid=(50.0, 50.0), score: float = 0.9) -> SliceShape:
    return SliceShape(area, centroid, score)


def test_a_similar_mask_goes_on():
    assert refusal(START, START, shape(area=130, centroid=(52, 49), score=0.85), RULES) is None


def test_an_empty_mask_ends_it():
    assert refusal(START, START, shape(area=0), RULES) == "nothing was found there"


@pytest.mark.parametrize(("score", "goes_on"), [(0.61, True), (0.59, False)])
def test_confidence_may_fall_so_far_below_the_prompted_slices(score, goes_on):
    assert (refusal(START, START, shape(score=score), RULES) is None) is goes_on


def test_confidence_has_a_floor_of_its_own():
    modest = shape(score=0.5)
    assert refusal(modest, modest, shape(score=0.41), RULES) is None
    assert (
        refusal(modest, modest, shape(score=0.39), RULES) == "confidence fell to 0.39 (limit 0.40)"
    )


def test_confidence_that_is_not_a_number_ends_it():
    assert "confidence" in refusal(START, START, shape(score=float("nan")), RULES)


@pytest.mark.parametrize(
    ("area", "why"),
    [
        (199, None),
        (201, "the area grew 2.0 times from one slice to the next"),
        (51, None),
        (40, "the area shrank 2.5 times from one slice to the next"),
    ],
)
def test_area_is_compared_with_the_previous_slice(area, why):
    assert refusal(START, shape(area=100), shape(area=area), RULES) == why


def test_it_ends_where_only_a_dot_is_left_of_the_prompted_slice():
    start, before = shape(area=1000), shape(area=40)
    assert refusal(start, before, shape(area=31), RULES) is None
    why = "the area has shrunk to 3% of the prompted slice's"
    assert refusal(start, before, shape(area=29), RULES) == why


def test_slow_growth_is_not_a_jump():
    assert refusal(START, shape(area=400), shape(area=500), RULES) is None


def test_slow_growth_ends_where_the_mask_is_much_larger_than_the_prompted_one():
    why = "the area has grown to 6.1 times the prompted slice's"
    assert refusal(START, shape(area=590), shape(area=610), RULES) == why


def test_a_jump_is_measured_in_radii_of_the_previous_mask():
    previous = shape(area=np.pi * 10**2)
    assert refusal(START, previous, shape(np.pi * 10**2, (59.9, 50)), RULES) is None
    assert (
        refusal(START, previous, shape(np.pi * 10**2, (50, 60.1)), RULES)
        == "the mask jumped 10.1 mm sideways"
    )


def test_shape_is_in_millimeters():
    mask = np.zeros((6, 8), bool)
    mask[2:4, 1:5] = True
    assert slice_shape(mask, 0.7, (0.5, 2.0)) == SliceShape(8.0, (1.25, 5.0), 0.7)
    assert slice_shape(np.zeros((6, 8), bool), 0.1, (0.5, 2.0)).area == 0
