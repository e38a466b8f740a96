"""Prompts in the slice views become masks and segments, exactly where they were given.

The network is a stand-in that sees bright pixels, so that the voxels are known beforehand.
"""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import slicer.util
from PySide6.QtCore import Qt

from Testing.gui.panel_fixtures import (
    AFFINE,
    BIG,
    BIG_RADIUS,
    BRIGHT,
    SMALL,
    SMALL_RADIUS,
)
from Testing.gui.panel_user import pixel, segment_names, view_of
from Testing.gui.phantom_geometry import (
    ball_in_slice,
    box_around,
    corners,
    directions,
    look_at,
    result,
)


@pytest.mark.parametrize("view", ["Red", "Green", "Yellow"])
def test_a_box_becomes_a_segment_on_the_voxels_of_its_slice(panel, phantom, view):
    box_around(panel, view, BIG, BIG_RADIUS)
    panel.wait_for_mask()
    panel.picture(f"box_{view}")
    panel.accept()
    expected = ball_in_slice(phantom, view, BIG, BIG_RADIUS)
    assert expected.sum() > 300
    np.testing.assert_array_equal(result(panel, phantom), expected)
    assert panel.text.startswith(f"Added {expected.sum()} voxels")
    panel.picture(f"accepted_{view}")


def test_a_box_on_an_oblique_slice_lands_on_the_voxels_of_that_plane(panel, phantom):
    node = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceNode()
    tilt = np.radians(30)
    node.SetSliceToRASByNTP(0, np.sin(tilt), np.cos(tilt), 1, 0, 0, *BIG, 0)
    slicer.app.processEvents()
    box_around(panel, "Red", BIG, BIG_RADIUS)
    panel.wait_for_mask()
    panel.picture("box_oblique")
    panel.accept()
    found = np.argwhere(result(panel, phantom))[:, ::-1]
    ras = found @ AFFINE[:3, :3].T + AFFINE[:3, 3]
    across = directions("Red")[2]
    half_voxel = np.abs(across @ AFFINE[:3, :3]).sum() / 2
    assert np.abs((ras - BIG) @ across).max() <= half_voxel + 1e-6
    distance = np.linalg.norm(ras - BIG, axis=1)
    assert distance.max() <= BIG_RADIUS + 2
    # Every bright voxel that the plane passes nearer than a quarter of a voxel is there.
    bright = np.argwhere(slicer.util.arrayFromVolume(phantom) == BRIGHT)[:, ::-1]
    bright_ras = bright @ AFFINE[:3, :3].T + AFFINE[:3, 3]
    near = np.abs((bright_ras - BIG) @ across) < half_voxel / 4
    inner = np.linalg.norm(bright_ras - BIG, axis=1) < BIG_RADIUS - 3
    missing = {tuple(v) for v in bright[near & inner]} - {tuple(v) for v in found}
    assert not missing


def test_a_positive_point_finds_the_object_under_it(panel, phantom):
    look_at("Red", BIG)
    panel.wait_until_ready()
    panel.point_at("Red", SMALL)
    panel.accept()
    expected = ball_in_slice(phantom, "Red", SMALL, SMALL_RADIUS)
    np.testing.assert_array_equal(result(panel, phantom), expected)


def test_a_negative_point_takes_the_wrong_object_away(panel, phantom):
    look_at("Red", BIG)
    panel.wait_until_ready()
    right, up, _across = directions("Red")
    middle = (BIG + SMALL) / 2
    panel.draw_box("Red", middle - (right + up) * 65, middle + (right + up) * 65)
    panel.wait_for_mask()
    panel.point_at("Red", SMALL, positive=False)
    panel.wait_for_mask()
    panel.picture("negative_point")
    panel.accept()
    expected = ball_in_slice(phantom, "Red", BIG, BIG_RADIUS)
    np.testing.assert_array_equal(result(panel, phantom), expected)


def test_two_clicks_are_a_box_too_and_escape_gives_the_first_one_up(panel, phantom):
    look_at("Red", BIG)
    panel.wait_until_ready()
    panel.click("boxButton")
    first, second = (pixel("Red", corner) for corner in corners("Red", BIG, BIG_RADIUS))
    panel.user.click(view_of("Red"), (first[0], first[1]))
    assert panel.text.startswith("Click the opposite corner")
    panel.press(Qt.Key.Key_Escape)
    assert panel.text.startswith("Ready")
    panel.user.click(view_of("Red"), first)
    panel.user.click(view_of("Red"), second)
    panel.accept()
    expected = ball_in_slice(phantom, "Red", BIG, BIG_RADIUS)
    np.testing.assert_array_equal(result(panel, phantom), expected)


def test_undo_and_redo_by_keys_walk_through_the_prompts(panel, phantom):
    box_around(panel, "Red", BIG, BIG_RADIUS)
    panel.wait_for_mask()
    panel.point_at("Red", BIG, positive=False)
    panel.wait_for("The network found nothing")
    panel.press(Qt.Key.Key_Z)
    panel.wait_for_mask()
    panel.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    panel.wait_until_ready()
    panel.press(Qt.Key.Key_Y)
    panel.wait_for_mask()
    panel.accept()
    assert result(panel, phantom).any()
    panel.press(Qt.Key.Key_Z)
    assert "Object" not in segment_names(panel.parameters.segmentation)


def test_keys_choose_tools_and_decide(panel, phantom):
    look_at("Red", BIG)
    panel.wait_until_ready()
    for key, name in (
        (Qt.Key.Key_X, "boxButton"),
        (Qt.Key.Key_P, "positiveButton"),
        (Qt.Key.Key_N, "negativeButton"),
    ):
        panel.press(key)
        assert getattr(panel.ui, name).checked
    panel.press(Qt.Key.Key_N)
    assert not panel.ui.negativeButton.checked
    panel.point_at("Red", SMALL)
    panel.wait_for_mask()
    panel.press(Qt.Key.Key_Escape)
    panel.wait_until_ready()
    panel.point_at("Red", SMALL)
    panel.wait_for_mask()
    panel.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    panel.wait_for("Added")
    assert segment_names(panel.parameters.segmentation) == ["Object", "Object 2"]
    assert panel.ui.segmentComboBox.currentText == "Object 2"


def test_many_boxes_become_many_segments_in_one_step(panel, phantom):
    look_at("Red", BIG)
    panel.wait_until_ready()
    panel.click("separateCheckBox")
    for center, radius in ((BIG, BIG_RADIUS), (SMALL, SMALL_RADIUS)):
        panel.draw_box("Red", *corners("Red", center, radius))
    panel.wait_for_mask()
    panel.picture("many_boxes")
    panel.accept()
    for name, center, radius in (
        ("Object", BIG, BIG_RADIUS),
        ("Object 2", SMALL, SMALL_RADIUS),
    ):
        expected = ball_in_slice(phantom, "Red", center, radius)
        np.testing.assert_array_equal(result(panel, phantom, name), expected)
    panel.click("undoButton")
    assert segment_names(panel.parameters.segmentation) == []


def test_the_wheel_still_scrolls_and_shift_still_pans_while_a_tool_is_chosen(panel, phantom):
    panel.wait_until_ready()
    panel.click("boxButton")
    node = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceNode()
    before = node.GetXYZOrigin()
    panel.user.drag(view_of("Red"), (100, 100), (140, 120), held=Qt.KeyboardModifier.ShiftModifier)
    assert node.GetXYZOrigin() != before
    assert panel.text.startswith("Ready")
