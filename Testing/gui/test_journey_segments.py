"""What is accepted respects the segments that are there, and what the Segment Editor is set to.

The network is a stand-in that sees bright pixels, so that the voxels are known beforehand.
"""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import slicer.util
from PySide6 import QtWidgets
from PySide6.QtCore import Qt

from MedSAMSlicerLib.segments import createSegmentation
from Testing.gui.panel_fixtures import BIG, BIG_RADIUS, SHAPE, SMALL, SMALL_RADIUS
from Testing.gui.panel_user import segment_names, voxels
from Testing.gui.phantom_geometry import ball_in_slice, box_around, corners, look_at, result


@pytest.fixture
def neighbors(phantom):
    """A segmentation with `Left half` and `Right half`, each a half of all voxels in I."""
    segmentation = createSegmentation(phantom, "Anatomy")
    middle = 25  # cuts through the big ball
    for name, columns in (("Left half", slice(middle, None)), ("Right half", slice(0, middle))):
        segment_id = segmentation.GetSegmentation().AddEmptySegment("", name)
        array = np.zeros(SHAPE, np.uint8)
        array[:, :, columns] = 1
        slicer.util.updateSegmentBinaryLabelmapFromArray(array, segmentation, segment_id, phantom)
    return segmentation


def halves(segmentation, phantom) -> list[np.ndarray]:
    return [voxels(segmentation, phantom, f"{side} half") for side in ("Left", "Right")]


def choose(panel, **texts: str) -> None:
    for name, text in texts.items():
        panel.user.choose(getattr(panel.ui, name), text)


def test_a_mask_is_added_to_a_chosen_segment_and_its_neighbor_stays(panel, phantom):
    box_around(panel, "Red", BIG, BIG_RADIUS)
    panel.accept()
    choose(panel, segmentComboBox="New segment")
    panel.draw_box("Red", *corners("Red", SMALL, SMALL_RADIUS))
    panel.accept()
    choose(panel, segmentComboBox="Object")
    above = SMALL + (0, 0, 6)
    box_around(panel, "Red", above, SMALL_RADIUS)
    panel.accept()
    small = ball_in_slice(phantom, "Red", SMALL, SMALL_RADIUS)
    np.testing.assert_array_equal(result(panel, phantom, "Object 2"), small)
    first = result(panel, phantom)
    at_start = ball_in_slice(phantom, "Red", BIG, BIG_RADIUS)
    np.testing.assert_array_equal(first[19], at_start[19])
    assert first[21].sum() == (slicer.util.arrayFromVolume(phantom)[21, 40:, 36:] > 100).sum() > 0
    assert not first[[k for k in range(SHAPE[0]) if k not in (19, 21)]].any()


def test_by_default_the_mask_is_taken_from_the_segment_below(panel, phantom, neighbors):
    choose(panel, segmentationSelector="Anatomy")
    left, right = halves(neighbors, phantom)
    box_around(panel, "Red", BIG, BIG_RADIUS)
    panel.accept()
    ball = ball_in_slice(phantom, "Red", BIG, BIG_RADIUS)
    after = halves(neighbors, phantom)
    np.testing.assert_array_equal(after[0], left & ~ball)
    np.testing.assert_array_equal(after[1], right & ~ball)
    assert segment_names(neighbors) == ["Left half", "Right half", "Object"]


def test_overlap_leaves_other_segments_whole(panel, phantom, neighbors):
    choose(panel, segmentationSelector="Anatomy", overlapComboBox="Kept, segments may overlap")
    before = halves(neighbors, phantom)
    box_around(panel, "Red", BIG, BIG_RADIUS)
    panel.accept()
    np.testing.assert_array_equal(halves(neighbors, phantom), before)
    np.testing.assert_array_equal(
        result(panel, phantom), ball_in_slice(phantom, "Red", BIG, BIG_RADIUS)
    )


def test_a_mask_stays_inside_the_segment_that_is_the_editable_area(panel, phantom, neighbors):
    choose(panel, segmentationSelector="Anatomy", overlapComboBox="Kept, segments may overlap")
    choose(panel, areaComboBox="Inside Left half")
    box_around(panel, "Red", BIG, BIG_RADIUS)
    panel.picture("masking")
    panel.accept()
    panel.picture("masking_accepted")
    left, _right = halves(neighbors, phantom)
    ball = ball_in_slice(phantom, "Red", BIG, BIG_RADIUS)
    assert 0 < (ball & left).sum() < ball.sum()
    np.testing.assert_array_equal(result(panel, phantom), ball & left)


def test_a_mask_outside_the_editable_area_is_told_and_nothing_changes(panel, phantom, neighbors):
    choose(panel, segmentationSelector="Anatomy", areaComboBox="Outside all segments")
    before = halves(neighbors, phantom)
    box_around(panel, "Red", BIG, BIG_RADIUS)
    panel.accept()
    panel.wait_for("Nothing was written")
    np.testing.assert_array_equal(halves(neighbors, phantom), before)
    assert segment_names(neighbors) == ["Left half", "Right half"]


def ball_in_volume(phantom, center: np.ndarray, radius: float) -> np.ndarray:
    """All bright voxels of a ball."""
    from scipy import ndimage

    parts, _count = ndimage.label(slicer.util.arrayFromVolume(phantom) > 100)
    in_slice = ball_in_slice(phantom, "Red", center, radius)
    return parts == parts[in_slice][0]


def test_an_object_is_carried_through_all_slices_that_show_it(panel, phantom):
    box_around(panel, "Red", SMALL, SMALL_RADIUS)
    panel.wait_for_mask()
    panel.click("propagateButton")
    panel.wait_for("Look through the slices")
    panel.picture("propagated")
    panel.press(Qt.Key.Key_Return)
    panel.wait_for("Added")
    found, ball = result(panel, phantom), ball_in_volume(phantom, SMALL, SMALL_RADIUS)
    # The last slices are much smaller than their neighbors: the walk may end before them.
    missed = ball & ~found
    assert not (found & ~ball).any()
    assert missed.sum() < 0.1 * ball.sum()
    panel.click("undoButton")
    assert segment_names(panel.parameters.segmentation) == []


def test_a_propagation_keeps_to_the_chosen_range(panel, phantom):
    box_around(panel, "Green", SMALL, SMALL_RADIUS)
    panel.wait_for_mask()
    panel.ui.rangeWidget.setValues(50, 53)
    panel.click("propagateButton")
    panel.wait_for("Look through the slices")
    panel.press(Qt.Key.Key_Return)
    panel.wait_for("Added")
    rows = np.flatnonzero(result(panel, phantom).any(axis=(0, 2)))
    start = 51  # of the box, always part of the range; rows are counted from 0
    np.testing.assert_array_equal(rows, np.arange(min(49, start), max(52, start) + 1))


def test_enter_in_a_number_field_ends_the_typing_and_accepts_nothing(panel, phantom):
    box_around(panel, "Red", SMALL, SMALL_RADIUS)
    panel.wait_for_mask()
    field = panel.ui.rangeWidget.findChildren(QtWidgets.QDoubleSpinBox)[0]
    QtWidgets.QApplication.setActiveWindow(panel.window)  # a window system would do that
    panel.user.press_key(field, Qt.Key.Key_Return)
    panel.wait_for_mask()
    assert panel.parameters.segmentation is None


def test_discarding_a_propagation_leaves_no_voxel(panel, phantom):
    box_around(panel, "Red", SMALL, SMALL_RADIUS)
    panel.wait_for_mask()
    panel.click("propagateButton")
    panel.wait_for("Look through the slices")
    panel.click("discardButton")
    panel.wait_until_ready()
    assert panel.parameters.segmentation is None
    assert slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLMarkupsROINode") is None


def test_two_volumes_with_different_transforms_get_their_own_masks(panel, phantom):
    """The same image again, turned by 20 degrees and moved by a transform of its own."""
    other = slicer.modules.volumes.logic().CloneVolume(phantom, "Turned")
    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    turn = np.eye(4)
    cosine, sine = np.cos(np.radians(20)), np.sin(np.radians(20))
    turn[:2, :2] = [[cosine, -sine], [sine, cosine]]
    turn[:3, 3] = (15, -9, 6)
    transform.SetMatrixTransformToParent(slicer.util.vtkMatrixFromArray(turn))
    other.SetAndObserveTransformNodeID(transform.GetID())
    box_around(panel, "Red", BIG, BIG_RADIUS)
    panel.accept()
    choose(panel, volumeSelector="Turned", segmentationSelector="New segmentation")
    center = turn[:3, :3] @ BIG + turn[:3, 3]
    look_at("Red", center)
    panel.wait_until_ready()
    # Boxes lie along the rows and columns of the image, which are turned on the screen.
    diagonal = turn[:3, :3] @ (BIG_RADIUS + 3, BIG_RADIUS + 3, 0)
    panel.draw_box("Red", center - diagonal, center + diagonal)
    panel.wait_for_mask()
    panel.picture("transformed")
    panel.accept()
    expected = ball_in_slice(phantom, "Red", BIG, BIG_RADIUS)
    masks = [
        voxels(slicer.util.getNode(f"{name} segmentation"), volume, "Object")
        for name, volume in (("Phantom", phantom), ("Turned", other))
    ]
    np.testing.assert_array_equal(masks, [expected, expected])


def test_looking_elsewhere_keeps_the_object(panel, phantom):
    box_around(panel, "Red", BIG, BIG_RADIUS)
    panel.wait_for_mask()
    look_at("Red", BIG + (0, 0, 20))
    panel.wait_for_mask()
    panel.accept()
    expected = ball_in_slice(phantom, "Red", BIG, BIG_RADIUS)
    np.testing.assert_array_equal(result(panel, phantom), expected)
