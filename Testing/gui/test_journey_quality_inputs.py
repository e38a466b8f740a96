"""Segmentations of any kind are reviewed, and every wrong situation is told in a sentence."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import slicer.util

from MedSAMSlicerLib.self_test.bright_pixels import NothingToInstall
from Testing.gui.panel_fixtures import AFFINE, SHAPE, two_balls
from Testing.gui.panel_user import add_volume
from Testing.gui.quality_fixtures import balls, models, quality, review  # noqa: F401
from Testing.gui.quality_user import (
    SHIFTED,
    add_segments,
    outlines,
    spoilt_big_ball,
    truth,
    view_center,
)
from Testing.mrml.bridge_scenes import add_nonlinear_transform


def choose(panel, name: str) -> None:
    panel.user.choose(panel.ui.segmentationSelector, name)


def test_without_a_volume(quality, phantom):  # noqa: F811
    slicer.mrmlScene.RemoveNode(phantom)
    quality.wait_for("Choose a volume below")
    assert not quality.ui.judgeButton.enabled


def test_without_a_segmentation(quality):  # noqa: F811
    assert quality.text == "Choose the segmentation to review below."


def test_a_segmentation_without_segments(quality, phantom):  # noqa: F811
    add_segments(phantom, {}, "Nothing")
    choose(quality, "Nothing")
    quality.click("judgeButton")
    assert "has no segments" in quality.text
    quality.picture("failed")


def test_empty_segments(quality, phantom):  # noqa: F811
    add_segments(phantom, {"Empty": np.zeros(SHAPE, bool)}, "Empty ones")
    choose(quality, "Empty ones")
    quality.click("judgeButton")
    assert "are empty" in quality.text


def test_surfaces_only(quality, phantom, balls):  # noqa: F811
    balls.CreateClosedSurfaceRepresentation()
    names = slicer.vtkSegmentationConverter
    balls.GetSegmentation().SetSourceRepresentationName(
        names.GetSegmentationClosedSurfaceRepresentationName()
    )
    balls.RemoveBinaryLabelmapRepresentation()
    choose(quality, "Balls")
    quality.click("judgeButton")
    assert "is made of surfaces" in quality.text


def test_no_overlap_in_space(review, balls):  # noqa: F811
    _moved(balls, np.array([[1, 0, 0, 500], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]]))
    review.click("judgeButton")
    assert "do not overlap in space" in review.text


def test_a_non_linear_transform(review, phantom):  # noqa: F811
    phantom.SetAndObserveTransformNodeID(add_nonlinear_transform().GetID())
    review.click("judgeButton")
    assert "harden the transform" in review.text


def test_nothing_is_ticked(review):  # noqa: F811
    review.user.choose(review.ui.segmentsComboBox, "Those that are ticked")
    for row in range(2):
        review.ui.segmentList.item(row).setCheckState(
            type(review.ui.segmentList.item(row).checkState()).Unchecked
        )
    review.click("judgeButton")
    assert "No segment is chosen" in review.text


class TestMissingNetwork:
    """Nothing is installed by itself."""

    @pytest.fixture
    def dependencies(self):
        class Missing(NothingToInstall):
            there = False

            def installed(self) -> bool:
                return self.there

            def summary(self) -> str:
                return "To be installed: PyTorch."

            def install(self) -> None:
                self.there = True

        return Missing()

    def test_it_is_offered(self, review, monkeypatch):  # noqa: F811
        monkeypatch.setattr(slicer.util, "confirmOkCancelDisplay", lambda *_all: True)
        assert review.text == "To be installed: PyTorch."
        assert not review.ui.judgeButton.enabled
        review.click("actionButton")
        assert review.text.startswith("Ready")


def test_a_label_map_is_imported(quality, phantom):  # noqa: F811
    labels = spoilt_big_ball().astype(np.int16) + np.int16(2) * truth("Small ball")
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "Labels")
    slicer.util.updateVolumeFromArray(node, labels)
    node.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(AFFINE))
    choose(quality, "Labels")
    assert quality.text.startswith("Labels is a label map")
    quality.click("actionButton")
    assert quality.text.startswith("Ready")
    quality.judge()
    assert quality.session.review.shown[0].object.slice == SHIFTED
    assert len({line[0] for line in quality.table()}) == 2


def test_overlapping_segments_are_judged_each_by_itself(quality, phantom):  # noqa: F811
    both = truth("Big ball") | truth("Small ball")
    add_segments(phantom, {"Big ball": truth("Big ball"), "Both": both}, "Overlapping")
    choose(quality, "Overlapping")
    quality.judge()
    scores = [row.object.score for row in quality.session.review.rows]
    assert {line[0] for line in quality.table()} == {"Big ball", "Both"}
    assert min(scores) == 1


class TestOtherGrid:
    """The segmentation has voxels of its own, and image and segmentation lie under a transform."""

    @pytest.fixture
    def tilted(self, quality):  # noqa: F811
        """A volume that is oblique and under a transform, and a segmentation on a finer grid."""
        angle = np.deg2rad(20)
        turn = np.eye(4)
        turn[1:3, 1:3] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        oblique = turn @ AFFINE

        def balls_there(r, a, s):
            flat = np.einsum("ab,b...->a...", turn.T, np.stack([r, a, s, np.ones_like(r)]))
            return two_balls(*flat[:3])

        volume = add_volume(balls_there, SHAPE, oblique, "Tilted")
        quality.parameters.inputVolume = volume
        fine = oblique @ np.diag([0.5, 0.5, 1, 1])
        fine[:3, 3] = (oblique @ (-0.25, -0.25, 0, 1))[:3]
        grid = slicer.util.addVolumeFromArray(
            np.zeros((SHAPE[0], 2 * SHAPE[1], 2 * SHAPE[2]), np.uint8),
            slicer.util.vtkMatrixFromArray(fine),
            name="Fine grid",
        )
        mask = spoilt_big_ball().repeat(2, axis=1).repeat(2, axis=2)
        segmentation = add_segments(grid, {"Big ball": mask}, "Fine")
        slicer.mrmlScene.RemoveNode(grid)
        shift = np.eye(4)
        shift[:3, 3] = 5, -7, 9
        for node in (volume, segmentation):
            _moved(node, shift)
        quality.user.choose(quality.ui.segmentationSelector, "Fine")
        return volume, shift @ oblique

    def test_the_views_go_to_the_worst_object(self, quality, tilted):  # noqa: F811
        _volume, world = tilted
        quality.judge()
        worst = quality.selected.object
        assert worst.slice == SHIFTED
        assert worst.score < 0.7
        assert quality.session.review.shown[1].object.score > 0.9, "resampled, but no worse"
        x0, y0, x1, y1 = worst.box
        middle = (world @ ((x0 + x1 - 1) / 2, (y0 + y1 - 1) / 2, SHIFTED, 1))[:3]
        red = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceNode()
        normal = slicer.util.arrayFromVTKMatrix(red.GetSliceToRAS())[:3, 2]
        across = world[:3, 2] / np.linalg.norm(world[:3, 2])
        assert abs(normal @ across) == pytest.approx(1, abs=1e-6), "the view is as the slices are"
        assert (view_center("Red") - middle) @ normal == pytest.approx(0, abs=0.01)
        assert len(outlines()) == 3
        quality.picture("oblique")


def _moved(node, matrix: np.ndarray) -> None:
    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    transform.SetMatrixTransformToParent(slicer.util.vtkMatrixFromArray(matrix))
    node.SetAndObserveTransformNodeID(transform.GetID())
