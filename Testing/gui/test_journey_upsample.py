"""Segments become finer beside the old ones, are compared, and are taken out again."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import slicer
import slicer.util
import vtk
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from MedSAMSlicerLib.self_test.bright_pixels import StandInModels
from MedSAMSlicerLib.self_test.known_upsampler import KnownUpsampler
from Testing.gui.panel_fixtures import BIG, BIG_RADIUS, SMALL
from Testing.gui.panel_user import pixel, view_of
from Testing.gui.upsample_fixtures import WithHeldNetwork
from Testing.gui.upsample_user import segment_points, voxel_volume

OURS = ("vtkMRMLSegmentationNode", "vtkMRMLScalarVolumeNode", "vtkMRMLTableNode")


def nodes() -> set[str]:
    """Names of what a user has in the scene."""
    return {node.GetName() for kind in OURS for node in slicer.util.getNodesByClass(kind)}


def volume_of(node, name: str) -> float:
    return len(segment_points(node, name)) * voxel_volume(node, name)


def test_all_segments_become_twice_as_fine_in_every_slice(upsampling, ball_segments):
    before = {name: volume_of(ball_segments, name) for name in ("Big ball", "Small ball")}
    assert "144 x 160 x 40 voxels" in upsampling.ui.sizeLabel.text
    upsampling.upsample()
    upsampling.picture("done")
    result = upsampling.result
    assert result.GetName() == "Balls fine, interpolated"
    for name, center in (("Big ball", BIG), ("Small ball", SMALL)):
        assert voxel_volume(result, name) == pytest.approx(1 * 1 * 3)
        assert volume_of(result, name) == pytest.approx(before[name], rel=0.05)
        assert volume_of(ball_segments, name) == before[name], "the original is as it was"
        assert np.linalg.norm(segment_points(result, name).mean(axis=0) - center) < 0.5
    assert len(upsampling.table()) == 8
    assert upsampling.table()[3][:2] == ["Big ball", "network, interpolated"]


def test_colors_and_tags_are_those_of_the_original(upsampling, ball_segments):
    original = ball_segments.GetSegmentation().GetNthSegment(0)
    original.SetColor(0.1, 0.6, 0.2)
    original.SetTag("Reader", "Anna")
    upsampling.upsample()
    fine = upsampling.result.GetSegmentation().GetNthSegment(0)
    assert fine.GetColor() == (0.1, 0.6, 0.2)
    assert slicer.util.getNode("Balls fine, interpolated") is upsampling.result
    tag = vtk.reference("")
    assert fine.GetTag("Reader", tag)
    assert tag == "Anna"


def test_one_segment_by_spacing_and_between_the_slices(upsampling):
    upsampling.user.choose(upsampling.ui.segmentComboBox, "Small ball")
    upsampling.parameters.size = "spacing"
    upsampling.ui.spacingSpinBox.value = 1.0
    upsampling.click("throughPlaneCheckBox")
    upsampling.upsample()
    segmentation = upsampling.result.GetSegmentation()
    assert segmentation.GetNumberOfSegments() == 1
    assert voxel_volume(upsampling.result, "Small ball") == pytest.approx(1.0)
    heights = np.unique(segment_points(upsampling.result, "Small ball")[:, 2].round(3))
    np.testing.assert_allclose(np.diff(heights), 1.0)


def test_under_a_transform_the_result_is_where_the_original_is(upsampling, phantom, ball_segments):
    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    turned = np.eye(4)
    turned[:3, :3] = [[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1]]
    turned[:3, 3] = 12, -7, 5
    slicer.util.updateTransformMatrixFromArray(transform, turned)
    for node in (phantom, ball_segments):
        node.SetAndObserveTransformNodeID(transform.GetID())
    upsampling.user.wait_until(lambda: upsampling.ui.upsampleButton.enabled)
    upsampling.upsample()
    center = (turned @ (*BIG, 1))[:3]
    points = segment_points(upsampling.result, "Big ball")
    assert np.linalg.norm(points.mean(axis=0) - center) < 0.5
    assert np.linalg.norm(points - center, axis=1).max() < BIG_RADIUS + 3
    transform.SetMatrixTransformToParent(slicer.util.vtkMatrixFromArray(np.eye(4)))
    moved = segment_points(upsampling.result, "Big ball").mean(axis=0)
    assert np.linalg.norm(moved - BIG) < 0.5, "it moves with the volume"


def test_the_closed_surface_is_where_the_ball_is(upsampling):
    upsampling.upsample()
    result = upsampling.result
    assert result.CreateClosedSurfaceRepresentation()
    segment_id = result.GetSegmentation().GetSegmentIdBySegmentName("Big ball")
    bounds = result.GetClosedSurfaceInternalRepresentation(segment_id).GetBounds()
    expected = [c + sign * BIG_RADIUS for c in BIG for sign in (-1, 1)]
    np.testing.assert_allclose(bounds, expected, atol=3)


def test_maps_lie_over_the_image_with_a_legend_and_go(upsampling, phantom):
    upsampling.upsample()
    composite = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceCompositeNode()
    assert composite.GetForegroundVolumeID() is None
    for name in ("probability", "uncertainty", "refined"):
        upsampling.user.choose(upsampling.ui.overlayComboBox, name)
        shown = slicer.mrmlScene.GetNodeByID(composite.GetForegroundVolumeID())
        assert shown is getattr(upsampling.parameters, name)
        upsampling.picture(name)
    values = slicer.util.arrayFromVolume(upsampling.parameters.probability)
    assert values.max() > 0.9
    assert values.min() >= 0
    upsampling.leave()
    assert composite.GetForegroundVolumeID() is None
    assert composite.GetBackgroundVolumeID() == phantom.GetID()
    upsampling.open()
    assert composite.GetForegroundVolumeID() == upsampling.parameters.refined.GetID()


def test_outlines_are_switched_by_method(upsampling):
    upsampling.upsample()
    node = upsampling.parameters.comparison
    outlines = upsampling.widget.panel.services.results.outlines
    assert outlines.shown(node) == {"nearest", "network"}
    upsampling.click("linearCheckBox")
    upsampling.click("nearestCheckBox")
    upsampling.picture("outlines")
    assert outlines.shown(node) == {"linear", "network"}
    upsampling.leave()
    assert outlines.shown(node) == set(), "the views are the user's own again"
    upsampling.open()
    assert outlines.shown(node) == {"linear", "network"}
    assert not node.GetDisplayNode().GetVisibility3D()


def widths(panel, method: str) -> np.ndarray:
    """How many pixels wide a method's outline is drawn, in some rows of the red view."""
    panel.parameters.outlines = method
    slicer.app.processEvents()
    drawn = view_pixels("Red")
    panel.parameters.outlines = ""
    slicer.app.processEvents()
    others = (drawn != view_pixels("Red")).any(axis=-1)
    row = pixel("Red", BIG)[1]
    return np.array([_first_run(others[row + step]) for step in range(-8, 9, 4)])


def _first_run(line: np.ndarray) -> int:
    start = int(np.argmax(line))
    return int(np.argmin(np.append(line[start:], False)))


def view_pixels(view: str) -> np.ndarray:
    """What a view shows, (H, W, 3)."""
    image = view_of(view).grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def test_outlines_are_told_apart_by_their_widths_alone(upsampling):
    upsampling.upsample()
    upsampling.result.GetDisplayNode().SetVisibility(False)
    seen = [widths(upsampling, method) for method in ("nearest", "linear", "network", "smoothed")]
    upsampling.parameters.outlines = "nearest\nlinear\nnetwork\nsmoothed"
    upsampling.picture("widths")
    for thin, wide in pairwise(seen):
        assert np.median(wide) >= np.median(thin) + 1, seen


def test_what_is_taken_out_leaves_no_display_behind(upsampling):
    kinds = ("vtkMRMLDisplayNode", "vtkMRMLStorageNode")
    before = [slicer.mrmlScene.GetNumberOfNodesByClass(kind) for kind in kinds]
    upsampling.upsample()
    upsampling.upsample()
    upsampling.click("removeButton")
    assert [slicer.mrmlScene.GetNumberOfNodesByClass(kind) for kind in kinds] == before


def test_the_keys_upsample_and_take_out_again(upsampling, ball_segments):
    before = nodes()
    upsampling.press(Qt.Key.Key_U)
    upsampling.wait_for("is there")
    assert nodes() > before
    upsampling.press(Qt.Key.Key_Z)
    upsampling.wait_for("Choose how fine")
    assert nodes() == before
    assert upsampling.table() == []
    assert upsampling.result is None


def test_another_factor_replaces_the_result(upsampling):
    upsampling.upsample()
    first = nodes()
    upsampling.ui.factorSpinBox.value = 3
    upsampling.upsample()
    assert nodes() == first
    assert voxel_volume(upsampling.result, "Big ball") == pytest.approx(4 / 9 * 3, rel=0.01)


def test_a_saved_scene_reopens_with_the_result(upsampling, tmp_path):
    upsampling.upsample()
    table = upsampling.table()
    file = str(tmp_path / "fine.mrb")
    assert slicer.util.saveScene(file)
    slicer.mrmlScene.Clear(0)
    upsampling.wait_for("Choose a volume")
    assert upsampling.table() == []
    slicer.util.loadScene(file)
    upsampling.wait_for("Balls fine, interpolated is there")
    assert upsampling.table() == table
    upsampling.press(Qt.Key.Key_Z)
    upsampling.wait_for("Choose how fine")


class ImplicitForLarge(KnownUpsampler):
    """Has an implicit head, which is not asked of what is narrower than `LEAST` pixels."""

    LEAST = 20

    def upsample(self, embedding, box=None, **more):
        found = super().upsample(embedding, box, **more)
        return replace(found, method="implicit") if box[2] - box[0] > self.LEAST else found


class TestWhereTheImplicitDecoderDrew:
    """Is told by the line, the result's name, the segments' tags and the table."""

    @pytest.fixture
    def upsampling_models(self):
        return StandInModels(ImplicitForLarge())

    def method(self, panel, name: str) -> str:
        segmentation = panel.result.GetSegmentation()
        tag = vtk.reference("")
        segment = segmentation.GetSegment(segmentation.GetSegmentIdBySegmentName(name))
        assert segment.GetTag("MedSAM.upsampling", tag)
        return str(tag)

    def test_of_two_segments_one(self, upsampling):
        upsampling.upsample()
        assert "Balls fine is there; the implicit decoder drew 1 of 2 segments" in upsampling.text
        assert upsampling.result.GetName() == "Balls fine"
        assert self.method(upsampling, "Big ball") == "implicit"
        assert self.method(upsampling, "Small ball") == "interpolated"
        assert [row[1] for row in upsampling.table()[3::4]] == [
            "network, implicit head",
            "network, interpolated",
        ]

    def test_all_or_none(self, upsampling):
        upsampling.user.choose(upsampling.ui.segmentComboBox, "Big ball")
        upsampling.upsample()
        assert "Balls fine is there, drawn by the implicit decoder" in upsampling.text
        upsampling.user.choose(upsampling.ui.segmentComboBox, "Small ball")
        upsampling.click("upsampleButton")
        upsampling.wait_for("Balls fine, interpolated is there, made without the implicit decoder")


class TestWhileTheNetworkWorks(WithHeldNetwork):
    """What is done in the middle."""

    def test_cancel_leaves_the_scene_as_it_was(self, upsampling, network):
        before = nodes()
        upsampling.click("upsampleButton")
        network.wait_until_held()
        assert not upsampling.ui.upsampleButton.enabled
        upsampling.press(Qt.Key.Key_Escape)
        upsampling.wait_for("Cancelled; nothing was changed")
        network.release()
        upsampling.click("actionButton")
        upsampling.wait_for("Choose how fine")
        assert nodes() == before

    def test_a_volume_that_is_moved_takes_the_result_along(self, upsampling, network, phantom):
        upsampling.click("upsampleButton")
        network.wait_until_held()
        transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
        shift = np.eye(4)
        shift[:3, 3] = 10, -6, 9
        slicer.util.updateTransformMatrixFromArray(transform, shift)
        phantom.SetAndObserveTransformNodeID(transform.GetID())
        network.release()
        upsampling.wait_for("is there")
        points = segment_points(upsampling.result, "Big ball")
        assert np.linalg.norm(points.mean(axis=0) - BIG - shift[:3, 3]) < 0.5

    def test_a_segment_that_is_removed_has_no_result(self, upsampling, network, ball_segments):
        upsampling.click("upsampleButton")
        network.wait_until_held()
        segmentation = ball_segments.GetSegmentation()
        segmentation.RemoveSegment(segmentation.GetSegmentIdBySegmentName("Small ball"))
        network.release()
        upsampling.wait_for("is there")
        assert upsampling.result.GetSegmentation().GetNumberOfSegments() == 1

    def test_a_volume_that_is_deleted_ends_it(self, upsampling, network, phantom):
        upsampling.click("upsampleButton")
        network.wait_until_held()
        slicer.mrmlScene.RemoveNode(phantom)
        network.release()
        upsampling.wait_for("Choose a volume")
        assert nodes() == {"Balls"}

    def test_a_scene_that_is_closed_ends_it(self, upsampling, network):
        upsampling.click("upsampleButton")
        network.wait_until_held()
        slicer.mrmlScene.Clear(0)
        network.release()
        upsampling.wait_for("Choose a volume")
        assert nodes() == set()
