"""A scripted module is loaded, used, saved, left and unloaded as in the application."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import slicer
import slicer.util
from PySide6.QtCore import Qt

EXAMPLE = Path(__file__).parents[1] / "SlicerHost" / "example" / "HostExample.py"


@pytest.fixture
def module(user):
    """The example module, shown in the main window."""
    from Testing.SlicerHost.modules.scripted_module import load_module

    module = load_module(EXAMPLE)
    slicer.util.selectModule("HostExample")
    yield module
    module.unload()


@pytest.fixture
def volume():
    array = np.arange(1000, dtype=np.int16).reshape(10, 10, 10)
    return slicer.util.addVolumeFromArray(array, name="CT")


def parameters(module):
    return module.widget._parameterNode


def test_a_module_is_known_to_scripts(module):
    assert slicer.modules.hostexample.title == "Host Example"
    assert slicer.util.modulePath("HostExample") == str(EXAMPLE)
    assert slicer.util.getModuleWidget("HostExample") is slicer.modules.HostExampleWidget
    assert slicer.util.getModuleLogic("HostExample") is module.widget.logic
    assert slicer.util.selectedModule() == "HostExample"


def test_a_user_segments_a_volume(module, user, volume):
    ui = module.widget.ui
    user.choose(ui.inputSelector, "CT")
    ui.thresholdSlider.value = 500
    user.click(ui.applyButton)
    assert ui.statusLabel.text == "499 voxels"
    assert parameters(module).segmentation.GetSegmentation().GetNumberOfSegments() == 1
    assert ui.segmentsTable.segmentCount == 1


def test_a_keyboard_shortcut_does_the_same(module, user, volume):
    parameters(module).inputVolume = volume
    enter, control = Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier
    user.press_key(module.widget.ui.thresholdSlider, enter, control)
    assert module.widget.ui.statusLabel.text == "949 voxels"


def test_the_button_waits_for_a_volume(module, user, volume):
    button = module.widget.ui.applyButton
    assert not button.enabled
    user.choose(module.widget.ui.inputSelector, "CT")
    assert button.enabled
    slicer.mrmlScene.RemoveNode(volume)
    assert not button.enabled


def test_widgets_and_parameters_follow_each_other(module, user):
    ui, node = module.widget.ui, parameters(module)
    ui.invertCheckBox.checked = True
    ui.nameEdit.text = "lesion"
    user.choose(ui.sideComboBox, "Below")
    user.choose(ui.deviceComboBox, "cpu")
    ui.limitsWidget.setValues(20, 30)
    assert (node.invert, node.segmentName, node.side.name) == (True, "lesion", "BELOW")
    assert (node.device, node.limits.minimum, node.limits.maximum) == ("cpu", 20, 30)
    node.margin, node.threshold, node.model = 7, -3.5, Path("other.pth")
    assert (ui.marginSpinBox.value, ui.thresholdSlider.value) == (7, -3.5)
    assert ui.modelEdit.currentPath == "other.pth"


def test_a_saved_scene_reopens_with_its_settings(module, volume, tmp_path):
    node = parameters(module)
    node.inputVolume, node.threshold, node.seed = volume, 123.5, 9
    slicer.util.saveScene(str(tmp_path / "scene.mrb"))
    slicer.mrmlScene.Clear(0)
    assert parameters(module).threshold == 50.0
    slicer.util.loadScene(str(tmp_path / "scene.mrb"))
    node = parameters(module)
    assert (node.inputVolume.GetName(), node.threshold, node.seed) == ("CT", 123.5, 9)
    assert module.widget.ui.thresholdSlider.value == 123.5


def test_a_module_is_left_and_entered_again(module, user):
    slicer.util.selectModule("")
    assert module.widget._parameterNode is None
    slicer.util.selectModule("HostExample")
    assert module.widget.entered == 2
    assert module.widget.ui.applyButton.visible


def test_an_unloaded_module_no_longer_listens(module, scene):
    widget = module.widget
    module.unload()
    scene.Clear(0)
    assert widget._parameterNode is None


def test_a_module_is_reloaded(module, user):
    slicer.util.reloadScriptedModule("HostExample")
    assert module.widget is slicer.modules.HostExampleWidget
    assert module.widget.entered == 0


def test_the_self_test_of_a_module_runs(module):
    slicer.selfTests["HostExample"]()


def test_a_description_cannot_invent_attributes(module):
    with pytest.raises(AttributeError):
        slicer.modules.HostExampleInstance.parent.titel = "wrong"


def test_a_failing_slot_fails_the_test(module, user, expected_trouble, monkeypatch):
    monkeypatch.setattr(module.widget.ui.applyButton, "enabled", True)
    module.widget.ui.applyButton.connect("clicked()", lambda: 1 / 0)
    parameters(module).inputVolume = slicer.util.addVolumeFromArray(np.zeros((2, 2, 2)))
    user.click(module.widget.ui.applyButton)
    assert "ZeroDivisionError" in expected_trouble.errors[0]
    expected_trouble.clear()
