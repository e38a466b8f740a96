"""Every wrong situation is told in a sentence that says what to do."""

from __future__ import annotations

import pytest
import slicer
import slicer.util

from MedSAMLib.errors import MedSAMError, UsageError
from MedSAMSlicerLib.self_test.bright_pixels import NothingToInstall, StandInModels
from MedSAMSlicerLib.self_test.known_alternatives import NestedAlternatives
from Testing.gui.hypotheses_phantom import make_alternatives
from Testing.gui.panel_fixtures import BIG, BIG_RADIUS
from Testing.gui.phantom_geometry import box_around, look_at


def test_without_a_prompt_it_says_how_to_give_one(browser, phantom):
    look_at("Red", BIG)
    browser.wait_until_ready()
    browser.key("H")
    browser.wait_for("There is no prompt on this slice: draw a box (X)")
    browser.picture("no_prompt")


def test_without_a_volume_it_says_so(browser, phantom):
    browser.wait_until_ready()
    slicer.mrmlScene.RemoveNode(phantom)
    browser.wait_for("Choose a volume")
    for name in ("boxButton", "generateButton", "acceptButton"):
        assert not getattr(browser.ui, name).enabled


def test_the_alternatives_themselves_are_no_target(browser, phantom):
    make_alternatives(browser)
    browser.unfold("inputsButton")
    browser.user.choose(browser.ui.segmentationSelector, "Phantom hypotheses")
    browser.key("Return")
    browser.wait_for("That segmentation holds the alternatives themselves")
    assert browser.rows == []


def test_an_editable_area_that_lets_nothing_through_is_told(browser, phantom):
    from MedSAMSlicerLib.scene.segment_editor_node import segmentEditorNode

    make_alternatives(browser)
    segmentEditorNode().SetMaskMode(slicer.vtkMRMLSegmentationNode.EditAllowedInsideAllSegments)
    browser.key("Return")
    browser.wait_for("Nothing was written: the editable area")
    assert browser.rows == []
    browser.key("2")
    browser.wait_for_alternatives()


class Headless(NestedAlternatives):
    """A network that has no head for alternatives, and one that fails when asked for it."""

    method = "perturbation"

    def hypotheses(self, embedding, method="auto", **prompts):
        if method == "seqsam":
            raise UsageError("The model starter has no SeqSAM head; use the starter model.")
        return super().hypotheses(embedding, method=method, **prompts)


class TestWithoutAHead:
    @pytest.fixture
    def hypotheses_models(self):
        return StandInModels(Headless())

    def test_it_says_that_alternatives_come_from_perturbed_prompts(self, browser, phantom):
        make_alternatives(browser)
        assert "has no SeqSAM head: these alternatives come from perturbed prompts" in (
            browser.ui.infoLabel.text
        )

    def test_a_method_that_is_not_there_is_told_and_another_one_works(self, browser, phantom):
        browser.unfold("modelButton")
        browser.user.choose(browser.ui.methodComboBox, "SeqSAM head")
        box_around(browser, "Red", BIG, BIG_RADIUS)
        browser.wait_for("has no SeqSAM head; use the starter model")
        browser.user.choose(browser.ui.methodComboBox, "Perturbed prompts")
        browser.click("actionButton")
        browser.wait_for_alternatives()

    def test_the_networks_own_masks_are_three_at_most(self, browser, phantom):
        browser.unfold("modelButton")
        browser.user.choose(browser.ui.methodComboBox, "The network's masks (up to 3)")
        browser.ui.countSpinBox.value = 8
        make_alternatives(browser)
        assert len(browser.gallery) == 3


class Failing(NestedAlternatives):
    """Raises `error` until it is None."""

    error: Exception | None = MedSAMError("The graphics card ran out of memory.")

    def hypotheses(self, *arguments, **prompts):
        if self.error is not None:
            raise self.error
        return super().hypotheses(*arguments, **prompts)


class TestAFailure:
    @pytest.fixture
    def network(self):
        return Failing()

    @pytest.fixture
    def hypotheses_models(self, network):
        return StandInModels(network)

    def test_a_failure_is_told_and_can_be_tried_again(self, browser, phantom, network):
        box_around(browser, "Red", BIG, BIG_RADIUS)
        browser.wait_for("The graphics card ran out of memory.")
        browser.picture("failure")
        network.error = None
        browser.click("actionButton")
        browser.wait_for_alternatives()


class NotInstalled(NothingToInstall):
    """Nothing is there until it is installed."""

    isThere = False

    def installed(self):
        return self.isThere

    def summary(self):
        return "To be installed: torch."

    def install(self):
        self.isThere = True


class TestWithoutPackages:
    @pytest.fixture
    def dependencies(self):
        return NotInstalled()

    def test_it_says_what_is_missing_and_installs_it_when_told(self, browser, phantom, monkeypatch):
        browser.wait_for("To be installed: torch.")
        monkeypatch.setattr(slicer.util, "confirmOkCancelDisplay", lambda *_text, **_named: True)
        browser.click("actionButton")
        browser.wait_until_ready()
