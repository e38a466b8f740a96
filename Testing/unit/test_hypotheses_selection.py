"""Ranking, duplicates, agreement and consensus of a few small masks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from MedSAMLib.errors import MedSAMError, UsageError
from MedSAMLib.hypotheses import CONSENSUS_RULES, Hypotheses, run_length, selection


def bar(start: int, stop: int, length: int = 12) -> np.ndarray:
    """A mask of one row that is true from `start` to before `stop`."""
    columns = np.arange(length)[None]
    return (columns >= start) & (columns < stop)


def of(*masks: np.ndarray, method: str = "test") -> Hypotheses:
    count = len(masks)
    return Hypotheses(
        np.stack(masks),
        np.zeros((count, 4, 4), np.float32),
        np.linspace(0.9, 0.1, count, dtype=np.float32),
        method,
    )


def test_the_mask_in_the_middle_is_the_medoid():
    """IoU of 0..4 with 0..6 is 4/6, with 0..9 is 4/9; of 0..6 with 0..9 it is 6/9."""
    found = of(bar(0, 4), bar(0, 6), bar(0, 9))
    np.testing.assert_allclose(found.iou, [[1, 4 / 6, 4 / 9], [4 / 6, 1, 6 / 9], [4 / 9, 6 / 9, 1]])
    assert found.medoid == 1
    assert found.ranking.tolist() == [1, 0, 2]
    assert found.disagreement == pytest.approx(1 - (4 / 6 + 4 / 9 + 6 / 9) / 3)
    assert found.areas.tolist() == [4, 6, 9]


def test_equals_are_ranked_in_the_order_of_generation():
    assert of(bar(0, 4), bar(0, 4), bar(0, 4)).ranking.tolist() == [0, 1, 2]


def test_one_mask_agrees_with_itself():
    found = of(bar(2, 5))
    assert (found.medoid, found.disagreement, len(found)) == (0, 0, 1)
    assert found.duplicates.tolist() == [0]
    for rule in CONSENSUS_RULES:
        np.testing.assert_array_equal(found.consensus(rule), bar(2, 5))


def test_agreement_is_the_share_of_the_masks():
    found = of(bar(0, 2), bar(1, 3), bar(1, 3), bar(1, 2))
    assert found.agreement.dtype == np.float32
    np.testing.assert_allclose(found.agreement[0, :4], [0.25, 1, 0.5, 0])


def test_duplicates_name_the_first_of_their_kind():
    found = of(bar(0, 4), bar(6, 9), bar(0, 4), bar(6, 9), bar(0, 5))
    assert found.duplicates.tolist() == [0, 1, 0, 1, 4]


def test_near_duplicates_are_no_chain():
    """B is nearly A and C is nearly B, but not A: C is nobody's duplicate."""
    iou = np.array([[1, 0.99, 0.96], [0.99, 1, 0.99], [0.96, 0.99, 1]])
    assert selection.duplicates(iou).tolist() == [0, 0, 2]


def test_empty_masks_are_equal_and_their_consensus_is_empty():
    found = of(bar(0, 0), bar(0, 0))
    assert found.duplicates.tolist() == [0, 0]
    assert found.disagreement == 0
    assert not any(found.consensus(rule).any() for rule in CONSENSUS_RULES)


def test_consensus_by_hand():
    found = of(bar(0, 4), bar(2, 6), bar(2, 4), bar(3, 8))
    np.testing.assert_array_equal(found.consensus("union"), bar(0, 8))
    np.testing.assert_array_equal(found.consensus("intersection"), bar(3, 4))
    # Columns 2 and 3 have three and four votes; 0 and 1 have one, 4 and 5 have two: a tie is in.
    np.testing.assert_array_equal(found.consensus(), bar(2, 6))


def test_staple_trusts_those_who_agree():
    """Of five masks one is of another place altogether: STAPLE finds what the four see."""
    disc = np.hypot(*(np.indices((24, 24)) - 9)) < 6
    moved = [np.roll(disc, shift, axis=1) for shift in (-1, 0, 0, 1)]
    elsewhere = np.roll(disc, 8, axis=0)
    found = of(*moved, elsewhere).consensus("staple")
    np.testing.assert_array_equal(found, disc)


def test_staple_does_not_depend_on_the_background_shown():
    masks = np.stack([bar(3, 7), bar(3, 9), bar(4, 8)])
    wide = np.pad(masks, ((0, 0), (5, 30), (20, 2)))
    narrow = of(*masks).consensus("staple")
    np.testing.assert_array_equal(of(*wide).consensus("staple")[5:6, 20:-2], narrow)
    assert narrow.any()


def test_staple_of_masks_that_share_nothing():
    found = of(bar(0, 3), bar(5, 8)).consensus("staple")
    assert not (found & ~(bar(0, 3) | bar(5, 8))).any()


@given(npst.arrays(bool, st.tuples(st.integers(1, 6), st.integers(1, 5), st.integers(1, 5))))
@settings(max_examples=40, deadline=None)
def test_consensus_lies_between_intersection_and_union(masks):
    found = of(*masks)
    inner, outer = found.consensus("intersection"), found.consensus("union")
    for rule in ("majority", "staple"):
        agreed = found.consensus(rule)
        assert agreed.dtype == bool
        assert not (inner & ~agreed).any()
        assert not (agreed & ~outer).any()


@given(npst.arrays(bool, st.tuples(st.integers(1, 6), st.just(3), st.just(3))))
@settings(max_examples=40, deadline=None)
def test_every_derived_value_is_in_its_range(masks):
    found = of(*masks)
    assert sorted(found.ranking) == list(range(len(masks)))
    assert 0 <= found.disagreement <= 1
    assert (found.duplicates <= np.arange(len(masks))).all()
    np.testing.assert_array_equal(found.duplicates[found.duplicates], found.duplicates)
    assert ((found.agreement >= 0) & (found.agreement <= 1)).all()


def test_a_subset_stands_for_all():
    """Two clusters and a lone outlier: after the first comes the other cluster."""
    clusters = [bar(0, 4), bar(0, 5), bar(0, 4), bar(6, 10), bar(6, 9), bar(6, 10), bar(11, 12)]
    iou = of(*clusters).iou
    assert selection.diverse_subset(iou, 3, first=1).tolist() == [1, 3, 6]
    assert selection.diverse_subset(iou, 1).tolist() == [0]
    assert sorted(selection.diverse_subset(iou, 99)) == list(range(7))


def test_what_is_no_set_of_masks_is_refused():
    with pytest.raises(UsageError, match="bool"):
        Hypotheses(np.zeros((2, 4, 4)), np.zeros((2, 2, 2)), np.zeros(2), "test")
    with pytest.raises(UsageError, match="1 scores"):
        Hypotheses(np.zeros((2, 4, 4), bool), np.zeros((2, 2, 2)), np.zeros(1), "test")
    with pytest.raises(UsageError, match="no consensus 'vote'"):
        of(bar(0, 1)).consensus("vote")


@given(npst.arrays(bool, npst.array_shapes(min_dims=2, max_dims=2, max_side=9)))
@settings(max_examples=60)
def test_run_lengths_give_the_mask_again(mask):
    np.testing.assert_array_equal(run_length.decode(run_length.encode(mask), mask.shape), mask)


def test_run_lengths_by_hand():
    mask = np.array([[0, 1, 1], [1, 0, 0]], bool)
    assert run_length.encode(mask) == "2x3 1 3 2"
    assert run_length.encode(~mask) == "2x3 0 1 3 2"
    np.testing.assert_array_equal(run_length.decode("2x3 1 3 2"), mask)


@pytest.mark.parametrize(
    "text", ["1 3 2", "2x3 1 3", "2x3", "2x3 1 -3 8", "one", "2x3 1.5 4.5", "", "2x2 1 3"]
)
def test_run_lengths_that_are_none_are_refused(text):
    with pytest.raises(MedSAMError, match="run-length mask"):
        run_length.decode(text, (2, 3))


def test_only_slices_have_run_lengths():
    with pytest.raises(UsageError, match="2-D"):
        run_length.encode(np.zeros((2, 2, 2), bool))
