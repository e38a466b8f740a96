"""Measures of a score: values by hand, ties, what is undefined, and what chance would give."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from MedSAMLib import metrics
from MedSAMLib.errors import UsageError

NUMBERS = st.lists(st.integers(0, 4), min_size=2, max_size=6)


def test_correlations_by_hand():
    assert metrics.pearson([1, 2, 3], [1, 2, 4]) == pytest.approx(3 / math.sqrt(2 * 42 / 9))
    # Ranks 1, 2.5, 2.5, 4 (the tie shares its ranks) against 1, 2, 3, 4.
    assert metrics.spearman([1, 5, 5, 9], [0.1, 0.2, 0.3, 0.4]) == pytest.approx(4.5 / 22.5**0.5)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9)), min_size=3, max_size=12))
@settings(max_examples=20, deadline=None)
def test_correlations_and_auroc_are_those_of_scipy(pairs):
    score, quality = np.array(pairs, float).T
    if np.ptp(score) and np.ptp(quality):
        assert metrics.pearson(score, quality) == pytest.approx(stats.pearsonr(score, quality)[0])
        assert metrics.spearman(score, quality) == pytest.approx(stats.spearmanr(score, quality)[0])
    bad = quality < 5
    if bad.any() and not bad.all():
        wins = stats.mannwhitneyu(score[~bad], score[bad]).statistic
        found = metrics.auroc_below(score, quality, 5)
        assert found == pytest.approx(wins / bad.sum() / (~bad).sum())


def test_spearman_sees_order_alone_and_pearson_does_not():
    quality = np.linspace(0.1, 0.9, 9)
    assert metrics.spearman(quality**9, quality) == pytest.approx(1)
    assert metrics.pearson(quality**9, quality) < 0.8


@pytest.mark.parametrize("correlation", [metrics.pearson, metrics.spearman])
@pytest.mark.parametrize("pair", [([1, 1, 1], [1, 2, 3]), ([1, 2, 3], [4, 4, 4]), ([1], [2])])
def test_a_constant_side_has_no_correlation(correlation, pair):
    assert math.isnan(correlation(*pair))


def test_bottom_overlap_by_hand():
    score, quality = [1, 2, 3, 4, 5, 6, 7, 8], [2, 8, 1, 7, 3, 4, 5, 6]
    assert metrics.bottom_fraction_overlap(score, quality, 0.25) == 1 / 2  # rows 0, 1 and 0, 2
    assert metrics.bottom_fraction_overlap(score, quality, 0.5) == 2 / 4  # 0 1 2 3 and 0 2 4 5
    assert metrics.bottom_fraction_overlap(score, quality, 1) == 1


def test_the_bottom_set_is_rounded_half_up_and_never_empty():
    score, quality = [1, 2, 3, 4, 5, 6], [1, 3, 2, 4, 5, 6]
    assert metrics.bottom_fraction_overlap(score, quality, 0.25) == 1 / 2  # 1.5 becomes 2
    assert metrics.bottom_fraction_overlap(score, quality, 0.01) == 1


@given(NUMBERS, st.sampled_from([0.25, 0.5]))
@settings(max_examples=25, deadline=None)
def test_ties_of_the_score_count_as_the_mean_over_all_ways_of_breaking_them(score, fraction):
    quality = np.arange(len(score))[::-1] / len(score)
    size = max(1, int(fraction * len(score) + 0.5))
    orders = itertools.permutations(range(len(score)))
    worst = set(np.argsort(quality)[:size])
    valid = [o for o in orders if all(score[a] <= score[b] for a, b in itertools.pairwise(o))]
    expected = np.mean([len(worst & set(order[:size])) / size for order in valid])
    found = metrics.bottom_fraction_overlap(score, quality, fraction)
    assert found == pytest.approx(expected)


def test_a_random_score_finds_the_share_that_it_looks_at():
    rng = np.random.default_rng(0)
    found = [metrics.bottom_fraction_overlap(*rng.random((2, 80)), 0.25) for _ in range(400)]
    assert np.mean(found) == pytest.approx(0.25, abs=0.01)


def test_auroc_by_hand():
    # Bad are rows 0 and 2; of the four pairs (bad, good) one is right and one is tied.
    found = metrics.auroc_below([1, 2, 2, 0], [0.2, 0.9, 0.5, 0.7], 0.7)
    assert found == pytest.approx((1 + 0 + 0.5 + 0) / 4)


def test_a_quality_at_the_threshold_is_good():
    assert metrics.auroc_below([1, 2], [0.69, 0.7], 0.7) == 1


@pytest.mark.parametrize("quality", [[0.1, 0.2], [0.8, 0.9]])
def test_auroc_needs_both_kinds(quality):
    assert math.isnan(metrics.auroc_below([1, 2], quality, 0.7))


def test_risk_coverage_by_hand():
    curve = metrics.risk_coverage([3, 1, 2], [0.5, 0.0, 1.0])
    np.testing.assert_allclose(curve.coverage, [1 / 3, 2 / 3, 1])
    np.testing.assert_allclose(curve.risk, [0.5, 0.25, 0.5])
    assert curve.area == pytest.approx(1.25 / 3)
    assert curve.excess == pytest.approx((1.25 - (0 + 0.25 + 0.5)) / 3)


def test_risk_of_equal_scores_is_that_of_their_mean():
    curve = metrics.risk_coverage([1, 1, 1], [0.0, 0.5, 1.0])
    np.testing.assert_allclose(curve.risk, [0.5, 0.5, 0.5])


@given(NUMBERS, st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_the_order_of_the_rows_is_of_no_matter(score, random):
    quality = [random.random() for _ in score]
    rows = list(range(len(score)))
    random.shuffle(rows)
    for measure in (
        lambda s, q: metrics.bottom_fraction_overlap(s, q, 0.5),
        lambda s, q: metrics.auroc_below(s, q, 0.5),
        lambda s, q: metrics.risk_coverage(s, q).area,
    ):
        moved = measure([score[r] for r in rows], [quality[r] for r in rows])
        assert measure(score, quality) == pytest.approx(moved, nan_ok=True)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9))
def test_no_ranking_beats_the_true_one(quality):
    assert metrics.risk_coverage(quality, quality).excess == 0
    assert metrics.risk_coverage(np.negative(quality), quality).excess >= -1e-12


def test_what_has_no_score_enters_as_the_lowest():
    np.testing.assert_array_equal(metrics.bottom_first([0.4, np.nan, 0.2]), [0.4, 0, 0.2])
    np.testing.assert_array_equal(metrics.bottom_first([-2, np.nan]), [-2, -2])
    score = metrics.bottom_first([0.9, np.nan, 0.3, 0.8])
    assert metrics.bottom_fraction_overlap(score, [0.9, 0.0, 0.5, 0.8], 0.25) == 1


@pytest.mark.parametrize(
    "measure",
    [
        metrics.pearson,
        metrics.spearman,
        metrics.risk_coverage,
        lambda s, q: metrics.bottom_fraction_overlap(s, q, 0.5),
        lambda s, q: metrics.auroc_below(s, q, 0.5),
    ],
)
def test_what_cannot_be_ranked_is_refused(measure):
    with pytest.raises(UsageError, match="bottom_first"):
        measure([0.1, math.nan], [0.1, 0.2])
    with pytest.raises(UsageError, match="same length"):
        measure([0.1, 0.2, 0.3], [0.1, 0.2])


@pytest.mark.parametrize("fraction", [0, -0.1, 1.1])
def test_a_fraction_is_above_zero_and_at_most_one(fraction):
    with pytest.raises(UsageError, match="fraction"):
        metrics.bottom_fraction_overlap([1, 2], [1, 2], fraction)
