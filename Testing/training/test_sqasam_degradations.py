"""Graded errors: what each kind does, that it grows with its step, and that it repeats."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from MedSAMLib import metrics
from training.sqasam.degradations import KINDS, SEVERITIES, degrade

STEPS = range(1, len(SEVERITIES))


def ellipse(y=30, x=34, height=12, width=9, size=72) -> np.ndarray:
    rows, columns = np.ogrid[:size, :size]
    return ((rows - y) / height) ** 2 + ((columns - x) / width) ** 2 <= 1


@pytest.mark.parametrize("kind", KINDS)
def test_step_zero_is_the_true_mask(kind):
    np.testing.assert_array_equal(degrade(ellipse(), kind, 0, seed=1), ellipse())


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 99), y=st.integers(14, 56), x=st.integers(12, 58))
@settings(max_examples=8, deadline=None)
def test_every_step_is_worse_than_the_one_before(kind, seed, y, x):
    truth = ellipse(y, x)
    found = [metrics.dice(degrade(truth, kind, step, seed), truth) for step in STEPS]
    assert found[0] < 1
    assert all(later < earlier for earlier, later in itertools.pairwise(found))
    assert found[-1] < 0.72


@pytest.mark.parametrize("kind", KINDS)
def test_the_seed_alone_decides(kind):
    first, again = (degrade(ellipse(), kind, 3, seed=5) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    others = [degrade(ellipse(), kind, 3, seed=seed) for seed in range(6, 16)]
    if kind != "erosion":  # which has no freedom
        assert any((first != other).any() for other in others)


@pytest.mark.parametrize("kind", KINDS)
def test_small_objects_and_those_at_the_edge_are_not_lost(kind):
    dot = np.zeros((16, 16), bool)
    dot[0:3, 0:4] = True
    for step in STEPS:
        assert degrade(dot, kind, step, seed=0).any()


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_stays_nothing(kind):
    assert not degrade(np.zeros((8, 8), bool), kind, 4, seed=0).any()


def test_a_shift_keeps_the_shape():
    moved = degrade(ellipse(), "shift", 3, seed=2)
    assert moved.sum() == ellipse().sum()
    by = np.subtract(ndimage.center_of_mass(moved), ndimage.center_of_mass(ellipse()))
    assert np.hypot(*by) == pytest.approx(SEVERITIES[3] * ellipse().sum() ** 0.5, abs=1)


def test_erosion_and_missing_only_take_away():
    for kind in ("erosion", "missing"):
        spoilt = degrade(ellipse(), kind, 3, seed=2)
        assert not (spoilt & ~ellipse()).any()
    assert degrade(ellipse(), "missing", 4, 0).sum() == pytest.approx(0.4 * ellipse().sum(), abs=1)


def test_leak_and_merge_only_add_and_stay_in_one_piece():
    for kind in ("leak", "merge"):
        spoilt = degrade(ellipse(), kind, 3, seed=2)
        assert not (ellipse() & ~spoilt).any()
        assert ndimage.label(spoilt, np.ones((3, 3)))[1] == 1
    grown = degrade(ellipse(), "leak", 2, 0).sum() / ellipse().sum()
    assert grown == pytest.approx(1 + 1.5 * SEVERITIES[2], abs=0.01)


def test_merge_and_wrong_use_another_object_if_there_is_one():
    other, far = ellipse(30, 60, 6, 6), ellipse(64, 5, 4, 4)
    for kind in ("merge", "wrong"):
        spoilt = degrade(ellipse(), kind, 5, seed=3, others=[far, other])
        assert (spoilt & other).sum() > 0.9 * other.sum()
        assert not (spoilt & far).any()
