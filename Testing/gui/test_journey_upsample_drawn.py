"""Somebody starts in MedSAMUpsample with an image alone: draws, and has a finer object."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import slicer.util
import vtk
from PySide6.QtCore import Qt
from scipy.spatial.transform import Rotation

from Testing.gui.panel_fixtures import BIG, BIG_RADIUS, BRIGHT, SMALL, SMALL_RADIUS
from Testing.gui.panel_user import PanelUser, add_volume, pixel, show, view_of
from Testing.gui.phantom_geometry import corners, directions, look_at
from Testing.gui.upsample_fixtures import WithHeldNetwork
from Testing.gui.upsample_user import segment_points, voxel_volume

OURS = (
    "vtkMRMLSegmentationNode",
    "vtkMRMLTableNode",
    "vtkMRMLMarkupsROINode",
    "vtkMRMLMarkupsFiducialNode",
)


def nodes() -> list[str]:
    return sorted(n.GetName() for kind in OURS for n in slicer.util.getNodesByClass(kind))


@pytest.fixture
def starting(upsample_user):
    """Somebody who has opened the module, and has an image but no segmentation."""
    return upsample_user


def draw(panel, view: str, center: np.ndarray, radius: float) -> None:
    look_at(view, center)
    panel.wait_until_ready()
    panel.draw_box(view, *corners(view, center, radius))


def test_a_box_becomes_a_finer_object(starting, phantom):
    starting.wait_for("draw a box around an object (X)")
    starting.press(Qt.Key.Key_X)
    starting.wait_for("Drag a box")
    draw(starting, "Red", BIG, BIG_RADIUS)
    starting.wait_for("press Upsample (U)")
    assert starting.ui.segmentComboBox.currentText == "What is drawn in a slice"
    assert "144 x 160 x 40 voxels" in starting.ui.sizeLabel.text
    starting.press(Qt.Key.Key_U)
    starting.wait_for("Phantom fine, interpolated is there")
    starting.picture("drawn")
    result = starting.result
    points = segment_points(result, "Object")
    assert np.linalg.norm(points.mean(axis=0) - BIG) < 0.5
    assert voxel_volume(result, "Object") == pytest.approx(1 * 1 * 3)
    assert len(points) * 3 == pytest.approx(np.pi * BIG_RADIUS**2 * 3, rel=0.05)
    assert len(starting.table()) == 4
    assert starting.table()[0][0] == "Object"


def test_a_click_is_enough(starting, phantom):
    look_at("Red", SMALL)
    starting.wait_until_ready()
    starting.point_at("Red", SMALL)
    starting.wait_for("press Upsample (U)")
    starting.upsample()
    points = segment_points(starting.result, "Object")
    assert np.linalg.norm(points.mean(axis=0) - SMALL) < 0.5


@pytest.mark.parametrize(("view", "across"), [("Green", 1), ("Yellow", 0)])
def test_slices_of_other_directions_are_as_thick_as_voxels(starting, phantom, view, across):
    draw(starting, view, BIG, BIG_RADIUS)
    starting.upsample()
    points = segment_points(starting.result, "Object")
    assert np.ptp(points[:, across]) == pytest.approx(0, abs=1e-3)
    others = [axis for axis in range(3) if axis != across]
    np.testing.assert_allclose(points.mean(axis=0)[others], BIG[others], atol=1)
    assert voxel_volume(starting.result, "Object") == pytest.approx(2 * 1 * 1.5)


def test_what_is_not_meant_is_clicked_away(starting, phantom):
    """One box around both balls, and a click on what is not the object."""
    look_at("Red", BIG)
    starting.wait_until_ready()
    middle = (BIG + SMALL) / 2
    starting.draw_box("Red", *corners("Red", middle, 52))
    starting.point_at("Red", SMALL, positive=False)
    starting.upsample()
    points = segment_points(starting.result, "Object")
    assert np.linalg.norm(points.mean(axis=0) - BIG) < 0.5


def test_z_takes_back_the_result_and_then_the_box(starting, phantom):
    draw(starting, "Red", BIG, BIG_RADIUS)
    before = nodes()
    starting.upsample()
    starting.press(Qt.Key.Key_Z)
    starting.wait_for("press Upsample (U)")
    assert nodes() == before
    starting.press(Qt.Key.Key_Z)
    starting.wait_for("Drag a box around an object")
    assert nodes() == []
    starting.press(Qt.Key.Key_Y)
    starting.wait_for("press Upsample (U)")
    starting.click("discardButton")
    assert nodes() == []


def test_another_slice_waits_for_a_box_of_its_own(starting, phantom):
    draw(starting, "Red", BIG, BIG_RADIUS)
    starting.wait_for("press Upsample (U)")
    for view in ("Red", "Green", "Yellow"):
        look_at(view, BIG + 12)
    starting.wait_for("Drag a box around an object")
    starting.press(Qt.Key.Key_X)
    starting.wait_for("Draw a box around an object on this slice")
    assert not starting.ui.upsampleButton.enabled
    look_at("Red", BIG)
    starting.wait_for("press Upsample (U)")


def test_where_the_network_finds_nothing_it_is_said(starting, phantom):
    nothing = BIG + (0, -60, 0)
    draw(starting, "Red", nothing, 6)
    starting.press(Qt.Key.Key_U)
    starting.wait_for("found nothing there")
    assert starting.result is None
    starting.draw_box("Red", *corners("Red", BIG, BIG_RADIUS))
    starting.wait_for("press Upsample (U)")


def test_a_segmentation_that_is_chosen_later_is_what_is_meant(starting, phantom, ball_segments):
    draw(starting, "Red", BIG, BIG_RADIUS)
    starting.user.choose(starting.ui.segmentationSelector, "Balls")
    assert starting.ui.segmentComboBox.currentText == "All segments"
    starting.point_at("Red", BIG)
    assert starting.ui.segmentComboBox.currentText == "What is drawn in a slice"
    starting.user.choose(starting.ui.segmentComboBox, "Small ball")
    starting.upsample()
    assert starting.result.GetName() == "Balls fine, interpolated"
    assert starting.result.GetSegmentation().GetNumberOfSegments() == 1


def test_leaving_takes_the_prompts_off_and_coming_back_shows_them(starting, phantom):
    draw(starting, "Red", BIG, BIG_RADIUS)
    starting.leave()
    assert nodes() == []
    starting.user.click(view_of("Red"), pixel("Red", BIG))
    assert nodes() == []
    starting.open()
    assert nodes() == ["MedSAM box"]
    starting.wait_for("press Upsample (U)")


def test_a_saved_scene_reopens_with_what_was_drawn(starting, phantom, tmp_path):
    draw(starting, "Red", BIG, BIG_RADIUS)
    starting.upsample()
    drawn = starting.session.history.targets
    file = str(tmp_path / "drawn.mrb")
    assert slicer.util.saveScene(file)
    slicer.mrmlScene.Clear(0)
    starting.wait_for("Choose a volume")
    assert nodes() == []
    slicer.util.loadScene(file)
    starting.wait_for("Phantom fine, interpolated is there")
    assert starting.session.history.targets[0].box == drawn[0].box
    starting.press(Qt.Key.Key_Z)
    starting.wait_for("press Upsample (U)")


def test_prompts_go_from_segment_to_upsample_and_back(
    starting, phantom, models, dependencies, user, main_window
):
    starting.leave()
    segment = PanelUser(user, main_window, models, dependencies)
    try:
        look_at("Red", BIG)
        segment.wait_until_ready()
        segment.draw_box("Red", *corners("Red", BIG, BIG_RADIUS))
        segment.wait_for_mask()
        starting.open()
        starting.wait_for("press Upsample (U)")
        assert starting.session.history.targets == segment.session.history.targets
        starting.point_at("Red", BIG)
        segment.open()
        segment.wait_for_mask()
        assert segment.session.history.targets == starting.session.history.targets
        assert len(segment.session.history.targets[0].points) == 1
    finally:
        segment.leave()
        segment.module.unload()


def test_no_view_keeps_the_mouse_when_the_module_is_left(starting, phantom):
    starting.click("boxButton")
    starting.leave()
    look_at("Red", BIG)
    starting.user.drag(view_of("Red"), *(pixel("Red", c) for c in corners("Red", BIG, 20)))
    assert starting.session.history.targets == ()


class TestOblique:
    """An oblique volume of 1 x 1.25 x 3 mm voxels under a turned transform."""

    MIDDLE, RADIUS = np.array([8.0, -12.0, 20.0]), 21.0

    @pytest.fixture
    def parent(self):
        matrix = np.eye(4)
        matrix[:3, :3] = Rotation.from_euler("xyz", (-10, 25, 5), degrees=True).as_matrix()
        matrix[:3, 3] = 12, -7, 5
        return matrix

    @pytest.fixture
    def oblique(self, starting, parent):
        """A bright ball in the world, in a volume that is turned in its own coordinates, too."""
        affine, size = np.eye(4), np.array([70, 60, 30])
        turn = Rotation.from_euler("xyz", (20, -35, 50), degrees=True).as_matrix()
        affine[:3, :3] = turn @ np.diag([1.0, 1.25, 3.0])
        center = (np.linalg.inv(parent) @ (*self.MIDDLE, 1))[:3]
        affine[:3, 3] = center - affine[:3, :3] @ ((size - 1) / 2) + (4, -3, 2)
        middle = center

        def ball(r, a, s):
            distance = (r - middle[0]) ** 2 + (a - middle[1]) ** 2 + (s - middle[2]) ** 2
            return np.where(distance < self.RADIUS**2, BRIGHT, 20)

        volume = add_volume(ball, tuple(size[::-1]), affine, "Oblique")
        transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
        slicer.util.updateTransformMatrixFromArray(transform, parent)
        volume.SetAndObserveTransformNodeID(transform.GetID())
        show(volume)
        starting.user.choose(starting.ui.volumeSelector, "Oblique")
        return volume

    def turn_views(self, volume) -> None:
        """As the button of the slice view's bar does: along the voxels."""
        for name in ("Red", "Green", "Yellow"):
            widget = slicer.app.layoutManager().sliceWidget(name)
            widget.mrmlSliceNode().RotateToVolumePlane(volume)
            widget.sliceLogic().SnapSliceOffsetToIJK()
        slicer.app.processEvents()

    def prompt(self, panel, kind: str) -> None:
        look_at("Red", self.MIDDLE)
        panel.wait_until_ready()
        if kind == "box":
            panel.draw_box("Red", *corners("Red", self.MIDDLE, self.RADIUS))
        else:
            panel.point_at("Red", self.MIDDLE)
        panel.wait_for("press Upsample (U)")

    def check(self, panel, slack: float) -> None:
        """The disk lies in the plane of the view, around the middle, and so does its surface."""
        points = segment_points(panel.result, "Object")
        normal = directions("Red")[2]
        offset = points.mean(axis=0) - self.MIDDLE
        assert np.linalg.norm(offset - (offset @ normal) * normal) < 0.5
        assert abs(offset @ normal) < slack
        radii = np.linalg.norm(points - points.mean(axis=0), axis=1)
        assert radii.max() == pytest.approx(self.RADIUS, abs=1.2)
        surface = world_surface(panel.result)
        heights = (surface - points.mean(axis=0)) @ normal
        assert np.abs(heights).max() < 3
        flat = surface - points.mean(axis=0) - heights[:, None] * normal
        assert np.linalg.norm(flat, axis=1).max() == pytest.approx(self.RADIUS, abs=1.5)

    @pytest.mark.parametrize("kind", ["box", "point"])
    def test_in_a_view_along_the_patient(self, starting, oblique, kind):
        self.prompt(starting, kind)
        starting.upsample()
        starting.picture(f"oblique-{kind}")
        self.check(starting, slack=1.5)

    @pytest.mark.parametrize("kind", ["box", "point"])
    def test_in_a_view_along_the_voxels(self, starting, oblique, kind):
        self.turn_views(oblique)
        self.prompt(starting, kind)
        assert " x 30 voxels" in starting.ui.sizeLabel.text
        starting.upsample()
        self.check(starting, slack=1.6)
        assert voxel_volume(starting.result, "Object") == pytest.approx(0.5 * 0.625 * 3)

    def test_the_result_goes_where_the_volume_goes(self, starting, oblique, parent):
        self.prompt(starting, "box")
        starting.upsample()
        before = segment_points(starting.result, "Object").mean(axis=0)
        moved = parent.copy()
        moved[:3, 3] += (10, -6, 9)
        slicer.util.updateTransformMatrixFromArray(oblique.GetParentTransformNode(), moved)
        after = segment_points(starting.result, "Object").mean(axis=0)
        np.testing.assert_allclose(after - before, (10, -6, 9), atol=1e-3)


def world_surface(node) -> np.ndarray:
    """The points (N, 3) of a segment's closed surface, in world coordinates."""
    segmentation = node.GetSegmentation()
    assert node.CreateClosedSurfaceRepresentation()
    surface = vtk.vtkPolyData()
    node.GetClosedSurfaceRepresentation(segmentation.GetSegmentIdBySegmentName("Object"), surface)
    points = np.array([surface.GetPoint(n) for n in range(surface.GetNumberOfPoints())])
    matrix = vtk.vtkMatrix4x4()
    node.GetParentTransformNode().GetMatrixTransformToWorld(matrix)
    return points @ slicer.util.arrayFromVTKMatrix(matrix)[:3, :3].T + [
        matrix.GetElement(row, 3) for row in range(3)
    ]


class TestWhileTheNetworkWorks(WithHeldNetwork):
    def test_cancel_leaves_the_scene_as_it_was(self, starting, phantom, network):
        draw(starting, "Red", SMALL, SMALL_RADIUS)
        before = nodes()
        starting.click("upsampleButton")
        network.wait_until_held()
        starting.press(Qt.Key.Key_Escape)
        starting.wait_for("Cancelled; nothing was changed")
        network.release()
        starting.click("actionButton")
        starting.wait_for("press Upsample (U)")
        assert nodes() == before

    def test_another_volume_gives_up_what_runs(self, starting, phantom, network):
        draw(starting, "Red", SMALL, SMALL_RADIUS)
        starting.click("upsampleButton")
        network.wait_until_held()
        starting.user.choose(starting.ui.volumeSelector, "Choose a volume")
        network.release()
        starting.wait_for("Choose a volume")
        assert nodes() == []
