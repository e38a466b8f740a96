"""The image and the geometry that a slice view has of a volume."""

from __future__ import annotations

import numpy as np
import pytest

from MedSAMLib.errors import MedSAMError
from MedSAMSlicerLib.slices import describeWindow, networkWindow, slicePlane, volumeFromNode
from Testing.mrml import bridge_scenes as scenes

SHAPE = (4, 5, 6)  # (K, J, I)
GRAY = np.arange(120, dtype=np.int16).reshape(SHAPE)
COLOR = np.arange(360, dtype=np.uint16).reshape(*SHAPE, 3).astype(np.uint8)


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [("Axial", GRAY[2]), ("Coronal", GRAY[:, 3]), ("Sagittal", GRAY[:, :, 4])],
)
def test_a_view_along_the_voxels_shows_a_slice_of_the_array(orientation, expected):
    volume = scenes.add_volume(GRAY)
    plane = slicePlane(scenes.add_axis_view(orientation, (4.2, 2.9, 2.4)), volume)
    assert plane.isVoxelSlice
    np.testing.assert_array_equal(plane.image(), expected)


def test_a_color_slice_has_its_three_colors():
    volume = scenes.add_volume(COLOR)
    plane = slicePlane(scenes.add_axis_view("Axial", (0, 0, 1)), volume)
    np.testing.assert_array_equal(plane.image(), COLOR[1])


def test_transparency_is_left_out():
    rgba = np.concatenate([COLOR, np.full((*SHAPE, 1), 255, np.uint8)], axis=-1)
    np.testing.assert_array_equal(volumeFromNode(scenes.add_volume(rgba)).array, COLOR)


def test_the_voxels_are_not_copied_but_a_slice_is():
    import slicer.util

    volume = scenes.add_volume(GRAY)
    array = slicer.util.arrayFromVolume(volume)
    assert np.shares_memory(volumeFromNode(volume).array, array)
    plane = slicePlane(scenes.add_axis_view("Axial", (0, 0, 1)), volume)
    assert not np.shares_memory(plane.image(), array)


def test_an_oblique_view_is_sampled_between_the_voxels():
    k, j, i = np.indices((20, 20, 20), float)
    volume = scenes.add_volume(2 * k + 3 * j - i)  # linear, so that sampling is exact
    view = scenes.add_view((0, 0.5, np.sqrt(0.75)), (10, 9, 8))
    plane = slicePlane(view, volume)
    assert not plane.isVoxelSlice
    y, x = np.indices(plane.shape)
    r, a, s = plane.worldFromPixel(np.column_stack([x.ravel(), y.ravel()])).T
    inside = ((np.abs(np.stack([r, a, s]) - 9.5) < 9.5).all(axis=0)).reshape(plane.shape)
    expected = (2 * s + 3 * a - r).reshape(plane.shape)
    np.testing.assert_allclose(plane.image()[inside], expected[inside], atol=1e-5)
    assert inside.sum() > 300


def test_an_oblique_image_lies_as_the_view_does():
    view = scenes.add_view((0.1, 0.5, 0.8), (10, 9, 8))
    plane = slicePlane(view, scenes.add_volume(np.zeros((20, 20, 20), np.uint8)))
    matrix = view.GetSliceToRAS()
    right, up = ([matrix.GetElement(r, c) for r in range(3)] for c in (0, 1))
    steps = plane.plane.affine[:3, :2] / plane.plane.pixel_spacing
    np.testing.assert_allclose(steps[:, 0], right, atol=1e-9)
    np.testing.assert_allclose(-steps[:, 1], up, atol=1e-9)


@pytest.mark.parametrize("tilt", [0, 0.5])
def test_panning_the_view_does_not_change_the_image(tilt):
    volume = scenes.add_volume(np.zeros((20, 20, 20), np.uint8))
    view = scenes.add_view((0, tilt, 1), (10, 9, 8))
    before = slicePlane(view, volume)
    matrix = view.GetSliceToRAS()
    for row in range(3):
        shift = 0.37 * matrix.GetElement(row, 0) - 1.9 * matrix.GetElement(row, 1)
        matrix.SetElement(row, 3, matrix.GetElement(row, 3) + shift)
    assert slicePlane(view, volume).isSameAs(before)
    assert not before.neighbor(1).isSameAs(before)


def test_the_click_is_where_the_transforms_put_it():
    outer = scenes.add_transform(np.diag([1.0, 1, 1, 1]) + np.eye(4, k=3) * 10)  # 10 mm to R
    inner = scenes.add_transform(np.diag([2.0, 2, 2, 1]), outer)
    volume = scenes.add_volume(GRAY, transform=inner)
    plane = slicePlane(scenes.add_axis_view("Axial", (0, 0, 6)), volume)
    np.testing.assert_array_equal(plane.image(), GRAY[3])
    np.testing.assert_allclose(plane.pixelFromWorld([(10 + 2 * 4, 2 * 1, 6)]), [(4, 1)])
    np.testing.assert_array_equal(plane.voxelFromWorld([(18.9, 1.1, 5.1)]), [(3, 1, 4)])


def test_the_voxel_changes_exactly_halfway():
    plane = slicePlane(scenes.add_axis_view("Axial", (0, 0, 1)), scenes.add_volume(GRAY))
    points = [(1.499999, 0, 1), (1.500001, 0, 1), (1, 2.499999, 1), (1, 2.500001, 1)]
    np.testing.assert_array_equal(
        plane.voxelFromWorld(points), [(1, 0, 1), (1, 0, 2), (1, 2, 1), (1, 3, 1)]
    )


def test_neighbors_are_the_next_slices_as_far_as_there_are_some():
    plane = slicePlane(scenes.add_axis_view("Axial", (0, 0, 2)), scenes.add_volume(GRAY))
    np.testing.assert_array_equal(plane.neighbor(1).image(), GRAY[3])
    np.testing.assert_array_equal(plane.neighbor(-2).image(), GRAY[0])
    assert plane.neighbor(2) is None
    assert plane.neighbor(-3) is None


def test_an_oblique_neighbor_is_one_thickness_away():
    volume = scenes.add_volume(np.zeros((20, 20, 20), np.uint8))
    plane = slicePlane(scenes.add_view((0, 1, 1), (10, 10, 10)), volume)
    moved = plane.neighbor(2).offsetFromWorld([(10, 10, 10)])
    np.testing.assert_allclose(moved, -2 * plane.thickness)
    assert plane.neighbor(100) is None


def test_a_view_beside_the_volume_is_refused():
    view = scenes.add_axis_view("Axial", (0, 0, 3.6))
    with pytest.raises(MedSAMError, match="does not cross volume"):
        slicePlane(view, scenes.add_volume(GRAY))


def test_a_nonlinear_transform_is_refused_with_a_way_out():
    volume = scenes.add_volume(GRAY, transform=scenes.add_nonlinear_transform())
    with pytest.raises(MedSAMError, match="harden the transform"):
        slicePlane(scenes.add_axis_view("Axial", (0, 0, 1)), volume)


def test_a_volume_without_an_image_is_refused(scene):
    empty = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "nothing")
    with pytest.raises(MedSAMError, match="'nothing' has no image"):
        volumeFromNode(empty)


def test_two_values_a_voxel_are_no_color():
    volume = scenes.add_volume(COLOR[..., :2].copy())
    with pytest.raises(MedSAMError, match="2 values a voxel"):
        volumeFromNode(volume)


def test_the_network_sees_the_window_of_the_view():
    volume = scenes.add_volume(GRAY)
    volume.CreateDefaultDisplayNodes()
    volume.GetDisplayNode().SetAutoWindowLevel(False)
    volume.GetDisplayNode().SetWindowLevel(400, 40)
    assert networkWindow(volume) == (40, 400)
    assert describeWindow(volume) == "window 400, level 40"


def test_a_volume_that_is_not_displayed_gets_an_automatic_window(scene):
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    assert networkWindow(volume) == "auto"
    assert describeWindow(volume) == "automatic window"


def test_colors_have_no_window():
    volume = scenes.add_volume(COLOR)
    assert networkWindow(volume) is None
    assert describeWindow(volume) == "colors as they are"
