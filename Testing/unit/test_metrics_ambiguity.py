"""Measures of several masks against several readers, by hand and by their properties."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from MedSAMLib import metrics
from MedSAMLib.errors import UsageError
from MedSAMLib.metrics import ambiguity

# Four pixels, one letter each: |A & B| = 1, |A or B| = 3.
A = np.array([[1, 1], [0, 0]], bool)
B = np.array([[0, 1], [0, 1]], bool)
NOTHING = np.zeros((2, 2), bool)
ALL = np.ones((2, 2), bool)

AGAINST_READERS = (
    metrics.ged,
    metrics.dice_of_majority,
    metrics.dice_max,
    metrics.dice_match,
    metrics.hm_iou,
    metrics.collective_insight,
)


def stack(*masks: np.ndarray) -> np.ndarray:
    return np.stack(masks)


@st.composite
def sets_of_masks(draw, count: int = 2):
    shape = draw(npst.array_shapes(min_dims=2, max_dims=2, max_side=4))
    sizes = [draw(st.integers(1, 4)) for _ in range(count)]
    return [draw(npst.arrays(bool, (size, *shape))) for size in sizes]


def test_every_pair_of_two_sets():
    iou = metrics.pairwise_iou(stack(A, B, NOTHING), stack(A, NOTHING))
    np.testing.assert_allclose(iou, [[1, 0], [1 / 3, 0], [0, 1]])
    dice = metrics.pairwise_dice(stack(A, B, NOTHING), stack(A, NOTHING))
    np.testing.assert_allclose(dice, [[1, 0], [1 / 2, 0], [0, 1]])


@given(sets_of_masks())
@settings(max_examples=30)
def test_every_pair_equals_the_measure_of_two_masks(sets):
    first, second = sets
    for pairs, single in (
        (metrics.pairwise_iou, metrics.iou),
        (metrics.pairwise_dice, metrics.dice),
    ):
        expected = [[single(a, b) for b in second] for a in first]
        np.testing.assert_allclose(pairs(first, second), expected)


def test_ged_by_hand():
    """Distances: A-A 0, B-A 2/3, A-B 2/3, B-B 0; the readers' own 2/3 for two pairs of four.

    One prediction A, readers A and B: 2 (0 + 2/3) / 2 - 0 - (2 * 2/3) / 4 = 1/3.
    """
    assert metrics.ged(stack(A), stack(A, B)) == pytest.approx(1 / 3)
    assert metrics.ged(stack(A), stack(B)) == pytest.approx(4 / 3)
    assert metrics.ged(stack(A), stack(~A)) == pytest.approx(2)


def test_ged_falls_when_the_diversity_is_the_readers():
    readers = stack(A, A, B, B)
    assert metrics.ged(stack(A, B), readers) < metrics.ged(stack(A, A), readers)


@pytest.mark.parametrize("readers", [stack(A), stack(A, B), stack(A, B, NOTHING), stack(NOTHING)])
def test_readers_stand_for_themselves(readers):
    assert metrics.ged(readers, readers) == pytest.approx(0, abs=1e-12)
    assert metrics.dice_max(readers, readers, per="reader") == 1
    assert metrics.dice_max(readers, readers, per="prediction") == 1
    assert metrics.dice_match(readers, readers) == 1
    assert metrics.hm_iou(readers, readers) == 1
    assert metrics.collective_insight(readers, readers) == pytest.approx(1)


def test_repeating_masks_changes_no_distribution():
    once, readers = stack(A, ALL), stack(A, B, NOTHING)
    twice = np.concatenate((once, once))
    assert metrics.ged(twice, readers) == pytest.approx(metrics.ged(once, readers))
    assert metrics.hm_iou(twice, readers) == pytest.approx(metrics.hm_iou(once, readers))


def test_empty_readers_are_kept_or_dropped():
    """Kept: 2 (0 + 1) / 2 - 0 - (1 + 1) / 4 = 1/2. Dropped, the prediction is the reader."""
    readers = stack(A, NOTHING)
    assert metrics.ged(stack(A), readers, empty="keep") == pytest.approx(1 / 2)
    assert metrics.ged(stack(A), readers, empty="drop") == 0
    for measure in AGAINST_READERS[1:]:
        assert measure(stack(A), readers, empty="drop") == pytest.approx(1)
    assert metrics.dice_of_majority(stack(A), readers, empty="keep") == pytest.approx(1 / 2)
    assert metrics.dice_max(stack(A), readers, per="reader", empty="keep") == pytest.approx(1 / 2)


def test_an_empty_prediction_is_right_of_an_empty_reader():
    assert metrics.ged(stack(NOTHING), stack(NOTHING, NOTHING)) == 0
    assert metrics.dice_of_majority(stack(NOTHING), stack(NOTHING, A)) == pytest.approx(1 / 2)
    assert metrics.ged(stack(NOTHING), stack(A)) == 2


@pytest.mark.parametrize("measure", AGAINST_READERS)
def test_without_any_reader_left_nothing_is_measured(measure):
    assert math.isnan(measure(stack(A), stack(NOTHING), empty="drop"))
    assert math.isnan(measure(stack(A), np.zeros((0, 2, 2), bool)))


def test_majority_ties_are_foreground():
    """Of A and B the pixels of either have one vote of two: the vote is their union of three."""
    union = A | B
    expected = (metrics.dice(union, A) + metrics.dice(union, ALL)) / 2
    assert expected == pytest.approx((4 / 5 + 6 / 7) / 2)
    assert metrics.dice_of_majority(stack(A, B), stack(A, ALL)) == pytest.approx(expected)


def test_majority_of_three_needs_two():
    assert metrics.dice_of_majority(stack(A, B, NOTHING), stack(A & B)) == 1


def test_dice_max_asks_each_prediction_or_each_reader():
    """Dice of A with A, B is 1 and 1/2: a prediction's best is 1, the readers' 1 and 1/2."""
    assert metrics.dice_max(stack(A, A), stack(A, B), per="prediction") == 1
    assert metrics.dice_max(stack(A, A), stack(A, B), per="reader") == pytest.approx(3 / 4)


def test_dice_match_gives_each_reader_a_mask_of_its_own():
    """Greedy matching would take A for A (1) and leave ALL for B; so does the best one."""
    one, half = metrics.dice(A, A), metrics.dice(ALL, B)
    assert metrics.dice_match(stack(ALL, A), stack(A, B)) == pytest.approx((one + half) / 2)
    assert half == pytest.approx(2 / 3)
    # One prediction for two readers: only the better pair counts.
    assert metrics.dice_match(stack(A), stack(B, A)) == 1


def test_hm_iou_repeats_both_sets_to_the_least_common_multiple():
    """Of 2 predictions and 3 readers 6 pairs: three of A meet A, A, B; three of B meet B, A, B.

    Readers A, A, B are repeated twice, so 4 of A and 2 of B: three A-A, one B-A, two B-B.
    """
    expected = (3 * 1 + 1 / 3 + 2 * 1) / 6
    assert metrics.hm_iou(stack(A, B), stack(A, A, B)) == pytest.approx(expected)


def test_diversity_counts_pairs_of_a_mask_with_itself():
    assert metrics.diversity(stack(A)) == 0
    assert metrics.diversity(stack(A, B)) == pytest.approx(2 * (2 / 3) / 4)


def test_collective_insight_by_hand():
    """One prediction A, readers A and B: S = 2 of the 3 marked pixels; D = 1; the readers'
    diversity is 1/2 (smallest and greatest) against 0, so A = 1/2.
    """
    sensitivity, best, alike = 2 / 3, 1, 1 / 2
    expected = 3 * sensitivity * best * alike / (sensitivity + best + alike)
    assert metrics.collective_insight(stack(A), stack(A, B)) == pytest.approx(expected)


@given(sets_of_masks(), st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_nobody_is_first(sets, random):
    """Neither the readers' nor the predictions' order matters."""
    predicted, readers = sets
    order = random.sample(range(len(readers)), len(readers))
    reverse = list(range(len(predicted)))[::-1]
    for measure in AGAINST_READERS:
        moved = measure(predicted[reverse], readers[order])
        assert moved == pytest.approx(measure(predicted, readers), nan_ok=True)


@given(sets_of_masks())
@settings(max_examples=30)
def test_every_measure_stays_in_its_range(sets):
    predicted, readers = sets
    assert -1e-9 <= metrics.ged(predicted, readers) <= 2
    for measure in AGAINST_READERS[1:]:
        assert 0 <= measure(predicted, readers) <= 1 + 1e-9


@given(sets_of_masks(), st.data())
@settings(max_examples=30)
def test_a_part_of_a_comparison_is_the_comparison_of_the_parts(sets, data):
    predicted, readers = sets
    chosen = data.draw(st.lists(st.integers(0, len(predicted) - 1), min_size=1, max_size=5))
    part = metrics.Comparison.of(predicted, readers).part(chosen, [0])
    masks, reader = predicted[chosen], readers[:1]
    assert part.ged() == pytest.approx(metrics.ged(masks, reader))
    assert part.hm_iou() == pytest.approx(metrics.hm_iou(masks, reader))
    assert part.diversity() == pytest.approx(metrics.diversity(masks))
    insight = metrics.collective_insight(masks, reader, empty="drop")
    assert part.against("drop").collective_insight() == pytest.approx(insight, nan_ok=True)


def test_large_sets_are_counted_exactly():
    """float32 sums would be off by one here, were they not sums of whole numbers below 2**24."""
    mask = np.zeros((1, 1500, 1500), bool)
    mask[0, :1499, 1:] = True
    other = mask.copy()
    other[0, 0, 1] = False
    assert metrics.pairwise_iou(mask, other)[0, 0] == 1 - 1 / 1499**2


@pytest.mark.parametrize(
    ("masks", "readers", "told"),
    [
        (np.zeros((0, 2, 2), bool), stack(A), "no mask to compare"),
        (A, stack(A), "shapes"),
        (stack(A), np.zeros((1, 3, 2), bool), "shapes"),
    ],
)
def test_sets_that_cannot_be_compared_are_refused(masks, readers, told):
    with pytest.raises(UsageError, match=told):
        metrics.ged(masks, readers)


def test_unknown_choices_are_refused():
    with pytest.raises(UsageError, match="keep"):
        metrics.ged(stack(A), stack(A), empty="ignore")
    with pytest.raises(UsageError, match="reader"):
        metrics.dice_max(stack(A), stack(A), per="rater")


def test_the_measures_are_public():
    for name in ("pairwise_iou", "ged", "hm_iou", "collective_insight"):
        assert getattr(metrics, name) is getattr(ambiguity, name)
