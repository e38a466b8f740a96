"""Odd volumes, equal names, and saved scenes whose texts are damaged: no panel fails on them."""
# ruff: noqa: F811  (fixtures are imported, and asked for by their names)

from __future__ import annotations

import numpy as np
import pytest
import slicer
import slicer.util
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from Testing.gui.hypotheses_phantom import make_alternatives
from Testing.gui.panel_fixtures import AFFINE, BIG, BIG_RADIUS, SHAPE, two_balls
from Testing.gui.panel_user import add_volume, show
from Testing.gui.phantom_geometry import ball_in_slice, box_around, look_at, result
from Testing.gui.quality_fixtures import balls, models, quality, review  # noqa: F401
from Testing.gui.quality_user import add_segments, truth
from Testing.reliability.fuzzing.damage import replacements
from Testing.reliability.fuzzing.json_damage import damaged_json

REVIEW = "MedSAM.QualityReview"


def without_pixels():
    return slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "Empty")


def one_slice():
    return add_volume(two_balls, (1, *SHAPE[1:]), slice_affine(), "One slice")


def slice_affine() -> np.ndarray:
    affine = AFFINE.copy()
    affine[2, 3] = BIG[2]
    return affine


def label_map():
    gray = add_volume(two_balls, SHAPE, AFFINE, "Gray")
    array = slicer.util.arrayFromVolume(gray) + 0
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "Labels")
    slicer.util.updateVolumeFromArray(node, array)
    node.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(AFFINE))
    node.CreateDefaultDisplayNodes()
    show(node)
    return node


def color():
    gray = add_volume(two_balls, SHAPE, AFFINE, "Gray")
    array = np.repeat(slicer.util.arrayFromVolume(gray)[..., None], 3, axis=-1).astype(np.uint8)
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLVectorVolumeNode", "Color")
    slicer.util.updateVolumeFromArray(node, array)
    node.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(AFFINE))
    node.CreateDefaultDisplayNodes()
    show(node)
    return node


def of_the_same_name():
    return add_volume(two_balls, SHAPE, AFFINE, "Phantom")


def settle_on(panel, volume) -> None:
    """Choose a volume and wait until the panel has nothing more to do."""
    panel.parameters.inputVolume = volume
    slicer.app.processEvents()
    worker = panel.widget.panel.services.worker
    for _round in range(20):
        panel.user.wait_until(lambda: not worker.busy)
        slicer.app.processEvents()
    assert panel.text


@pytest.mark.parametrize("volume", [one_slice, label_map, color, of_the_same_name])
def test_segment_outlines_in_any_volume_with_pixels(panel, phantom, volume):
    node = volume()
    settle_on(panel, node)
    box_around(panel, "Red", BIG, BIG_RADIUS)
    panel.accept()
    found = result(panel, node)
    assert found.any()
    if volume is not one_slice:
        np.testing.assert_array_equal(found, ball_in_slice(phantom, "Red", BIG, BIG_RADIUS))


def test_volumes_without_pixels_are_told_of(panel, phantom):
    settle_on(panel, without_pixels())
    assert "has no image" in panel.text
    assert panel.parameters.segmentation is None
    settle_on(panel, phantom)
    panel.wait_until_ready()


@pytest.mark.parametrize("volume", [one_slice, label_map, color, without_pixels])
def test_hypotheses_take_them_or_say_why_not(browser, phantom, volume):
    settle_on(browser, volume())
    browser.key("H")
    settle_on(browser, phantom)
    make_alternatives(browser)


@pytest.mark.parametrize("volume", [one_slice, label_map, color, without_pixels])
def test_quality_takes_them_or_says_why_not(review, phantom, balls, volume):
    settle_on(review, volume())
    if review.ui.judgeButton.enabled:
        review.click("judgeButton")
        review.wait_until_idle()
    settle_on(review, phantom)
    review.parameters.segmentation = balls
    review.judge()
    assert review.table()


def test_of_two_segmentations_of_one_name_only_the_chosen_one_is_written_to(panel, phantom):
    first = add_segments(phantom, {"Drawn": truth("Small ball")}, "Same")
    second = add_segments(phantom, {"Drawn": truth("Small ball")}, "Same")
    panel.parameters.segmentation = second
    box_around(panel, "Red", BIG, BIG_RADIUS)
    panel.accept()
    assert first.GetSegmentation().GetNumberOfSegments() == 1
    assert second.GetSegmentation().GetNumberOfSegments() == 2


def test_segments_of_one_name_stay_two(review, phantom, balls):
    contents = balls.GetSegmentation()
    for number in range(contents.GetNumberOfSegments()):
        contents.GetNthSegment(number).SetName("Ball")
    review.judge()
    assert len({row.segment_id for row in review.session.review.shown}) == 2


FEW = settings(
    max_examples=8,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_segment_opens_with_damaged_parameters(panel, phantom):
    panel.wait_until_ready()
    box_around(panel, "Red", BIG, BIG_RADIUS)
    panel.wait_for_mask()
    whole = panel.parameters.prompts

    @FEW
    @given(damaged_json(whole), st.sampled_from(["segmentID", "model"]), words())
    def reopened(prompts: bytes, name: str, text: str) -> None:
        panel.leave()
        panel.parameters.prompts = prompts.decode("utf-8", "replace").replace("\0", "")
        before = getattr(panel.parameters, name)
        setattr(panel.parameters, name, text)
        reopen(panel)
        setattr(panel.parameters, name, before)

    reopened()
    panel.parameters.prompts = whole
    reopen(panel)
    panel.wait_for_mask()


def test_hypotheses_open_with_damaged_parameters(browser, phantom):
    make_alternatives(browser)
    whole = browser.parameters.sets
    others = ("segmentID", "promptSegmentID", "method", "rule", "showMode", "compared", "reader")

    @FEW
    @given(damaged_json(whole), st.sampled_from(others), words())
    def reopened(sets: bytes, name: str, text: str) -> None:
        browser.leave()
        browser.parameters.sets = sets.decode("utf-8", "replace").replace("\0", "")
        before = getattr(browser.parameters, name)
        setattr(browser.parameters, name, text)
        reopen(browser)
        look_at("Red", BIG)
        setattr(browser.parameters, name, before)

    reopened()


def test_quality_opens_with_a_damaged_review(review, phantom, balls):
    review.judge()
    (table,) = slicer.util.getNodesByClass("vtkMRMLTableNode")
    whole = table.GetAttribute(REVIEW)

    @FEW
    @given(st.sampled_from(["cut", "text", "empty table"]), words())
    def reopened(kind: str, text: str) -> None:
        review.leave()
        table.SetAttribute(REVIEW, whole[: len(whole) // 2] if kind == "cut" else text or "x")
        if kind == "empty table":
            table.RemoveAllColumns()
        review.parameters.unticked = text
        review.parameters.caseList = text
        reopen(review)

    reopened()
    review.parameters.unticked = ""
    review.parameters.caseList = ""
    reopen(review)
    review.click("judgeButton")
    review.wait_until_idle()
    assert review.table()


def words() -> st.SearchStrategy[str]:
    """Texts that a node's attribute can hold: no NUL, no half of a character."""
    return replacements.map(lambda t: t.encode("utf-8", "ignore").decode().replace("\0", ""))


def reopen(panel) -> None:
    """As when a scene with these parameters has been loaded."""
    panel.leave()
    panel.widget.panel.setParameters(None)
    panel.open()
    slicer.app.processEvents()
    worker = panel.widget.panel.services.worker
    panel.user.wait_until(lambda: not worker.busy)
    slicer.app.processEvents()
