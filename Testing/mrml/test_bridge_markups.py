"""Prompts as markups, and as numbers in a slice."""

from __future__ import annotations

import numpy as np
import pytest
import slicer

from MedSAMLib.errors import UsageError
from MedSAMSlicerLib import markups
from MedSAMSlicerLib.slices import slicePlane
from Testing.mrml import bridge_scenes as scenes

SHAPE = (10, 30, 40)


@pytest.fixture
def volume():
    """2 mm slices of 1 mm pixels."""
    return scenes.add_volume(np.zeros(SHAPE, np.uint8), np.diag([1.0, 1, 2, 1]))


@pytest.fixture
def plane(volume):
    """The slice k = 5, at S = 10 mm."""
    return slicePlane(scenes.add_axis_view("Axial", (0, 0, 10)), volume)


@pytest.fixture
def positive(scene):
    return markups.createPointList(scene, "yes", positive=True)


@pytest.fixture
def negative(scene):
    return markups.createPointList(scene, "no", positive=False)


@pytest.fixture
def box(scene):
    return markups.createBox(scene, "box")


def test_points_and_their_signs_become_prompts(plane, positive, negative):
    positive.AddControlPointWorld(3, 4, 10)
    positive.AddControlPointWorld(5.25, 6.75, 10)
    negative.AddControlPointWorld(20, 21, 10)
    prompts = markups.promptsInPlane(plane, positive, negative)
    np.testing.assert_allclose(prompts.points, [(3, 4), (5.25, 6.75), (20, 21)])
    assert prompts.labels.tolist() == [1, 1, 0]
    assert prompts.box is None


def test_points_count_on_their_slice_only(plane, positive):
    for s in (8.9, 9.0, 10.9, 11.1):
        positive.AddControlPointWorld(s, 0, s)
    np.testing.assert_allclose(markups.pointsInPlane(positive, plane)[:, 0], [9.0, 10.9])


def test_a_point_is_where_its_transform_puts_it(plane, positive):
    transform = scenes.add_transform(np.eye(4) + np.eye(4, k=3) * 7)  # 7 mm to R
    positive.SetAndObserveTransformNodeID(transform.GetID())
    positive.AddControlPoint(3, 4, 10)
    np.testing.assert_allclose(markups.pointsInPlane(positive, plane), [(10, 4)])


def test_a_point_that_is_being_placed_does_not_count(plane, positive):
    positive.AddControlPointWorld(3, 4, 10)
    positive.SetNthControlPointPositionMissing(positive.AddControlPointWorld(5, 5, 10))
    assert len(markups.pointsInPlane(positive, plane)) == 1


def test_a_point_beside_the_image_is_told(plane, positive):
    positive.AddControlPointWorld(45, 4, 10)
    with pytest.raises(UsageError, match=r"The point \(45, 4\) is outside"):
        markups.promptsInPlane(plane, positive)


def test_without_prompts_on_the_slice_there_are_none(plane, positive, negative, box):
    assert markups.promptsInPlane(plane, positive, negative, box) is None


def test_a_roi_is_a_box_with_exclusive_ends(plane, box):
    box.SetCenterWorld(9.5, 15, 10)  # from -0.5 ... 19.5 and 9.5 ... 20.5: whole pixels
    box.SetSizeWorld(20, 11, 30)
    np.testing.assert_allclose(markups.boxInPlane(box, plane), (0, 10, 20, 21))


def test_a_roi_is_cut_to_the_image(plane, box):
    box.SetCenterWorld(0, 0, 10)
    box.SetSizeWorld(20, 11, 30)
    np.testing.assert_allclose(markups.boxInPlane(box, plane), (0, 0, 10.5, 6))


def test_a_roi_beside_the_image_is_no_box(plane, box):
    box.SetCenterWorld(100, 0, 10)
    box.SetSizeWorld(20, 11, 30)
    assert markups.boxInPlane(box, plane) is None


def test_a_turned_roi_is_boxed_where_it_is_cut(plane, box):
    turned = scenes.add_transform(
        np.array([[0.6, -0.8, 0, 20], [0.8, 0.6, 0, 15], [0, 0, 1, 0], [0, 0, 0, 1]])
    )
    box.SetAndObserveTransformNodeID(turned.GetID())
    box.SetCenter(0, 0, 10)
    box.SetSize(10, 5, 30)
    # Half extents: 0.6*5 + 0.8*2.5 = 5 across, 0.8*5 + 0.6*2.5 = 5.5 down.
    np.testing.assert_allclose(markups.boxInPlane(box, plane), (15.5, 10, 25.5, 21))


def test_a_rectangle_is_on_its_own_slice_only(plane, box):
    corners = plane.worldFromPixel([(4.5, 6.5), (14.5, 9.5)])
    markups.setBoxCorners(box, *corners, plane)
    np.testing.assert_allclose(markups.boxInPlane(box, plane), (5, 7, 15, 10))
    assert markups.boxInPlane(box, plane.neighbor(1)) is None
    assert markups.boxInPlane(box, plane.neighbor(-1)) is None


def test_the_corners_of_a_rectangle_may_come_in_any_order(plane, box):
    corners = plane.worldFromPixel([(14.5, 6.5), (4.5, 9.5)])
    markups.setBoxCorners(box, *corners, plane)
    np.testing.assert_allclose(markups.boxInPlane(box, plane), (5, 7, 15, 10))


@pytest.mark.parametrize("seed", range(10))
def test_a_rectangle_fits_any_slice(seed, box, rng):
    rng = np.random.default_rng(seed)
    parent = scenes.add_transform(scenes.random_pose(rng))
    volume = scenes.add_volume(np.zeros(SHAPE, np.uint8), scenes.random_ras_from_ijk(rng), parent)
    center = scenes.world_from_ijk(volume, [(20, 15, 5)])[0]
    plane = slicePlane(scenes.add_view(rng.normal(size=3), center, rng.normal(size=3)), volume)
    middle = plane.pixelFromWorld([center])[0]
    first, second = middle + (-3.5, 2.5), middle + (2.5, -4.5)
    markups.setBoxCorners(box, *plane.worldFromPixel([first, second]), plane)
    expected = np.array([*(middle + (-3, -4)), *(middle + (3, 3))])
    np.testing.assert_allclose(markups.boxInPlane(box, plane), expected, atol=1e-6)


def test_many_rois_are_many_boxes(scene, plane):
    rois = [markups.createBox(scene, f"lesion {n}") for n in range(3)]
    for roi, (x, s) in zip(rois, [(5, 10), (15, 10), (25, 4)], strict=True):
        roi.SetCenterWorld(x, 10, s)
        roi.SetSizeWorld(4, 6, 2)
    expected = [(3.5, 7.5, 7.5, 13.5), (13.5, 7.5, 17.5, 13.5)]
    np.testing.assert_allclose(markups.boxesInPlane(rois, plane), expected)
    assert markups.boxesInPlane([], plane).shape == (0, 4)


def test_signs_differ_in_form_and_in_a_color_blind_safe_color(positive, negative):
    yes, no = positive.GetDisplayNode(), negative.GetDisplayNode()
    assert yes.GetGlyphType() == slicer.vtkMRMLMarkupsDisplayNode.ThickCross2D  # a plus
    assert no.GetGlyphType() == slicer.vtkMRMLMarkupsDisplayNode.Dash2D  # a minus
    np.testing.assert_allclose(yes.GetSelectedColor(), markups.POSITIVE_COLOR)
    np.testing.assert_allclose(no.GetSelectedColor(), markups.NEGATIVE_COLOR)


@pytest.mark.parametrize("oblique", [False, True])
def test_two_clicks_in_a_view_give_the_box_between_them(views, box, oblique):
    array = np.zeros((48, 48, 48), np.uint8)
    matrix = np.diag([2.0, 2, 2, 1])
    matrix[:3, 3] = -47
    volume = scenes.add_volume(array, matrix)
    red = views.slices["Red"]
    red.set_background(volume)
    if oblique:
        red.node.SetSliceToRASByNTP(0, 0.5, np.sqrt(0.75), 1, 0, 0, 3, 4, 5, 0)
    slicer.modules.markups.logic().SetActiveList(box)
    interaction = slicer.app.applicationLogic().GetInteractionNode()
    interaction.SetCurrentInteractionMode(interaction.Place)
    corners = [(120, 140), (240, 280)]
    for position in corners:
        red.pointer.click(position)
    plane = slicePlane(red.node, volume)
    pixels = plane.pixelFromWorld([red.ras_at(position) for position in corners]) + 0.5
    expected = [*pixels.min(axis=0), *pixels.max(axis=0)]
    np.testing.assert_allclose(markups.boxInPlane(box, plane), expected, atol=1e-3)
