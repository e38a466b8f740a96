"""A reviewer judges, goes through the list and decides; the judge's masks are known."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import slicer.util
from PySide6.QtCore import Qt

from MedSAMLib.metrics import dice
from Testing.gui.panel_fixtures import AFFINE
from Testing.gui.quality_fixtures import balls, models, quality, review  # noqa: F401
from Testing.gui.quality_user import (
    BIG_COLOR,
    GROWN,
    SHIFTED,
    outlines,
    show_views,
    spoilt_big_ball,
    status_of,
    truth,
    view_center,
)


@pytest.fixture
def logic():
    return slicer.vtkSlicerSegmentationsModuleLogic


@pytest.fixture
def judged(review):  # noqa: F811
    review.judge()
    return review


def height(index: int) -> float:
    """Of a slice of the phantom, in mm."""
    return (AFFINE @ (0, 0, index, 1))[2]


def test_the_worst_object_comes_first_and_is_shown_in_all_views(review):  # noqa: F811
    show_views(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
    assert review.text.startswith("Ready: press Judge")
    review.picture("ready")
    review.judge()
    review.picture("judged")
    worst = review.selected
    expected = dice(spoilt_big_ball()[SHIFTED], truth("Big ball")[SHIFTED])
    assert worst.object.slice == SHIFTED
    assert worst.object.dice_point == pytest.approx(expected, abs=1e-6)
    assert [line[:2] for line in review.table()[:2]] == [
        ["Big ball", str(SHIFTED + 1)],
        ["Big ball", str(GROWN + 1)],
    ]
    assert review.text.startswith("1 of ")
    assert view_center("Red")[2] == pytest.approx(height(SHIFTED))
    x0, y0, x1, y1 = worst.object.box
    middle = AFFINE @ ((x0 + x1 - 1) / 2, (y0 + y1 - 1) / 2, SHIFTED, 1)
    assert view_center("Green")[1] == pytest.approx(middle[1], abs=1)
    assert view_center("Yellow")[0] == pytest.approx(middle[0], abs=1)


def test_the_judges_outlines_are_drawn_beside_the_given_one(judged):
    drawn = outlines()
    assert set(drawn) == {
        "MedSAM given object",
        "MedSAM judge's outline for the box",
        "MedSAM judge's outline for the point",
    }
    given = np.array(drawn["MedSAM given object"].GetPolyData().GetBounds())
    right = truth("Big ball")[SHIFTED].any(axis=0).nonzero()[0]
    moved = spoilt_big_ball()[SHIFTED].any(axis=0).nonzero()[0]
    point = np.array(drawn["MedSAM judge's outline for the point"].GetPolyData().GetBounds())
    assert given[:2] == pytest.approx((71 - 2 * moved.max() - 1, 71 - 2 * moved.min() + 1), abs=0.1)
    assert point[:2] == pytest.approx((71 - 2 * right.max() - 1, 71 - 2 * right.min() + 1), abs=1.5)
    assert given[4] < height(SHIFTED) < given[5]
    judged.click("outlinesCheckBox")
    assert outlines() == {}


def test_a_row_that_is_clicked_is_shown(judged):
    judged.click_row(1)
    judged.wait_until_idle()
    assert judged.selected.object.slice == GROWN
    assert view_center("Red")[2] == pytest.approx(height(GROWN))
    judged.picture("second")


def test_a_column_that_is_clicked_sorts_and_again_the_other_way(judged):
    judged.click_header(1)
    slices = [int(line[1]) for line in judged.table()]
    assert slices == sorted(slices)
    judged.click_header(1)
    assert [int(line[1]) for line in judged.table()] == sorted(slices, reverse=True)
    judged.click_header(3)
    assert judged.table()[0][1] == str(SHIFTED + 1)


def test_the_keys_go_through_the_list_and_decide(judged, balls, logic):  # noqa: F811
    assert status_of(balls, "Big ball") == logic.NotStarted
    judged.ui.thresholdSlider.value = 0.99
    judged.press(Qt.Key.Key_X)
    assert judged.selected.object.slice == GROWN
    assert status_of(balls, "Big ball") == logic.Flagged
    judged.press(Qt.Key.Key_P)
    assert judged.selected.object.slice == SHIFTED
    judged.press(Qt.Key.Key_N)
    judged.press(Qt.Key.Key_A)
    assert judged.text.startswith("All 2 objects below 0.99 are decided, 1 flagged")
    assert judged.table()[0][4].startswith("flagged")
    assert judged.table()[1][4] == "accepted"
    judged.press(Qt.Key.Key_Z)
    judged.press(Qt.Key.Key_Z)
    assert judged.selected.object.slice == SHIFTED
    assert judged.selected.is_open
    assert status_of(balls, "Big ball") == logic.NotStarted


def test_a_flag_has_reason_note_reviewer_and_time(judged):
    judged.unfold("modelButton")
    judged.user.type_text(judged.ui.reviewerLineEdit, "Dr. N")
    judged.user.choose(judged.ui.reasonComboBox, "missing part (2)")
    judged.user.type_text(judged.ui.noteLineEdit, "moved aside, An X")
    assert judged.selected.is_open, "letters of a note are no keys"
    judged.click("flagButton")
    row = judged.session.review.shown[0]
    assert (row.reason, row.note, row.reviewer) == ("missing part", "moved aside, An X", "Dr. N")
    assert row.time.endswith("+00:00")
    judged.press(Qt.Key.Key_N)
    judged.press(Qt.Key.Key_1)
    assert judged.session.review.shown[1].reason == "leak"
    judged.picture("flagged")


def test_accepting_all_that_is_low_completes_the_segment(judged, balls, logic):  # noqa: F811
    judged.click("acceptButton")
    assert status_of(balls, "Big ball") == logic.Completed
    assert status_of(balls, "Small ball") == logic.NotStarted


def test_the_list_can_be_cut_at_the_threshold(judged):
    count = len(judged.table())
    judged.click("onlyBelowCheckBox")
    assert [line[1] for line in judged.table()] == [str(SHIFTED + 1)]
    judged.ui.thresholdSlider.value = 0.99
    assert len(judged.table()) == 2
    judged.click("onlyBelowCheckBox")
    assert len(judged.table()) == count


def test_a_click_on_the_strip_goes_to_the_slice(judged):
    strip = judged.widget.panel.slices.allStrip
    judged.user.click(strip, (strip.columnOf(GROWN), 10))
    assert judged.selected.object.slice == GROWN
    assert strip.sliceAt(strip.columnOf(GROWN)) == GROWN
    judged.user.click(strip, (strip.columnOf(2), 10))
    assert view_center("Red")[2] == pytest.approx(height(2))


def test_the_arrow_keys_go_along_the_strip(judged):
    strip = judged.widget.panel.slices.allStrip
    judged.user.click(strip, (strip.columnOf(GROWN), 10))
    judged.user.press_key(strip, Qt.Key.Key_Left)
    assert judged.selected.object.slice == GROWN - 1
    judged.user.press_key(strip, Qt.Key.Key_Right)
    assert judged.selected.object.slice == GROWN
    assert strip.focusPolicy == Qt.FocusPolicy.StrongFocus


class TestColors:
    """Segments have the colors of their scores for a while; their own ones are never lost."""

    @staticmethod
    def shown(node) -> tuple:
        segment_id = node.GetSegmentation().GetSegmentIdBySegmentName("Big ball")
        return tuple(node.GetDisplayNode().GetSegmentOverrideColor(segment_id))

    @staticmethod
    def own(node) -> tuple:
        segment_id = node.GetSegmentation().GetSegmentIdBySegmentName("Big ball")
        return tuple(node.GetSegmentation().GetSegment(segment_id).GetColor())

    def test_the_reviewer_switches_them_off(self, judged, balls):  # noqa: F811
        assert all(0 <= part <= 1 for part in self.shown(balls))
        assert self.own(balls) == pytest.approx(BIG_COLOR)
        judged.click("colorCheckBox")
        assert not all(0 <= part <= 1 for part in self.shown(balls))

    def test_leaving_the_module_gives_the_own_ones_back(self, judged, balls):  # noqa: F811
        judged.leave()
        assert not all(0 <= part <= 1 for part in self.shown(balls))
        assert outlines() == {}
        judged.open()
        assert all(0 <= part <= 1 for part in self.shown(balls))

    def test_what_the_user_had_set_comes_back(self, review, balls):  # noqa: F811
        segment_id = balls.GetSegmentation().GetSegmentIdBySegmentName("Big ball")
        balls.GetDisplayNode().SetSegmentOverrideColor(segment_id, 0.1, 0.2, 0.3)
        review.judge()
        assert self.shown(balls) != pytest.approx((0.1, 0.2, 0.3))
        review.leave()
        assert self.shown(balls) == pytest.approx((0.1, 0.2, 0.3))


def test_an_edited_segmentation_is_noticed_and_judged_again(judged, phantom, balls):  # noqa: F811
    judged.click_row(1)
    judged.click("flagButton")
    segment_id = balls.GetSegmentation().GetSegmentIdBySegmentName("Big ball")
    mended = spoilt_big_ball()
    mended[SHIFTED] = truth("Big ball")[SHIFTED]
    slicer.util.updateSegmentBinaryLabelmapFromArray(
        mended.astype(np.uint8), balls, segment_id, phantom
    )
    judged.user.wait_until(lambda: "was changed since" in judged.text)
    judged.picture("stale")
    judged.click("actionButton")
    judged.user.wait_until(lambda: not judged.session.is_stale)
    judged.wait_until_idle()
    rows = {r.object.slice: r for r in judged.session.review.rows if r.object.name == "Big ball"}
    assert rows[SHIFTED].object.score == 1
    assert rows[GROWN].decision.value == "flagged", "it is as it was"


def test_one_slice_judged_anew_keeps_the_rest_of_the_list(judged):
    count = len(judged.table())
    judged.unfold("inputsButton")
    judged.user.choose(judged.ui.slicesComboBox, "current")
    before = judged.session.report
    judged.click("judgeButton")
    judged.user.wait_until(lambda: judged.session.report is not before)
    judged.wait_until_idle()
    assert len(judged.table()) == count


def test_a_ticked_segment_alone_is_judged(review):  # noqa: F811
    review.user.choose(review.ui.segmentsComboBox, "Those that are ticked")
    review.ui.segmentList.item(0).setCheckState(Qt.CheckState.Unchecked)
    review.judge()
    assert {line[0] for line in review.table()} == {"Small ball"}
