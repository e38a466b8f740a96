"""Scenes with alternatives are saved, closed and loaded at any moment; prompts are shared."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import slicer.util

from Testing.gui.hypotheses_phantom import expected_masks, make_alternatives
from Testing.gui.hypotheses_user import alternative_voxels
from Testing.gui.panel_fixtures import BIG, BIG_RADIUS
from Testing.gui.panel_user import PanelUser, pixel, segment_names, view_of
from Testing.gui.phantom_geometry import box_around, corners, look_at, result

OURS = (
    "vtkMRMLMarkupsROINode",
    "vtkMRMLMarkupsFiducialNode",
    "vtkMRMLSegmentationNode",
    "vtkMRMLTableNode",
)


def nodes_of_ours() -> list[str]:
    return [node.GetName() for cls in OURS for node in slicer.util.getNodesByClass(cls)]


def test_a_saved_scene_reopens_where_it_was(browser, phantom, tmp_path):
    browser.ui.countSpinBox.value = 5
    make_alternatives(browser)
    browser.read_as("Anna")
    browser.key("2")
    browser.key("Space")
    browser.key("Return")
    browser.wait_for("Added")
    browser.key("5")
    browser.key("Space")
    browser.key("M")
    browser.key("A")
    before, rows = list(browser.gallery), list(browser.rows)
    file = str(tmp_path / "session.mrb")
    assert slicer.util.saveScene(file)
    slicer.mrmlScene.Clear(0)
    browser.wait_for("Choose a volume")
    assert nodes_of_ours() == []
    slicer.util.loadScene(file)
    browser.user.wait_until(lambda: len(browser.gallery) == 6)
    browser.picture("reloaded")
    phantom = slicer.util.getNode("Phantom")
    assert browser.gallery == before
    assert browser.chosen == 6
    assert browser.session.current.marked == {1, 4}
    assert browser.ui.countSpinBox.value == 5
    assert browser.ui.readerComboBox.currentText == "Anna"
    assert browser.rows == rows
    assert browser.ui.agreementCheckBox.checked
    np.testing.assert_array_equal(
        alternative_voxels(browser, phantom, 4), expected_masks(phantom, count=5)[4]
    )
    browser.read_as("Bob")
    browser.key("Return")
    browser.wait_for("to Object - Bob")
    assert segment_names(browser.parameters.segmentation) == ["Object - Anna", "Object - Bob"]
    assert len(browser.rows) == 2


def begin_nothing(browser) -> None:
    browser.wait_until_ready()


def begin_a_box(browser) -> None:
    look_at("Red", BIG)
    browser.wait_until_ready()
    browser.click("boxButton")
    browser.user.click(view_of("Red"), pixel("Red", corners("Red", BIG, BIG_RADIUS)[0]))
    browser.wait_for("Click the opposite corner")


def choose(browser) -> None:
    make_alternatives(browser)


def accept(browser) -> None:
    make_alternatives(browser)
    browser.key("Return")
    browser.wait_for("Added")


def show_all(browser) -> None:
    accept(browser)
    browser.unfold("compareButton")
    browser.unfold("rangeButton")
    browser.key("C")
    browser.key("A")


@pytest.mark.parametrize("stage", [begin_nothing, begin_a_box, choose, accept, show_all])
def test_a_scene_that_is_closed_at_any_stage_leaves_nothing(browser, phantom, stage):
    stage(browser)
    slicer.mrmlScene.Clear(0)
    browser.wait_for("Choose a volume")
    assert nodes_of_ours() == []
    assert browser.gallery == []
    assert browser.rows == []
    for key in ("Return", "M", "C", "H", "A", "Z", "Right", "1", "Space"):
        browser.key(key)
    assert nodes_of_ours() == []


def test_removed_nodes_are_made_anew(browser, phantom):
    accept(browser)
    parameters = browser.parameters
    for node in (parameters.hypotheses, parameters.choices, parameters.segmentation):
        slicer.mrmlScene.RemoveNode(node)
    browser.key("H")
    browser.user.wait_until(lambda: browser.session.current.accepted == [])
    browser.key("2")
    browser.key("Return")
    browser.wait_for("Added")
    masks = expected_masks(phantom)
    np.testing.assert_array_equal(result(browser, phantom), masks[1])
    np.testing.assert_array_equal(alternative_voxels(browser, phantom, 3), masks[3])
    assert len(browser.rows) == 1


def test_a_removed_volume_takes_its_alternatives_along(browser, phantom):
    make_alternatives(browser)
    slicer.mrmlScene.RemoveNode(phantom)
    browser.wait_for("Choose a volume")
    assert browser.gallery == []


def test_leaving_hides_what_is_drawn_and_coming_back_shows_it(browser, phantom):
    make_alternatives(browser)
    browser.key("3")
    browser.leave()
    assert not slicer.util.getNodesByClass("vtkMRMLMarkupsROINode")
    assert not browser.parameters.hypotheses.GetDisplayNode().GetVisibility()
    browser.key("Return")
    assert browser.parameters.segmentation is None
    browser.open()
    browser.wait_for_alternatives()
    assert browser.chosen == 3
    assert browser.parameters.hypotheses.GetDisplayNode().GetVisibility()


def test_prompts_go_from_segment_to_hypotheses_and_back(
    browser, phantom, models, dependencies, user, main_window
):
    browser.leave()
    segment = PanelUser(user, main_window, models, dependencies)
    try:
        box_around(segment, "Red", BIG, BIG_RADIUS)
        segment.wait_for_mask()
        browser.open()
        browser.wait_for_alternatives()
        assert browser.session.history.targets == segment.session.history.targets
        browser.point_at("Red", BIG)
        browser.wait_for_alternatives()
        segment.open()
        segment.wait_for_mask()
        assert segment.session.history.targets == browser.session.history.targets
        assert len(segment.session.history.targets[0].points) == 1
    finally:
        segment.leave()
        segment.module.unload()
