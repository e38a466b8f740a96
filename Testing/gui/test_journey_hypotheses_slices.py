"""Alternatives through many slices, from a segment's box, with cancelling; the agreement map."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import slicer
import slicer.util
from PIL import Image
from PySide6.QtCore import Qt

from MedSAMSlicerLib.self_test.bright_pixels import StandInModels
from MedSAMSlicerLib.self_test.known_alternatives import NestedAlternatives, nested
from Testing.gui.held_network import HeldNetwork
from Testing.gui.hypotheses_phantom import make_alternatives
from Testing.gui.hypotheses_user import alternative_voxels
from Testing.gui.panel_fixtures import BIG, BRIGHT
from Testing.gui.panel_user import view_of
from Testing.gui.phantom_geometry import AFFINE, look_at

FIRST, LAST = 17, 21  # slices of the big ball


def add_segment(phantom) -> np.ndarray:
    """A segmentation with the bright voxels of slices 17 to 21 right of the middle."""
    voxels = slicer.util.arrayFromVolume(phantom) == BRIGHT
    voxels[:FIRST] = voxels[LAST + 1 :] = False
    voxels[:, :, 36:] = False
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Mine")
    node.CreateDefaultDisplayNodes()
    node.SetReferenceImageGeometryParameterFromVolumeNode(phantom)
    segment_id = node.GetSegmentation().AddEmptySegment("", "Ball")
    slicer.util.updateSegmentBinaryLabelmapFromArray(
        voxels.astype(np.uint8), node, segment_id, phantom
    )
    return voxels


def choose_segment(browser) -> None:
    browser.unfold("inputsButton")
    browser.user.choose(browser.ui.segmentationSelector, "Mine")
    browser.user.choose(browser.ui.promptComboBox, 'Box of "Ball"')


def choose_slices(browser, first: int, last: int) -> None:
    """Counted from 0."""
    browser.unfold("rangeButton")
    browser.ui.rangeWidget.setValues(first + 1, last + 1)
    slicer.app.processEvents()


def test_the_box_of_a_segment_is_the_prompt(browser, phantom):
    voxels = add_segment(phantom)
    look_at("Red", BIG)
    browser.wait_until_ready()
    choose_segment(browser)
    browser.wait_for("Make alternatives for the box of the segment")
    browser.key("H")
    browser.wait_for_alternatives()
    expected = np.zeros_like(voxels)
    expected[19] = nested(voxels[19], 4)[0]
    np.testing.assert_array_equal(alternative_voxels(browser, phantom, 0), expected)
    np.testing.assert_array_equal(mine(phantom), voxels)  # the user's own segment is untouched


def mine(phantom) -> np.ndarray:
    node = slicer.util.getNode("Mine")
    segment_id = node.GetSegmentation().GetNthSegmentID(0)
    return slicer.util.arrayFromSegmentBinaryLabelmap(node, segment_id, phantom) > 0


def test_a_segment_that_is_not_on_the_slice_is_told(browser, phantom):
    add_segment(phantom)
    look_at("Red", BIG + (0, 0, 30))
    browser.wait_until_ready()
    choose_segment(browser)
    browser.wait_for("The segment has nothing on this slice")
    browser.key("H")
    browser.wait_for("The segment has nothing on this slice")
    choose_slices(browser, 0, 5)
    browser.click("generateRangeButton")
    browser.wait_for("nothing on any slice of the range")


def test_a_range_takes_the_box_of_the_segment_on_every_slice(browser, phantom):
    voxels = add_segment(phantom)
    look_at("Red", BIG)
    browser.wait_until_ready()
    choose_segment(browser)
    choose_slices(browser, FIRST - 3, LAST + 3)
    browser.click("generateRangeButton")
    browser.wait_for_alternatives()
    browser.picture("range")
    assert browser.ui.rangeLabel.text.startswith("5 slices have alternatives")
    found = alternative_voxels(browser, phantom, 1)
    for index in range(FIRST, LAST + 1):
        np.testing.assert_array_equal(found[index], nested(voxels[index], 4)[1])
    assert not found[:FIRST].any()
    assert not found[LAST + 1 :].any()


def test_shift_enter_accepts_and_goes_to_the_next_slice(browser, phantom):
    make_alternatives(browser)
    choose_slices(browser, 18, 20)
    browser.click("generateRangeButton")
    browser.user.wait_until(lambda: len(browser.session.sets) == 3)
    browser.key("Return", Qt.KeyboardModifier.ShiftModifier)
    node = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceNode()
    height = AFFINE[2, 3] + 3 * 20
    browser.user.wait_until(lambda: abs(node.GetSliceOffset() - height) < 1e-3)
    browser.user.wait_until(lambda: browser.session.current is not None)
    browser.key("2")
    browser.key("Return", Qt.KeyboardModifier.ShiftModifier)
    browser.key("3")
    browser.key("Return", Qt.KeyboardModifier.ShiftModifier)
    assert [row["slice"] for row in browser.rows] == ["19", "20", "18"]
    assert [row["chosen"] for row in browser.rows] == ["1", "2", "3"]


def test_the_same_box_is_used_on_every_slice_and_scrolling_shows_each(browser, phantom):
    make_alternatives(browser)
    choose_slices(browser, 18, 19)
    browser.click("generateRangeButton")
    browser.user.wait_until(lambda: len(browser.session.sets) == 2)
    look_at("Red", BIG - (0, 0, 3))
    browser.user.wait_until(
        lambda: browser.session.current is browser.session.sets[keys(browser)[0]]
    )
    look_at("Red", BIG + (0, 0, 30))
    browser.user.wait_until(lambda: browser.gallery == [])


def keys(browser) -> list:
    return sorted(browser.session.sets, key=lambda key: key.plane.affine[2, 3])


class HeldAlternatives(HeldNetwork, NestedAlternatives):
    """Works no further in an embedding until a test lets it."""


class TestWhileTheNetworkWorks:
    @pytest.fixture
    def network(self):
        network = HeldAlternatives()
        network.release()
        yield network
        network.release()

    @pytest.fixture
    def hypotheses_models(self, network):
        return StandInModels(network)

    def test_cancelling_in_the_middle_leaves_everything_as_it_was(self, browser, phantom, network):
        make_alternatives(browser)
        before = dict(browser.session.sets)
        network.hold()
        choose_slices(browser, 10, 25)
        browser.click("generateRangeButton")
        network.wait_until_held()
        browser.wait_for("Making alternatives")
        assert browser.ui.stopButton.visible
        browser.picture("making")
        browser.key("Escape")
        browser.wait_for("Cancelled; nothing was changed.")
        network.release()
        browser.user.wait_until(lambda: not browser.is_working)
        assert browser.session.sets == before
        browser.click("actionButton")
        browser.wait_for_alternatives()

    def test_leaving_and_closing_the_scene_meanwhile_leave_nothing(self, browser, phantom, network):
        make_alternatives(browser)
        network.hold()
        choose_slices(browser, 10, 25)
        browser.click("generateRangeButton")
        network.wait_until_held()
        slicer.mrmlScene.Clear(0)
        network.release()
        browser.user.wait_until(lambda: not browser.is_working)
        browser.wait_for("Choose a volume")
        assert browser.session.sets == {}


def test_the_agreement_lies_over_the_image_and_goes_again(browser, phantom, tmp_path):
    make_alternatives(browser)
    composite = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceCompositeNode()
    browser.key("A")
    browser.picture("agreement")
    node = browser.parameters.agreement
    assert composite.GetForegroundVolumeID() == node.GetID()
    values = slicer.util.arrayFromVolume(node)
    np.testing.assert_allclose(np.unique(values), [0, 0.5, 0.75, 1])
    expected = [alternative_voxels(browser, phantom, n).sum() for n in range(4)]
    assert (values > 0).sum() == max(expected)
    assert (values == 1).sum() == min(expected)
    legend = slicer.vtkSlicerColorLogic.GetColorLegendDisplayNode(node.GetDisplayNode())
    assert legend.GetVisibility()
    assert agreement_is_drawn("Red", tmp_path / "view.png")
    browser.key("A")
    assert composite.GetForegroundVolumeID() is None
    assert not legend.GetVisibility()
    browser.key("A")
    browser.leave()
    assert composite.GetForegroundVolumeID() is None


def agreement_is_drawn(view: str, file: Path) -> bool:
    """Whether the view has yellow where all agree."""
    slicer.app.processEvents()
    assert view_of(view).grab().save(str(file))
    red, green, blue = np.asarray(Image.open(file).convert("RGB"), int).transpose(2, 0, 1)
    return bool(((red > 150) & (green > 130) & (blue < red - 50)).sum() > 200)


def test_only_the_chosen_one_or_none_can_be_shown(browser, phantom):
    make_alternatives(browser)
    display = browser.parameters.hypotheses.GetDisplayNode()
    ids = [f"alternative_{n}" for n in range(1, 5)]
    assert all(display.GetSegmentVisibility(each) for each in ids)
    browser.key("2")
    browser.key("O")
    assert [display.GetSegmentVisibility(each) for each in ids] == [0, 1, 0, 0]
    browser.key("O")
    assert not display.GetVisibility()
    browser.key("O")
    assert display.GetVisibility()
    browser.leave()
    assert not display.GetVisibility()
