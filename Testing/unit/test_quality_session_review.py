"""The review list: order, filter, what comes next, and decisions that can be undone."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from MedSAMSlicerLib.quality.marking import segment_decisions
from MedSAMSlicerLib.quality.remaining import Remaining
from MedSAMSlicerLib.quality.review import Column, Review, slice_scores
from MedSAMSlicerLib.quality.rows import Decision, Row, with_decisions
from Testing.unit.quality_fakes import scored

ACCEPTED, FLAGGED, OPEN = Decision.ACCEPTED, Decision.FLAGGED, Decision.OPEN
scores = st.lists(st.one_of(st.floats(0, 1), st.just(math.nan)), max_size=12)


def rows(*values: float) -> list[Row]:
    """Rows of slices 0, 1, ... with these scores."""
    return [Row(scored(value, index), "a") for index, value in enumerate(values)]


def order(review: Review) -> list[int]:
    return [row.object.slice for row in review.shown]


@given(scores)
def test_the_worst_come_first_and_what_has_no_score_last(values):
    shown = [row.object.score for row in Review(rows(*values)).shown]
    there = [value for value in shown if not math.isnan(value)]
    assert there == sorted(there)
    assert all(math.isnan(value) for value in shown[len(there) :])
    assert len(shown) == len(values)


@given(scores, st.sampled_from(list(Column)))
def test_sorting_twice_turns_the_order_and_loses_nothing(values, column):
    review = Review(rows(*values))
    review.set_order(Column.OBJECT, False)
    review.sort(column)
    review.sort(column)
    assert sorted(order(review)) == list(range(len(values)))
    assert review.order == (column, column is not Column.OBJECT)


def test_the_list_is_cut_at_the_threshold_but_keeps_what_is_flagged():
    review = Review(rows(0.2, 0.9, 0.5, math.nan), threshold=0.6)
    review.set_only_below(True)
    assert order(review) == [0, 2]
    review.decide(("a", 1, 0), FLAGGED)
    assert order(review) == [0, 2, 1]
    review.set_threshold(0.3)
    assert order(review) == [0, 1]


def test_next_goes_through_the_low_ones_and_then_through_the_others():
    review = Review(rows(0.5, 0.9, 0.2, math.nan), threshold=0.6)
    visited = []
    while (row := review.next_open()) is not None and len(visited) < 9:
        visited.append(row.object.slice)
        review.select(row.key)
        review.decide(row.key, ACCEPTED)
    assert visited == [2, 0, 1]


def test_after_the_end_it_starts_again_at_what_was_passed_over():
    review = Review(rows(0.1, 0.2, 0.3), threshold=0.6)
    review.select(("a", 2, 0))
    assert review.next_open().object.slice == 0


def test_only_low_ends_when_all_low_ones_are_decided():
    review = Review(rows(0.1, 0.9), threshold=0.6)
    review.select(("a", 0, 0))
    review.decide(("a", 0, 0), FLAGGED)
    assert review.next_open(only_low=True) is None
    assert review.next_open().object.slice == 1


def test_previous_is_the_row_above():
    review = Review(rows(0.1, 0.2))
    assert review.previous() is None
    review.select(("a", 1, 0))
    assert review.previous().object.slice == 0


def test_a_decision_is_written_down_with_its_time_and_can_be_undone():
    review = Review(rows(0.1))
    row = review.decide(("a", 0, 0), FLAGGED, "leak", "into the vessel", "N")
    assert (row.reason, row.note, row.reviewer) == ("leak", "into the vessel", "N")
    assert row.time.endswith("+00:00")
    review.decide(("a", 0, 0), ACCEPTED, "leak")
    assert review.rows[0].reason == "", "an accepted object has no fault"
    review.undo()
    assert review.rows[0].reason == "leak"
    review.undo()
    assert review.rows[0].is_open
    assert review.undo() is None


@pytest.mark.parametrize(
    ("decisions", "expected"),
    [
        ([OPEN, OPEN, OPEN], OPEN),
        ([FLAGGED, ACCEPTED, ACCEPTED], FLAGGED),
        ([ACCEPTED, OPEN, OPEN], OPEN),
        ([ACCEPTED, ACCEPTED, OPEN], ACCEPTED),
        ([OPEN, OPEN, ACCEPTED], OPEN),
    ],
)
def test_a_segment_is_flagged_by_one_object_and_accepted_by_all_that_are_low(decisions, expected):
    found = [
        Row(each.object, "a", decision)
        for each, decision in zip(rows(0.1, 0.2, 0.9), decisions, strict=True)
    ]
    assert segment_decisions(found, 0.6) == {"a": expected}


def test_a_slice_has_its_lowest_score():
    found = [Row(scored(s, 4, number=n), "a") for n, s in enumerate((0.5, math.nan, 0.3))]
    assert slice_scores([*found, Row(scored(math.nan, 7), "a")]) == {
        4: 0.3,
        7: pytest.approx(math.nan, nan_ok=True),
    }
    review = Review(found)
    assert review.worst_of_slice(4).object.score == 0.3
    assert review.worst_of_slice(4, "b") is None


def test_decisions_stay_with_objects_that_are_as_they_were():
    before = [Row(scored(0.1), "a", FLAGGED, "leak"), Row(scored(0.2, 1), "a", ACCEPTED)]
    other = scored(0.9, 1)
    changed = Row(type(other)(**{**vars(other), "area": 90}), "a")
    after = with_decisions([Row(scored(0.3), "a"), changed], before)
    assert (after[0].decision, after[0].object.score) == (FLAGGED, 0.3)
    assert after[1].is_open


def test_the_time_that_is_left_follows_the_pace_after_the_first_part():
    times = iter([10.0, 12.0, 16.0])
    remaining = Remaining(lambda: next(times))
    remaining.told(0, 9)
    assert remaining.seconds_left is None
    remaining.told(1, 9)
    remaining.told(2, 9)
    assert remaining.seconds_left == pytest.approx(14)
    remaining.told(3, 9)
    assert remaining.seconds_left == pytest.approx(18)
