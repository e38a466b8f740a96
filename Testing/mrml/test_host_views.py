"""Views drawn off screen answer the mouse and the keyboard as the application's do."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import slicer.util
import vtk

from Testing.SlicerHost.placing import start_placing
from Testing.SlicerHost.views.pointer import Modifiers

CLICK_TOLERANCE_MM = 0.01


@pytest.fixture
def a_phantom():
    """A bright ball of 20 mm radius about the origin in a dark 96 mm cube of 2 mm voxels."""
    k, j, i = np.indices((48, 48, 48)) * 2.0 - 47
    array = np.where(i**2 + j**2 + k**2 < 20**2, 100, 0).astype(np.int16)
    matrix = np.diag([2.0, 2.0, 2.0, 1.0])
    matrix[:3, 3] = -47
    volume = slicer.util.addVolumeFromArray(array, slicer.util.vtkMatrixFromArray(matrix))
    volume.CreateDefaultDisplayNodes()
    volume.GetDisplayNode().SetAutoWindowLevel(False)
    volume.GetDisplayNode().SetWindowLevel(200, 100)
    return volume


@pytest.fixture
def red(views, a_phantom):
    views.slices["Red"].set_background(a_phantom)
    return views.slices["Red"]


def interaction_mode() -> int:
    return slicer.app.applicationLogic().GetInteractionNode().GetCurrentInteractionMode()


def gray_at(view, position) -> int:
    column, row = (round(value) for value in position)
    return int(view.picture()[view.size[1] - 1 - row, column, 0])


def test_views_show_their_usual_orientation(views):
    orientations = {name: view.node.GetOrientation() for name, view in views.slices.items()}
    assert orientations == {"Red": "Axial", "Green": "Coronal", "Yellow": "Sagittal"}


def test_a_slice_is_drawn_with_its_window_and_level(red):
    assert gray_at(red, red.position_of((0, 0, 0))) == pytest.approx(128, abs=2)
    assert gray_at(red, red.position_of((30, 0, 0))) == 0


def test_a_segment_is_drawn_in_its_color(red, a_phantom):
    segmentation = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    segmentation.CreateDefaultDisplayNodes()
    segmentation.SetReferenceImageGeometryParameterFromVolumeNode(a_phantom)
    segmentation.GetSegmentation().AddEmptySegment("ball", "ball", (1, 0, 0))
    ball = slicer.util.arrayFromVolume(a_phantom) > 0
    slicer.util.updateSegmentBinaryLabelmapFromArray(
        ball.astype(np.uint8), segmentation, "ball", a_phantom
    )
    picture = red.picture().astype(int)
    reddish = (picture[..., 0] - picture[..., 2] > 50).sum()
    voxel_mm2 = (red.node.GetFieldOfView()[0] / red.size[0]) ** 2
    assert reddish * voxel_mm2 == pytest.approx(np.pi * 20**2, rel=0.05)


def test_a_point_is_placed_exactly_where_the_mouse_clicks(red):
    points = start_placing("vtkMRMLMarkupsFiducialNode", persistent=True)
    positions = [(100, 120), (250, 260), (301, 77)]
    for position in positions:
        red.pointer.click(position)
    placed = slicer.util.arrayFromMarkupsControlPoints(points)
    expected = [red.ras_at(position) for position in positions]
    np.testing.assert_allclose(placed[:3], expected, atol=CLICK_TOLERANCE_MM)


def test_a_single_placement_ends_place_mode(red):
    points = start_placing("vtkMRMLMarkupsFiducialNode")
    red.pointer.click((200, 200))
    red.pointer.click((250, 250))
    assert points.GetNumberOfDefinedControlPoints() == 1
    assert interaction_mode() == slicer.vtkMRMLInteractionNode.ViewTransform


def test_a_point_is_exact_on_an_oblique_slice(red):
    red.node.SetSliceToRASByNTP(0, 0.5, 0.866, 1, 0, 0, 3, 4, 5, 0)
    points = start_placing("vtkMRMLMarkupsFiducialNode")
    red.pointer.click((140, 230))
    placed = slicer.util.arrayFromMarkupsControlPoints(points)[0]
    np.testing.assert_allclose(placed, red.ras_at((140, 230)), atol=CLICK_TOLERANCE_MM)


def test_two_clicks_make_a_roi(red):
    roi = start_placing("vtkMRMLMarkupsROINode")
    corners = [(120, 140), (240, 280)]
    for position in corners:
        red.pointer.click(position)
    first, second = (red.ras_at(position) for position in corners)
    np.testing.assert_allclose(roi.GetCenter(), (first + second) / 2, atol=CLICK_TOLERANCE_MM)
    np.testing.assert_allclose(roi.GetSize()[:2], abs(second - first)[:2], atol=CLICK_TOLERANCE_MM)


def test_a_point_is_dragged(red):
    points = start_placing("vtkMRMLMarkupsFiducialNode")
    red.pointer.click((200, 200))
    red.pointer.drag((200, 200), (240, 170))
    moved = slicer.util.arrayFromMarkupsControlPoints(points)[0]
    np.testing.assert_allclose(moved, red.ras_at((240, 170)), atol=CLICK_TOLERANCE_MM)


def test_the_delete_key_removes_the_point_under_the_mouse(red):
    points = start_placing("vtkMRMLMarkupsFiducialNode")
    red.pointer.click((200, 200))
    red.pointer.move((200, 200))
    red.pointer.key("Delete")
    assert points.GetNumberOfControlPoints() == 0


def test_a_drag_changes_window_and_level(red, a_phantom):
    interaction = slicer.app.applicationLogic().GetInteractionNode()
    interaction.SetCurrentInteractionMode(interaction.AdjustWindowLevel)
    display = a_phantom.GetDisplayNode()
    before = (display.GetWindow(), display.GetLevel())
    red.pointer.drag((200, 200), (260, 230))
    assert display.GetWindow() > before[0]
    assert display.GetLevel() != before[1]


def test_the_wheel_moves_by_one_slice(red):
    offset = red.logic.GetSliceOffset()
    red.pointer.wheel((200, 200))
    assert abs(red.logic.GetSliceOffset() - offset) == pytest.approx(2.0)


def test_the_right_button_zooms(red):
    field = red.node.GetFieldOfView()[0]
    red.pointer.drag((200, 200), (200, 260), button="Right")
    assert red.node.GetFieldOfView()[0] != pytest.approx(field)


def test_shift_and_left_button_pan_the_slice(red):
    under_the_mouse = red.ras_at((200, 200))
    red.pointer.drag((200, 200), (230, 215), held=Modifiers(shift=True))
    np.testing.assert_allclose(red.ras_at((230, 215)), under_the_mouse, atol=CLICK_TOLERANCE_MM)


def test_an_observer_of_higher_priority_takes_the_click(red):
    points = start_placing("vtkMRMLMarkupsFiducialNode")
    seen = []

    def take(interactor, _event):
        seen.append((interactor.GetEventPosition(), interactor.GetControlKey()))
        interactor.GetCommand(tag).SetAbortFlag(True)

    tag = red.interactor.AddObserver("LeftButtonPressEvent", take, 100.0)
    red.pointer.click((150, 160), held=Modifiers(ctrl=True))
    red.interactor.RemoveObserver(tag)
    assert seen == [((150, 160), 1)]
    assert points.GetNumberOfDefinedControlPoints() == 0


def test_a_click_in_the_3d_view_lands_on_the_surface(views):
    sphere = vtk.vtkSphereSource()
    sphere.SetRadius(30)
    sphere.SetThetaResolution(64)
    sphere.SetPhiResolution(64)
    sphere.Update()
    slicer.modules.models.logic().AddModel(sphere.GetOutput())
    views.threed.fit()
    views.threed.picture()
    points = start_placing("vtkMRMLMarkupsFiducialNode")
    views.threed.pointer.click((200, 200))
    distance = np.linalg.norm(slicer.util.arrayFromMarkupsControlPoints(points)[0])
    assert distance == pytest.approx(30, abs=0.5)


def test_a_held_hierarchy_of_a_closed_scene_does_no_harm(red, a_phantom, scene, tmp_path):
    held = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    segmentation = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    segmentation.CreateDefaultDisplayNodes()
    segmentation.SetReferenceImageGeometryParameterFromVolumeNode(a_phantom)
    segmentation.GetSegmentation().AddEmptySegment("ball")
    slicer.util.saveScene(str(tmp_path / "scene.mrb"))
    scene.Clear(0)
    slicer.util.loadScene(str(tmp_path / "scene.mrb"))  # once an endless loop in the 3-D view
    assert slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene) is not held
