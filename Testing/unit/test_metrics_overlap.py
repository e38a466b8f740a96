"""Dice, intersection over union, precision and recall by hand and by their properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from MedSAMLib import metrics
from MedSAMLib.errors import UsageError

OVERLAPS = (metrics.dice, metrics.iou, metrics.precision, metrics.recall)

PREDICTION = np.array([[1, 1, 0], [1, 1, 0]], bool)
REFERENCE = np.array([[0, 1, 1], [0, 0, 0]], bool)
EMPTY = np.zeros((2, 3), bool)


@st.composite
def mask_pairs(draw):
    shape = draw(npst.array_shapes(min_dims=2, max_dims=3, max_side=6))
    return draw(npst.arrays(bool, shape)), draw(npst.arrays(bool, shape))


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (metrics.dice, 2 / 6),
        (metrics.iou, 1 / 5),
        (metrics.precision, 1 / 4),
        (metrics.recall, 1 / 2),
    ],
)
def test_values_by_hand(metric, expected):
    assert metric(PREDICTION, REFERENCE) == pytest.approx(expected)


@pytest.mark.parametrize("metric", OVERLAPS)
def test_two_empty_masks_agree_and_one_empty_mask_does_not(metric):
    assert metric(EMPTY, EMPTY) == 1
    assert metric(PREDICTION, EMPTY) == 0
    assert metric(EMPTY, REFERENCE) == 0


def test_any_value_but_zero_is_inside():
    assert metrics.dice(PREDICTION * 255, PREDICTION * -0.5) == 1


@pytest.mark.parametrize("metric", OVERLAPS)
def test_masks_of_different_shapes_are_refused(metric):
    with pytest.raises(UsageError, match="shapes"):
        metric(EMPTY, EMPTY.T)


@given(mask_pairs())
def test_overlaps_are_bounded_and_symmetric(pair):
    first, second = pair
    assert all(0 <= metric(first, second) <= 1 for metric in OVERLAPS)
    assert metrics.dice(first, second) == metrics.dice(second, first)
    assert metrics.iou(first, second) == metrics.iou(second, first)
    assert metrics.precision(first, second) == metrics.recall(second, first)


@given(mask_pairs())
def test_dice_and_iou_tell_the_same(pair):
    overlap = metrics.iou(*pair)
    assert metrics.dice(*pair) == pytest.approx(2 * overlap / (1 + overlap))


@given(mask_pairs())
def test_a_mask_overlaps_itself_wholly(pair):
    assert all(metric(pair[0], pair[0]) == 1 for metric in OVERLAPS)
