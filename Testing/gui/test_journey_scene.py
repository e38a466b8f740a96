"""Scenes are saved, closed and loaded, and the module is left, at any moment: nothing stays behind.

The network is a stand-in that sees bright pixels, so that the voxels are known beforehand.
"""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import slicer.util
from PySide6.QtCore import Qt

from Testing.gui.held_network import HeldNetwork
from Testing.gui.panel_fixtures import BIG, BIG_RADIUS
from Testing.gui.panel_user import pixel, view_of
from Testing.gui.phantom_geometry import ball_in_slice, box_around, result

OURS = ("vtkMRMLMarkupsROINode", "vtkMRMLMarkupsFiducialNode", "vtkMRMLSegmentationNode")


def nodes_of_ours() -> list[str]:
    """Markups and segmentations that are in the scene."""
    return [node.GetName() for cls in OURS for node in slicer.util.getNodesByClass(cls)]


def test_a_saved_scene_reopens_with_prompts_and_settings(panel, phantom, tmp_path):
    panel.click("separateCheckBox")
    panel.click("modelButton")
    panel.user.choose(panel.ui.deviceComboBox, "cpu")
    box_around(panel, "Red", BIG, BIG_RADIUS)
    panel.point_at("Red", BIG)
    panel.wait_for_mask()
    expected = ball_in_slice(phantom, "Red", BIG, BIG_RADIUS)
    file = str(tmp_path / "session.mrb")
    assert slicer.util.saveScene(file)
    slicer.mrmlScene.Clear(0)
    panel.wait_for("Choose a volume")
    assert nodes_of_ours() == []
    slicer.util.loadScene(file)
    panel.wait_for_mask()
    panel.picture("reloaded")
    assert panel.ui.separateCheckBox.checked
    assert panel.ui.deviceComboBox.currentText == "cpu"
    panel.accept()
    phantom = slicer.util.getNode("Phantom")
    np.testing.assert_array_equal(result(panel, phantom), expected)


def test_what_the_panel_draws_is_not_saved(panel, phantom, tmp_path):
    box_around(panel, "Red", BIG, BIG_RADIUS)
    panel.wait_for_mask()
    file = str(tmp_path / "session.mrb")
    assert slicer.util.saveScene(file)
    panel.leave()
    slicer.mrmlScene.Clear(0)
    slicer.util.loadScene(file)
    assert nodes_of_ours() == []


def test_leaving_the_module_leaves_nothing_and_coming_back_finds_the_object(panel, phantom):
    box_around(panel, "Red", BIG, BIG_RADIUS)
    panel.wait_for_mask()
    panel.leave()
    assert nodes_of_ours() == []
    panel.press(Qt.Key.Key_Z)
    panel.press(Qt.Key.Key_Return)
    panel.user.click(view_of("Red"), pixel("Red", BIG))
    assert nodes_of_ours() == []
    panel.open()
    panel.wait_for_mask()
    panel.press(Qt.Key.Key_Z)
    panel.wait_until_ready()


def test_many_visits_leave_no_observers_and_no_nodes(panel, phantom):
    panel.wait_until_ready()
    panel.leave()
    nodes = slicer.mrmlScene.GetNumberOfNodes()
    for _visit in range(5):
        panel.open()
        panel.wait_until_ready()
        panel.leave()
    assert slicer.mrmlScene.GetNumberOfNodes() == nodes
    interactor = view_of("Red").interactor()
    panel.open()
    panel.click("positiveButton")
    panel.user.click(view_of("Red"), pixel("Red", BIG))
    assert len(panel.session.history.targets[0].points) == 1
    assert interactor is view_of("Red").interactor()


def test_a_removed_volume_takes_its_object_along(panel, phantom):
    box_around(panel, "Red", BIG, BIG_RADIUS)
    panel.wait_for_mask()
    slicer.mrmlScene.RemoveNode(phantom)
    panel.wait_for("Choose a volume")
    assert nodes_of_ours() == []


def test_a_removed_segmentation_is_made_anew(panel, phantom):
    box_around(panel, "Red", BIG, BIG_RADIUS)
    panel.accept()
    slicer.mrmlScene.RemoveNode(panel.parameters.segmentation)
    box_around(panel, "Red", BIG, BIG_RADIUS)
    panel.accept()
    assert result(panel, phantom).any()


class TestWhileTheNetworkWorks:
    """The scene changes while the worker is in the middle of an embedding."""

    @pytest.fixture
    def network(self):
        network = HeldNetwork()
        yield network
        network.release()

    @pytest.fixture
    def models(self, network):
        from MedSAMSlicerLib.self_test.bright_pixels import StandInModels

        return StandInModels(network)

    def test_the_scene_is_closed(self, panel, phantom, network):
        network.wait_until_held()
        panel.picture("embedding")
        assert panel.text.startswith("Embedding the slice")
        slicer.mrmlScene.Clear(0)
        assert panel.text.startswith("Choose a volume")
        network.release()
        panel.user.wait_until(lambda: not panel.is_working)
        assert panel.text.startswith("Choose a volume")
        assert nodes_of_ours() == []

    def test_the_module_is_left(self, panel, phantom, network):
        network.wait_until_held()
        panel.leave()
        network.release()
        panel.user.wait_until(lambda: not panel.is_working)
        panel.open()
        panel.wait_until_ready()

    def test_the_module_goes_away(self, panel, phantom, network):
        network.wait_until_held()
        network.release_soon()
        panel.leave()
        panel.module.unload()
        assert nodes_of_ours() == []

    def test_a_box_waits_for_the_embedding(self, panel, phantom, network):
        network.wait_until_held()
        panel.draw_box("Red", BIG - (28, 28, 0), BIG + (28, 28, 0))
        assert panel.text.startswith("Embedding the slice")
        network.release()
        panel.wait_for_mask()

    def test_cancel_stops_until_the_user_goes_on(self, panel, phantom, network):
        network.wait_until_held()
        panel.click("cancelButton")
        assert panel.text.startswith("Cancelled")
        network.release()
        panel.user.wait_until(lambda: not panel.is_working)
        assert panel.text.startswith("Cancelled")
        panel.picture("cancelled")
        panel.click("actionButton")
        panel.wait_until_ready()

    def test_escape_cancels_too(self, panel, phantom, network):
        network.wait_until_held()
        panel.press(Qt.Key.Key_Escape)
        assert panel.text.startswith("Cancelled")

    def test_a_cancelled_propagation_leaves_the_scene_as_it_was(self, panel, phantom, network):
        network.release()
        box_around(panel, "Red", BIG, BIG_RADIUS)
        panel.wait_for_mask()
        panel.user.wait_until(lambda: not panel.is_working)
        network.hold()
        panel.click("propagateButton")
        network.wait_until_held()
        assert panel.text.startswith("Propagating")
        panel.picture("propagating")
        panel.press(Qt.Key.Key_Escape)
        panel.wait_for_mask()
        network.release()
        panel.user.wait_until(lambda: not panel.is_working)
        assert panel.parameters.segmentation is None
        assert not panel.session.has_spread
