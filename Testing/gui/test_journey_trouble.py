"""What is missing or fails is said in one line, with what to do about it.

The network is a stand-in that sees bright pixels, so that the voxels are known beforehand.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import slicer
import slicer.util

from MedSAMLib.errors import MedSAMError
from MedSAMSlicerLib.self_test.bright_pixels import StandInModels
from Testing.gui.held_network import FailingNetwork
from Testing.gui.panel_fixtures import BIG, BIG_RADIUS
from Testing.gui.phantom_geometry import box_around

ROOT = Path(__file__).parents[2]


class TestNetworkFails:
    @pytest.fixture
    def network(self):
        return FailingNetwork()

    @pytest.fixture
    def models(self, network):
        return StandInModels(network)

    def test_the_sentence_is_shown_and_the_user_can_try_again(self, panel, phantom, network):
        panel.wait_for("The graphics card ran out of memory.")
        panel.picture("failed")
        network.error = None
        panel.click("actionButton")
        panel.wait_until_ready()

    def test_a_failure_nobody_foresaw_is_told_too(self, panel, phantom, network):
        panel.wait_for("The graphics card ran out of memory.")
        network.error = RuntimeError("shape mismatch")
        panel.click("actionButton")
        panel.user.wait_until(lambda: "shape mismatch" in panel.text)


class Missing:
    """PyTorch is not there; installing it does `outcome`."""

    def __init__(self) -> None:
        self.there, self.asked = False, 0
        self.problem = ""

    def installed(self) -> bool:
        return self.there

    def summary(self) -> str:
        return "PyTorch is missing: press Install."

    def install(self) -> None:
        self.asked += 1
        if self.problem:
            raise MedSAMError(self.problem)
        self.there = True


class TestNoTorch:
    @pytest.fixture
    def dependencies(self):
        return Missing()

    @pytest.fixture
    def agreed(self, monkeypatch):
        """The user's answer to the question whether to install."""
        answer = [True]
        monkeypatch.setattr(
            slicer.util, "confirmOkCancelDisplay", lambda *_text, **_more: answer[0]
        )
        return answer

    def test_the_panel_offers_to_install_and_goes_on_afterwards(
        self, panel, phantom, dependencies, agreed
    ):
        panel.wait_for("PyTorch is missing")
        panel.picture("no_torch")
        assert not panel.ui.boxButton.enabled
        assert dependencies.asked == 0
        panel.click("actionButton")
        panel.wait_until_ready()
        assert dependencies.asked == 1

    def test_nothing_is_installed_without_consent(self, panel, phantom, dependencies, agreed):
        agreed[0] = False
        panel.click("actionButton")
        assert dependencies.asked == 0
        panel.wait_for("PyTorch is missing")

    def test_a_failed_installation_is_told(self, panel, phantom, dependencies, agreed):
        dependencies.problem = "The network of the hospital refuses pypi."
        panel.click("actionButton")
        panel.wait_for("The network of the hospital refuses pypi.")


class AbsentModels(StandInModels):
    """The weights come by download only."""

    def __init__(self) -> None:
        super().__init__()
        self.here = False

    def usable(self):
        from MedSAMLib.sam import find_entry

        return [find_entry("medsam")]

    def is_here(self, choice) -> bool:
        return self.here

    def download(self, choice, task) -> None:
        task.progress(0.5)
        self.here = True


class TestNoWeights:
    @pytest.fixture
    def models(self):
        return AbsentModels()

    def test_size_and_licence_are_shown_before_the_download(self, panel, phantom):
        panel.wait_for("The weights of MedSAM ViT-B are not on this computer")
        assert "375 MB" in panel.text
        assert "CC-BY-4.0" in panel.text
        panel.picture("no_weights")
        panel.click("actionButton")
        panel.wait_until_ready()
        box_around(panel, "Red", BIG, BIG_RADIUS)
        panel.wait_for_mask()


def test_a_volume_that_is_not_shown_is_offered_to_be_shown(panel, phantom):
    panel.wait_until_ready()
    slicer.util.setSliceViewerLayers(background=None)
    panel.wait_for("The volume is not in the slice views")
    panel.click("actionButton")
    panel.wait_until_ready()


def test_a_volume_under_a_warp_is_refused_in_words(panel, phantom):
    panel.wait_until_ready()
    warp = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLBSplineTransformNode")
    phantom.SetAndObserveTransformNodeID(warp.GetID())
    panel.user.wait_until(lambda: "transform" in panel.text)
    panel.picture("warp")


def test_the_window_of_the_views_is_what_the_network_is_given(panel, phantom):
    panel.wait_until_ready()
    assert panel.ui.windowLabel.text.startswith("window 255, level 127")
    phantom.GetDisplayNode().SetWindowLevel(90, 60)
    panel.user.wait_until(lambda: panel.ui.windowLabel.text.startswith("window 90, level 60"))


def test_opening_the_module_imports_no_torch():
    code = (
        "from Testing.SlicerHost import window; window.start()\n"
        "import sys, slicer.util\n"
        "from Testing.SlicerHost.modules.scripted_module import load_module\n"
        "module = load_module('SlicerMedSAM/MedSAMSegment.py')\n"
        "module.widget\n"
        "assert 'MedSAMSlicerLib' in sys.modules\n"
        "assert 'torch' not in sys.modules, 'torch was imported'\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=50,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "SlicerMedSAM")))},
    )
    assert found.returncode == 0, found.stderr
