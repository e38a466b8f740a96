"""Scenes are saved, closed and loaded, runs are cancelled: nothing is lost or stays behind."""

from __future__ import annotations

import pytest
import slicer
import slicer.util
from PySide6.QtCore import Qt

from MedSAMSlicerLib.self_test.bright_pixels import StandInModels
from Testing.gui.quality_fixtures import HeldJudge, balls, quality, review  # noqa: F401
from Testing.gui.quality_user import GROWN, SHIFTED, outlines, status_of


@pytest.fixture
def judge():
    judge = HeldJudge()
    judge.hold_at = 1000
    yield judge
    judge.release()


@pytest.fixture
def models(judge):
    return StandInModels(judge)


def tables() -> list[str]:
    return [node.GetName() for node in slicer.util.getNodesByClass("vtkMRMLTableNode")]


def override(node) -> tuple:
    segment_id = node.GetSegmentation().GetNthSegmentID(0)
    return tuple(node.GetDisplayNode().GetSegmentOverrideColor(segment_id))


def test_a_saved_scene_reopens_with_the_list_and_its_decisions(review, judge, tmp_path):  # noqa: F811
    review.judge()
    review.ui.noteLineEdit.text = "moved\taside"
    review.press(Qt.Key.Key_3)
    review.ui.thresholdSlider.value = 0.8
    first = review.table()[0]
    assert first[:2] == ["Big ball", str(SHIFTED + 1)]
    assert first[4] == "flagged: wrong label"
    file = str(tmp_path / "review.mrb")
    assert slicer.util.saveScene(file)
    assert all(0 <= part <= 1 for part in override(slicer.util.getNode("Balls"))), "still colored"
    slicer.mrmlScene.Clear(0)
    review.wait_for("Choose a volume")
    assert review.table() == []
    embedded = judge.embedded
    slicer.util.loadScene(file)
    review.wait_for("All 1 objects below 0.80 are decided, 1 flagged")
    assert judge.embedded == embedded, "nothing is computed"
    assert review.table()[0] == first
    assert review.session.review.shown[0].note == "moved aside"
    loaded = slicer.util.getNode("Balls")
    assert status_of(loaded, "Big ball") == slicer.vtkSlicerSegmentationsModuleLogic.Flagged
    assert tables() == ["Quality of Balls"]
    review.click_row(0)
    review.wait_until_idle()
    assert len(outlines()) == 3
    review.click("acceptButton")
    review.leave()
    assert not all(0 <= part <= 1 for part in override(loaded)), (
        "the saved colors were the own ones"
    )


def test_the_table_in_the_scene_can_be_read_by_anybody(review):  # noqa: F811
    review.judge()
    review.press(Qt.Key.Key_1)
    table = slicer.util.getNode("Quality of Balls")
    names = [table.GetColumnName(n) for n in range(table.GetNumberOfColumns())]
    first = {name: table.GetCellText(0, n) for n, name in enumerate(names)}
    assert first["segment"] == "Big ball"
    assert first["slice"] == str(SHIFTED)
    score = review.session.review.shown[0].object.score
    assert float(first["score"]) == pytest.approx(score, abs=1e-5)
    assert (first["decision"], first["reason"]) == ("flagged", "leak")


class TestCancel:
    """In the middle of the run."""

    @pytest.fixture
    def running(self, review, judge):  # noqa: F811
        judge.hold_at = 3
        nodes = slicer.mrmlScene.GetNumberOfNodes()
        review.click("judgeButton")
        judge.wait_until_held()
        review.wait_for("Judging: 3 of ")
        yield review
        judge.release()
        review.wait_until_idle()
        assert slicer.mrmlScene.GetNumberOfNodes() <= nodes

    def test_the_scene_is_as_it_was(self, running, judge, balls):  # noqa: F811
        assert "left" in running.text or "Almost there" in running.text
        running.picture("judging")
        running.click("cancelButton")
        assert running.text.startswith("Cancelled; nothing was changed")
        judge.release()
        running.wait_until_idle()
        assert running.table() == []
        assert tables() == []
        assert outlines() == {}
        assert not all(0 <= part <= 1 for part in override(balls))
        running.click("actionButton")
        assert running.text.startswith("Ready")

    def test_the_list_stays_that_there_was(self, review, judge):  # noqa: F811
        review.judge()
        before = review.table()
        judge.hold_at = judge.embedded + 3
        review.unfold("inputsButton")
        review.click("judgeButton")
        judge.wait_until_held()
        review.press(Qt.Key.Key_Escape)
        judge.release()
        review.wait_until_idle()
        assert review.table() == before

    def test_the_volume_goes_meanwhile(self, running, phantom):
        slicer.mrmlScene.RemoveNode(phantom)
        running.wait_for("Choose a volume")

    def test_the_segmentation_goes_meanwhile(self, running, balls):  # noqa: F811
        slicer.mrmlScene.RemoveNode(balls)
        running.wait_for("Choose the segmentation")

    def test_the_scene_is_closed_meanwhile(self, running):
        slicer.mrmlScene.Clear(0)
        running.wait_for("Choose a volume")

    def test_the_module_is_left_meanwhile(self, running):
        running.leave()
        running.press(Qt.Key.Key_A)
        running.open()
        assert running.text.startswith("Ready")

    def test_the_module_goes_away_meanwhile(self, running, judge):
        judge.release_soon()
        running.leave()
        running.module.unload()
        assert tables() == []


def test_a_removed_segmentation_takes_its_list_along(review, balls):  # noqa: F811
    review.judge()
    slicer.mrmlScene.RemoveNode(balls)
    review.wait_for("Choose the segmentation")
    assert review.table() == []
    assert outlines() == {}


def test_another_segmentation_and_back_shows_the_list_again(review, phantom, judge):  # noqa: F811
    from Testing.gui.quality_user import add_segments, truth

    review.judge()
    before, embedded = review.table(), judge.embedded
    add_segments(phantom, {"Small": truth("Small ball")}, "Other")
    review.unfold("inputsButton")
    review.user.choose(review.ui.segmentationSelector, "Other")
    assert review.table() == []
    review.user.choose(review.ui.segmentationSelector, "Balls")
    assert review.table() == before
    assert judge.embedded == embedded
    assert {SHIFTED + 1, GROWN + 1} <= {int(line[1]) for line in before}
