"""Alternatives are made, browsed, accepted, merged and taken back with mouse and keyboard.

The network is a stand-in whose alternatives are known beforehand.
"""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import slicer.util

from Testing.gui.hypotheses_fixtures import show_only
from Testing.gui.hypotheses_phantom import expected_masks, make_alternatives
from Testing.gui.hypotheses_user import alternative_voxels
from Testing.gui.panel_fixtures import AFFINE, BIG, BIG_RADIUS
from Testing.gui.panel_user import segment_names
from Testing.gui.phantom_geometry import AXES, box_around, directions, look_at, result


@pytest.mark.parametrize("view", ["Red", "Green", "Yellow"])
def test_a_box_becomes_alternatives_that_touch_no_segment(browser, phantom, view):
    show_only(view)
    make_alternatives(browser, view)
    browser.picture(f"alternatives_{view}")
    masks = expected_masks(phantom, view)
    for index, mask in enumerate(masks):
        np.testing.assert_array_equal(alternative_voxels(browser, phantom, index), mask)
    assert browser.parameters.hypotheses.GetName() == "Phantom hypotheses"
    assert browser.parameters.segmentation is None
    assert "most typical" in browser.gallery[0]
    area = masks[0].sum() * np.prod(np.delete(phantom.GetSpacing()[::-1], AXES[view]))
    assert f"{area:.4g} mm²" in browser.gallery[0]
    assert "same as 1" in browser.gallery[2]
    overlap = 2 * masks[3].sum() / (masks[0].sum() + masks[3].sum())
    assert f"differs {round(100 * (1 - overlap))} %" in browser.gallery[3]


def test_keys_browse_and_enter_accepts_the_chosen_one(browser, phantom):
    make_alternatives(browser)
    masks = expected_masks(phantom)
    assert browser.chosen == 1
    for key, chosen in (("Right", 2), ("Right", 3), ("4", 4), ("Right", 1), ("Left", 4), ("2", 2)):
        browser.key(key)
        assert browser.chosen == chosen
    browser.key("9")  # there are only four
    assert browser.chosen == 2
    browser.key("Return")
    browser.wait_for(f"Added {masks[1].sum()} voxels")
    browser.picture("accepted")
    np.testing.assert_array_equal(result(browser, phantom), masks[1])
    (row,) = browser.rows
    assert (row["chosen"], row["count"], row["medoid"], row["merged"]) == ("2", "4", "1", "")


def test_undo_takes_the_mask_and_its_row_back_and_then_the_prompt(browser, phantom):
    make_alternatives(browser)
    browser.key("Return")
    browser.wait_for("Added")
    browser.key("Z")
    browser.wait_for_alternatives()
    assert segment_names(browser.parameters.segmentation) == []
    assert browser.rows == []
    browser.key("Z")
    browser.wait_until_ready()
    assert browser.gallery == []
    assert not alternative_voxels_exist(browser)
    browser.key("Y")
    browser.wait_for_alternatives()
    assert len(browser.gallery) == 4


def alternative_voxels_exist(browser) -> bool:
    """Whether any alternative is left in the scene."""
    return browser.parameters.hypotheses.GetSegmentation().GetNumberOfSegments() > 0


def test_marked_ones_are_merged_and_the_union_is_accepted(browser, phantom):
    make_alternatives(browser)
    masks = expected_masks(phantom)
    browser.key("M")
    assert "Mark at least two" in browser.text
    browser.key("2")
    browser.key("Space")
    browser.key("4")
    browser.key("Space")
    browser.key("M")
    browser.picture("merged")
    assert browser.gallery[4].startswith("2+4 union")
    assert browser.chosen == 5
    browser.key("Return")
    browser.wait_for("Added")
    np.testing.assert_array_equal(result(browser, phantom), masks[1] | masks[3])
    (row,) = browser.rows
    assert (row["chosen"], row["merged"]) == ("2+4", "union")


@pytest.mark.parametrize(
    ("rule", "expected"), [("By majority", 0), ("By intersection", 3), ("By STAPLE", 0)]
)
def test_all_are_combined_by_the_chosen_rule(browser, phantom, rule, expected):
    make_alternatives(browser)
    browser.user.choose(browser.ui.ruleComboBox, rule)
    browser.key("C")
    assert browser.gallery[4].startswith("all ")
    browser.click("acceptButton")
    np.testing.assert_array_equal(result(browser, phantom), expected_masks(phantom)[expected])


def test_a_click_on_a_picture_chooses_and_the_button_marks_it(browser, phantom):
    make_alternatives(browser)
    cards = browser.ui.galleryList
    place = cards.visualItemRect(cards.item(1)).center()
    browser.user.click(cards.viewport(), (place.x(), place.y()))
    assert browser.chosen == 2
    browser.click("markButton")
    assert browser.session.current.marked == {1}
    assert not browser.ui.mergeButton.enabled
    browser.key("4")
    browser.click("markButton")
    browser.click("mergeButton")
    assert browser.gallery[4].startswith("2+4 union")
    assert not browser.ui.markButton.enabled


def test_the_best_come_first_if_wanted(browser, phantom):
    make_alternatives(browser)
    browser.click("bestFirstCheckBox")
    assert [text.split(":")[0] for text in browser.gallery] == ["1", "3", "2", "4"]
    browser.key("Right")
    assert browser.session.current.chosen == 2


def test_an_oblique_slice_has_alternatives_that_land_on_its_plane(browser, phantom):
    tilt = np.radians(30)
    node = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceNode()
    node.SetSliceToRASByNTP(0, np.sin(tilt), np.cos(tilt), 1, 0, 0, *BIG, 0)
    slicer.app.processEvents()
    make_alternatives(browser)
    browser.key("2")
    browser.key("Return")
    browser.wait_for("Added")
    found = np.argwhere(result(browser, phantom))[:, ::-1]
    ras = found @ AFFINE[:3, :3].T + AFFINE[:3, 3]
    across = directions("Red")[2]
    half_voxel = np.abs(across @ AFFINE[:3, :3]).sum() / 2
    assert np.abs((ras - BIG) @ across).max() <= half_voxel + 1e-6
    assert np.linalg.norm(ras - BIG, axis=1).max() < BIG_RADIUS
    (row,) = browser.rows
    assert (row["slice"], row["axis"]) == ("", "oblique")


def test_a_moved_volume_has_its_alternatives_where_it_is(browser, phantom):
    browser.wait_until_ready()
    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    shift = np.eye(4)
    shift[:3, 3] = 10, -6, 9
    slicer.util.updateTransformMatrixFromArray(transform, shift)
    phantom.SetAndObserveTransformNodeID(transform.GetID())
    moved = BIG + shift[:3, 3]
    look_at("Red", moved)
    box_around(browser, "Red", moved, BIG_RADIUS)
    browser.wait_for_alternatives()
    browser.key("Return")
    browser.wait_for("Added")
    np.testing.assert_array_equal(result(browser, phantom), expected_masks(phantom)[0])


def test_a_click_on_the_object_is_enough_and_a_count_of_sixteen_works(browser, phantom):
    look_at("Red", BIG)
    browser.wait_until_ready()
    browser.ui.countSpinBox.value = 16
    browser.point_at("Red", BIG)
    browser.wait_for_alternatives()
    browser.picture("sixteen")
    assert len(browser.gallery) == 16
    assert browser.parameters.hypotheses.GetSegmentation().GetNumberOfSegments() == 16


def test_without_at_once_nothing_is_made_before_the_key(browser, phantom):
    browser.click("automaticCheckBox")
    box_around(browser, "Red", BIG, BIG_RADIUS)
    browser.wait_for("Make alternatives for the prompt")
    assert browser.gallery == []
    browser.key("H")
    browser.wait_for_alternatives()


def test_the_panel_fits_into_400_pixels(browser, phantom):
    make_alternatives(browser)
    for name in ("inputsButton", "modelButton", "rangeButton", "compareButton", "choicesButton"):
        browser.unfold(name)
    browser.picture("unfolded")
    assert browser.widget.uiWidget.minimumSizeHint.width() <= 400
