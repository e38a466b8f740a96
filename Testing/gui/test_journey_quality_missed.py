"""Suggestions of missed objects: shown, added as segments, taken back, dismissed."""

from __future__ import annotations

import numpy as np
import pytest

from MedSAMSlicerLib.quality import jobs
from MedSAMSlicerLib.quality.suggestions import Suggested
from Testing.gui.panel_fixtures import AFFINE
from Testing.gui.panel_user import segment_names, voxels
from Testing.gui.quality_fixtures import balls, models, quality, review  # noqa: F401
from Testing.gui.quality_user import outlines, truth, view_center

SLICE = 19


def suggestion(index: int, similarity: float, segment_id: str) -> Suggested:
    mask = truth("Small ball")[index]
    rows, columns = np.nonzero(mask)
    box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    return Suggested(index, mask, box, segment_id, "Big ball", 0.9, 0.9, similarity)


@pytest.fixture
def searched(review, monkeypatch):  # noqa: F811
    """Two suggestions, of which the second is the more convincing."""
    asked = []

    def search(judge, subject, request, task):
        asked.append(request.slices)
        return 0, [suggestion(18, 0.6, "Segment_1"), suggestion(SLICE, 0.8, "Segment_1")]

    monkeypatch.setattr(jobs, "search", search)
    review.judge()
    review.unfold("missedButton")
    review.click("searchAllButton")
    review.user.wait_until(lambda: review.session.missed.was_searched)
    assert asked == [None]
    return review


def test_the_most_convincing_is_shown_first(searched):
    assert view_center("Red")[2] == pytest.approx((AFFINE @ (0, 0, SLICE, 1))[2])
    assert list(outlines()) == ["MedSAM judge's outline for the box"]
    assert "2 of 2 suggestions" in searched.ui.missedLabel.text
    searched.picture("missed")


def test_an_accepted_one_is_a_new_segment_and_undo_takes_it_back(searched, balls, phantom):  # noqa: F811
    before = voxels(balls, phantom, "Small ball")
    searched.click("acceptMissedButton")
    name = "Big ball (suggested)"
    assert segment_names(balls) == ["Big ball", "Small ball", name]
    added = voxels(balls, phantom, name)
    np.testing.assert_array_equal(added[SLICE], truth("Small ball")[SLICE])
    assert not np.delete(added, SLICE, axis=0).any()
    np.testing.assert_array_equal(voxels(balls, phantom, "Small ball"), before)
    assert searched.session.missed.list.selected == 1, "on to the next"
    assert not searched.session.is_stale
    searched.click("undoMissedButton")
    assert segment_names(balls) == ["Big ball", "Small ball"]
    assert searched.session.missed.list.current.slice == SLICE


def test_a_dismissed_one_is_answered_and_nothing_is_changed(searched, balls):  # noqa: F811
    searched.click("dismissMissedButton")
    searched.click("dismissMissedButton")
    assert segment_names(balls) == ["Big ball", "Small ball"]
    assert "0 of 2 suggestions" in searched.ui.missedLabel.text
    assert outlines() == {}
