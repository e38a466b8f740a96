"""The grouped bootstrap: what it estimates, what it resamples, and that it repeats."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.bootstrap import grouped_mean, grouped_means, grouped_spearman


def test_equal_values_leave_no_uncertainty():
    interval = grouped_mean([0.5] * 6, list("aabbcc"))
    assert (interval.value, interval.low, interval.high) == pytest.approx((0.5, 0.5, 0.5))


def test_the_interval_of_independent_values_is_that_of_the_normal_approximation(rng):
    values = rng.normal(10, 2, size=400)
    interval = grouped_mean(values, [str(n) for n in range(400)], resamples=4000)
    half = 1.96 * values.std() / math.sqrt(400)
    assert interval.value == pytest.approx(values.mean())
    assert (interval.low, interval.high) == pytest.approx(
        (values.mean() - half, values.mean() + half), abs=0.02
    )


def test_copies_within_a_group_do_not_narrow_the_interval(rng):
    values = rng.random(30)
    names = [str(n) for n in range(30)]
    once = grouped_mean(values, names)
    tenfold = grouped_mean(np.repeat(values, 10), np.repeat(names, 10))
    assert (tenfold.low, tenfold.high) == pytest.approx((once.low, once.high))


def test_many_columns_are_done_as_each_alone(rng):
    columns, names = rng.random((12, 3)), list("aabbbcccddef")
    expected = [grouped_mean(column, names, seed=3) for column in columns.T]
    together = grouped_means(columns, names, seed=3)
    assert [e.value for e in expected] == pytest.approx([each.value for each in together])
    assert [e.low for e in expected] == pytest.approx([each.low for each in together])
    assert [e.high for e in expected] == pytest.approx([each.high for each in together])


def test_a_group_weighs_as_many_values_as_it_has():
    assert grouped_mean([1, 1, 1, 0], list("aaab")).value == 0.75


@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from("abcd")), min_size=1, max_size=20))
def test_the_interval_holds_the_value_range_and_repeats(rows):
    values, groups = zip(*rows, strict=True)
    interval = grouped_mean(values, groups, seed=3, resamples=50)
    assert min(values) - 1e-9 <= interval.low <= interval.high <= max(values) + 1e-9
    assert interval == grouped_mean(values, groups, seed=3, resamples=50)


def test_spearman_of_a_monotone_relation_is_one(rng):
    values = rng.random(40)
    groups = [str(n // 4) for n in range(40)]
    interval = grouped_spearman(values, np.exp(values), groups, resamples=100)
    assert (interval.value, interval.low, interval.high) == pytest.approx((1, 1, 1))
    assert grouped_spearman(values, -values, groups, resamples=100).value == pytest.approx(-1)


def test_spearman_agrees_with_scipy_on_ties(rng):
    stats = pytest.importorskip("scipy.stats")
    first, second = rng.integers(0, 5, size=(2, 60))
    expected = stats.spearmanr(first, second).statistic
    groups = [str(n) for n in range(60)]
    assert grouped_spearman(first, second, groups, resamples=10).value == pytest.approx(expected)


def test_spearman_of_a_constant_is_not_defined():
    interval = grouped_spearman([1, 1, 1], [1, 2, 3], list("abc"), resamples=10)
    assert math.isnan(interval.value)
    assert math.isnan(interval.low)
