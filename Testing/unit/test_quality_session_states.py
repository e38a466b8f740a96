"""The session of the review, without Slicer: what it says, computes, shows and keeps."""

from __future__ import annotations

import pytest

from MedSAMLib.metrics import dice
from MedSAMSlicerLib.quality import jobs
from MedSAMSlicerLib.quality.ports import Request
from MedSAMSlicerLib.quality.rows import Decision
from MedSAMSlicerLib.quality.status import Stage
from MedSAMSlicerLib.quality.suggestions import Answer, Suggested
from Testing.unit.quality_fakes import SQUARE, Bench, image, masks


@pytest.fixture
def bench():
    return Bench()


@pytest.fixture
def session(bench):
    return bench.session


def test_it_says_what_is_missing(session):
    assert session.status.stage is Stage.READY
    session.set_subject("volume", "map", is_label_map=True)
    assert session.status.stage is Stage.LABEL_MAP
    session.set_subject("volume", "")
    assert session.status.stage is Stage.NO_SEGMENTATION
    session.set_subject("", "")
    assert session.status.stage is Stage.NO_VOLUME
    assert not session.can_run


def test_without_the_network_a_kept_review_can_be_read(bench, session):
    bench.judge()
    rows, report = bench.scene.kept
    other = Bench()
    other.session.enter(False)
    assert other.session.status.stage is Stage.NO_NETWORK
    other.session.restore(rows, report)
    assert other.session.status.stage is Stage.REVIEW
    other.session.select(other.session.review.shown[0])
    other.work()
    assert other.scene.outlines.given.any()
    assert other.scene.outlines.box is None


def test_scores_are_the_agreement_with_the_judges_masks(bench, session):
    bench.judge()
    worst = session.review.shown[0].object
    truth = image()[0] > 100
    truth[20:] = False
    assert (worst.slice, worst.label, worst.name) == (3, 1, "Segment a")
    assert worst.dice_point == pytest.approx(dice(masks()["a"][3], truth))
    assert [row.object.score for row in session.review.shown[1:]] == [1.0] * 11
    assert session.status.stage is Stage.REVIEW
    assert set(bench.scene.colors) == {"a", "b"}
    assert bench.scene.colors["b"] == 1 > bench.scene.colors["a"]
    assert len(bench.scene.kept[0]) == 12


def test_the_worst_is_shown_with_the_judges_outlines(bench, session):
    bench.judge()
    assert bench.scene.went_to == [(0, 3, (10, 7, 20, 15))]
    shown = bench.scene.outlines
    assert (shown.given == masks()["a"][3]).all()
    assert shown.point[SQUARE].all()
    session.set_outlined(False)
    assert bench.scene.outlines is None


def test_progress_is_told_slice_by_slice(bench, session):
    told = []
    session.changed.connect(lambda: told.append((session.status.stage, session.status.done)))
    bench.judge()
    assert (Stage.LOADING, 0) in told
    assert [done for stage, done in told if stage is Stage.JUDGING] == [0, 1, 2, 3, 4, 5, 6]


def test_a_cancelled_run_leaves_everything_as_it_was(bench, session):
    session.run(Request())
    session.bench.cancel()
    assert session.status.stage is Stage.CANCELLED
    bench.work()
    assert session.report is None
    assert bench.scene.kept == ()
    session.bench.retry()
    assert session.status.stage is Stage.READY


def test_another_segmentation_gives_up_the_run(bench, session):
    session.run(Request())
    session.set_subject("volume", "other")
    bench.work()
    assert session.report is None
    assert session.status.stage is Stage.READY


def test_what_cannot_be_read_is_told_in_its_sentence(bench, session):
    bench.scene.error = "The segments are empty."
    session.run(Request())
    assert (session.status.stage, session.status.detail) == (
        Stage.FAILED,
        "The segments are empty.",
    )
    session.bench.retry()
    assert session.status.stage is Stage.READY


def test_leaving_shows_nothing_and_gives_the_colors_back(bench, session):
    bench.judge()
    session.leave()
    assert bench.scene.outlines is None
    assert bench.scene.colors == {}
    session.enter(True)
    assert set(bench.scene.colors) == {"a", "b"}
    bench.work()
    assert bench.scene.outlines.box is not None


class TestPartsJudgedAnew:
    """What was not judged now stays in the list."""

    def test_one_slice(self, bench, session):
        bench.judge()
        session.decide(Decision.FLAGGED, "leak")
        bench.scene.segments["a"][4] = bench.scene.segments["a"][3]
        bench.judge(Request(slices=(4, 4)))
        rows = {(row.segment_id, row.object.slice): row for row in session.review.rows}
        assert len(rows) == 12
        assert rows["a", 4].object.score < 0.7
        assert rows["a", 3].decision is Decision.FLAGGED
        assert session.report.segments[0].objects == 6

    def test_one_segment_that_has_another_place_now(self, bench, session):
        bench.judge()
        before = {row.segment_id: row.object.score for row in session.review.rows}
        segments = bench.scene.segments
        bench.scene.segments = {"new": segments["b"], **segments}
        bench.judge(Request(segment_ids=("b",)))
        after = {row.segment_id: row.object.label for row in session.review.rows}
        assert after == {"a": 2, "b": 3}
        assert len(session.review.rows) == 12
        assert before["b"] == 1
        assert [each.label for each in session.report.segments] == [2, 3]

    def test_a_segment_that_is_gone(self, bench, session):
        bench.judge()
        del bench.scene.segments["b"]
        bench.judge()
        assert {row.segment_id for row in session.review.rows} == {"a"}

    def test_other_settings_start_a_new_list(self, bench, session):
        bench.judge()
        other = Request(slices=(0, 0), settings=type(Request().settings)(reduction="mean"))
        bench.judge(other)
        assert {row.object.slice for row in session.review.rows} == {0}


class TestDecisions:
    """They set tags and are kept; nothing else is touched."""

    def test_a_flag_is_marked_and_kept(self, bench, session):
        bench.judge()
        session.decide(Decision.FLAGGED, "leak", "here", "N")
        assert bench.scene.marks == {"a": Decision.FLAGGED, "b": Decision.OPEN}
        assert [row.reason for row in bench.scene.kept[0] if not row.is_open] == ["leak"]
        assert session.status.stage is Stage.DONE
        session.undo_decision()
        assert bench.scene.marks["a"] is Decision.OPEN
        assert session.status.stage is Stage.REVIEW

    def test_without_a_selection_nothing_is_decided(self, bench, session):
        bench.judge()
        session.select(None)
        session.decide(Decision.ACCEPTED)
        assert all(row.is_open for row in session.review.rows)

    def test_an_edited_segment_shows_no_wrong_outline(self, bench, session):
        bench.judge()
        bench.scene.segments["a"][3] = False
        session.segmentation_changed()
        assert session.is_stale
        session.select(session.review.shown[0])
        assert bench.scene.outlines is None


class TestMissed:
    """Suggestions are shown one by one, and added only on demand."""

    @pytest.fixture
    def searched(self, bench, session, monkeypatch):
        square = image()[0] > 100
        square[:, 16:] = False
        found = [
            Suggested(2, square, (6, 4, 16, 12), "a", "Segment a", 0.9, 0.9, similarity)
            for similarity in (0.5, 0.7)
        ]
        monkeypatch.setattr(jobs, "search", lambda *_all: (0, found))
        session.search(Request())
        bench.work()
        return session

    def test_they_are_answered_one_after_the_other(self, bench, searched):
        assert searched.missed.list.current.similarity == 0.7
        assert bench.scene.outlines.box.any()
        searched.accept_suggestion()
        assert [each.similarity for each in bench.scene.added] == [0.7]
        searched.dismiss_suggestion()
        assert searched.missed.list.open_count == 0
        assert bench.scene.outlines is None

    def test_an_accepted_one_can_be_taken_back(self, bench, searched):
        searched.accept_suggestion()
        searched.undo_suggestion()
        assert bench.scene.added == []
        assert searched.missed.list.items[0][1] is Answer.OPEN
        assert not searched.missed.can_undo

    def test_what_cannot_be_added_stays_open(self, bench, searched):
        bench.scene.error = "It cannot be written."
        searched.accept_suggestion()
        assert searched.status.stage is Stage.FAILED
        assert searched.missed.list.open_count == 2
