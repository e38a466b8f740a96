"""Confidence, shape, and change from slice to slice: measures that need no judge."""

from __future__ import annotations

import math

import numpy as np
import pytest

from MedSAMLib import UsageError
from MedSAMLib.quality.baselines import (
    model_confidence,
    robust_z,
    shape_of,
    soft_dice_confidence,
    unusual_objects,
)
from MedSAMLib.quality.combining import combined
from MedSAMLib.quality.consistency import consistency_steps
from MedSAMLib.quality.objects import find_objects
from Testing.unit.quality_judges import disc

FOREGROUND = np.array([[0.9, 0.6], [0.2, 0.0]])


def test_confidence_is_the_mean_of_the_largest_probability():
    assert model_confidence(FOREGROUND) == pytest.approx((0.9 + 0.6 + 0.8 + 1.0) / 4)
    softmax = np.stack([1 - FOREGROUND, FOREGROUND])
    assert model_confidence(softmax) == pytest.approx(model_confidence(FOREGROUND))
    three = np.array([0.5, 0.3, 0.2]).reshape(3, 1, 1)
    assert model_confidence(three) == 0.5


def test_soft_dice_confidence_is_the_dice_that_the_network_expects():
    mask = FOREGROUND > 0.5
    assert soft_dice_confidence(FOREGROUND, mask) == pytest.approx(2 * 1.5 / (1.7 + 2))
    assert soft_dice_confidence(mask.astype(float), mask) == 1
    assert soft_dice_confidence(FOREGROUND, np.zeros((2, 2), bool)) == 0
    assert math.isnan(soft_dice_confidence(np.zeros((2, 2)), np.zeros((2, 2), bool)))


@pytest.mark.parametrize("given", [np.array([[1.2]]), np.array([[np.nan]]), np.zeros((0, 2))])
def test_what_is_no_probability(given):
    with pytest.raises(UsageError, match="from 0 to 1"):
        model_confidence(given)


def test_probabilities_on_another_grid():
    with pytest.raises(UsageError, match="the mask has"):
        soft_dice_confidence(FOREGROUND, np.zeros((3, 2), bool))


def test_the_shape_of_a_rectangle():
    mask = np.zeros((20, 20), bool)
    mask[2:6, 3:15] = True
    (found,) = find_objects(mask)
    log_area, solidity, log_elongation = shape_of(found)
    assert (math.exp(log_area), solidity) == pytest.approx((48, 1))
    assert math.exp(log_elongation) == pytest.approx(3)


def test_even_one_pixel_has_a_shape():
    (found,) = find_objects(np.eye(1, dtype=bool))
    assert shape_of(found) == pytest.approx((0, 1, 0), abs=1e-9)


def test_the_odd_one_out():
    discs = [find_objects(disc((20, 20), r, (41, 41)))[0] for r in (8, 8, 8, 9, 9, 9)]
    line = np.zeros((41, 41), bool)
    line[20, 5:35] = True
    scores = unusual_objects([*discs, *find_objects(line)])
    assert max(each.worst for each in scores[:-1]) < 3.5 < scores[-1].elongation
    assert unusual_objects([]) == []


def test_of_few_objects_none_is_unusual():
    scores = unusual_objects([find_objects(disc((20, 20), r, (41, 41)))[0] for r in (3, 15)])
    assert all(math.isnan(each.worst) for each in scores)


def test_robust_z_by_hand():
    # median 3, absolute deviations 2 1 0 1 97: their median is 1
    z = robust_z(np.array([1.0, 2, 3, 4, 100]), least_spread=0.1)
    np.testing.assert_allclose(z, np.array([-2, -1, 0, 1, 97]) / 1.4826)


def test_a_combination_is_a_mean_of_what_there_is():
    weights = {"a": 1.0, "b": 3.0, "c": 0.0}
    assert combined({"a": 0.2, "b": 0.6, "c": 0.9}, weights) == pytest.approx(0.5)
    assert combined({"a": 0.2, "b": math.nan}, weights) == 0.2
    assert math.isnan(combined({"c": 0.9}, weights))


def barrel() -> np.ndarray:
    """(12, 40, 40): the same disc in every slice."""
    return np.stack([disc((20, 20), 9, (40, 40))] * 12).astype(int)


def test_a_barrel_changes_nowhere():
    steps = consistency_steps(barrel())
    assert [(s.first, s.second) for s in steps] == [(n, n + 1) for n in range(11)]
    assert {(s.dice, s.area_ratio, s.shift, s.flag) for s in steps} == {(1, 1, 0, "smooth")}


def test_a_slice_that_lies_elsewhere_is_a_jump():
    labels = barrel()
    labels[5] = np.roll(labels[5], (6, 8), axis=(0, 1))
    steps = consistency_steps(labels, np.diag([0.5, 0.5, 3, 1]))
    assert [(s.first, s.second) for s in steps if s.flag == "jump"] == [(4, 5), (5, 6)]
    assert steps[4].shift == pytest.approx(5)  # 10 pixels of 0.5 mm


def test_a_forgotten_slice_is_a_gap():
    labels = barrel()
    labels[5:7] = 0
    (gap,) = [each for each in consistency_steps(labels, names=["Rod"]) if each.flag == "gap"]
    assert (gap.name, gap.first, gap.second) == ("Rod", 4, 7)
    assert math.isnan(gap.dice)
