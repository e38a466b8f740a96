"""The review is kept in the scene; colors and status tags can be given back."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import slicer.util

from MedSAMSlicerLib.quality.rows import Decision
from MedSAMSlicerLib.quality.scene.reader import SegmentationReader
from MedSAMSlicerLib.quality.scene.score_colors import ScoreColors, scoreColor
from MedSAMSlicerLib.scene.editor_undo import EditorUndo
from Testing.unit.quality_fakes import Bench, image

TAG = "MedSAM.StatusBeforeReview"


def table_of(reader):
    """Imported here, because translations are there only once the host has started."""
    from MedSAMSlicerLib.quality.scene.review_table import ReviewTable

    return ReviewTable(reader)


def marks_of(reader):
    from MedSAMSlicerLib.quality.scene.segment_marks import SegmentMarks

    return SegmentMarks(reader, EditorUndo())


@pytest.fixture
def reader():
    """A volume and a segmentation with the segments a and b."""
    reader = SegmentationReader()
    reader.volumeNode = slicer.util.addVolumeFromArray(image(), name="Image")
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Squares")
    node.CreateDefaultDisplayNodes()
    node.SetReferenceImageGeometryParameterFromVolumeNode(reader.volumeNode)
    for number, name in enumerate("ab"):
        node.GetSegmentation().AddEmptySegment(name, name, (0.1 * number, 0.5, 0.5))
    node.CreateDefaultDisplayNodes()
    reader.segmentationNode = node
    return reader


@pytest.fixture
def reviewed():
    bench = Bench()
    bench.judge()
    bench.session.decide(Decision.FLAGGED, "leak", "a\tnote: 1; 2")
    return bench.scene.kept


def test_a_review_survives_the_scene(reader, reviewed, tmp_path):
    table_of(reader).keep(*reviewed)
    file = str(tmp_path / "scene.mrb")
    assert slicer.util.saveScene(file)
    slicer.mrmlScene.Clear(0)
    slicer.util.loadScene(file)
    again = SegmentationReader()
    again.volumeNode = slicer.util.getNode("Image")
    again.segmentationNode = slicer.util.getNode("Squares")
    rows, report = table_of(again).kept()
    assert rows == reviewed[0]
    assert report == reviewed[1]


def test_there_is_one_table_a_segmentation(reader, reviewed):
    table = table_of(reader)
    table.keep(*reviewed)
    table.keep(*reviewed)
    assert len(slicer.util.getNodesByClass("vtkMRMLTableNode")) == 1
    other = SegmentationReader()
    other.volumeNode, other.segmentationNode = reader.volumeNode, None
    assert table_of(other).kept() is None


def test_a_damaged_table_counts_as_none(reader, reviewed):
    table = table_of(reader)
    table.keep(*reviewed)
    table.node().SetAttribute("MedSAM.QualityReview", "damaged")
    assert table.kept() is None


class TestStatusTags:
    @pytest.fixture
    def logic(self):
        return slicer.vtkSlicerSegmentationsModuleLogic

    def test_they_follow_the_decisions_and_go_back(self, reader, logic):
        segment = reader.segmentationNode.GetSegmentation().GetSegment("a")
        logic.SetSegmentStatus(segment, logic.InProgress)
        marks = marks_of(reader)
        for decision, status in (
            (Decision.FLAGGED, logic.Flagged),
            (Decision.ACCEPTED, logic.Completed),
            (Decision.OPEN, logic.InProgress),
        ):
            marks.mark({"a": decision, "gone": decision})
            assert logic.GetSegmentStatus(segment) == status
        assert not segment.HasTag(TAG)

    def test_a_segment_without_decision_is_left_alone(self, reader, logic):
        segment = reader.segmentationNode.GetSegmentation().GetSegment("b")
        logic.SetSegmentStatus(segment, logic.Completed)
        marks_of(reader).mark({"b": Decision.OPEN})
        assert logic.GetSegmentStatus(segment) == logic.Completed


class TestColors:
    def test_the_segments_own_colors_are_never_touched(self, reader):
        node = reader.segmentationNode
        display, segmentation = node.GetDisplayNode(), node.GetSegmentation()
        display.SetSegmentOverrideColor("b", 0.2, 0.3, 0.4)
        own = [segmentation.GetSegment(each).GetColor() for each in "ab"]
        colors = ScoreColors()
        colors.show(node, {"a": 0.2, "b": 0.9, "gone": 0.5})
        shown = np.multiply(display.GetSegmentOverrideColor("a"), 255)
        np.testing.assert_allclose(shown, scoreColor(0.2), atol=0.5)
        assert [segmentation.GetSegment(each).GetColor() for each in "ab"] == own
        colors.restore()
        assert min(display.GetSegmentOverrideColor("a")) < 0, "none"
        assert display.GetSegmentOverrideColor("b") == pytest.approx((0.2, 0.3, 0.4))

    def test_coloring_twice_forgets_nothing(self, reader):
        display = reader.segmentationNode.GetDisplayNode()
        display.SetSegmentOverrideColor("b", 0.2, 0.3, 0.4)
        ScoreColors().show(reader.segmentationNode, {"b": 0.9})
        ScoreColors().show(reader.segmentationNode, {"b": 0.1})
        ScoreColors().restore()
        assert display.GetSegmentOverrideColor("b") == pytest.approx((0.2, 0.3, 0.4))

    def test_no_score_is_gray(self):
        red, green, blue = scoreColor(float("nan"))
        assert red == green == blue
