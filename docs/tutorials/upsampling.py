"""The steps of upsampling.md, done by a script in the real panel."""

from PySide6.QtCore import Qt

from MedSAMSlicerLib.sample_data import REVIEW, loadReview
from tools.tutorials.stage import Stage
from tools.tutorials.tutorial import Tutorial

TUTORIAL = Tutorial("MedSAMUpsample", front=5)
ORGAN = "Middle organ"
CENTER = (65, 41, 18)  # i, j, k in the organ
HEIGHT_MM = 75
CORNER, CORNER_MM = (75, 34, 18), 30  # of its border


@TUTORIAL.step("Load an image and its segmentation")
def load(stage: Stage) -> None:
    stage.volume, stage.segmentation = loadReview()
    stage.choose_layout("OneUpRedSlice")
    stage.look_at(stage.volume, CENTER, HEIGHT_MM)


@TUTORIAL.step("Open MedSAM Upsample and choose them")
def open_module(stage: Stage) -> None:
    stage.open_module()
    stage.panel.parameters.inputVolume = stage.volume
    stage.look_at(stage.volume, CENTER, HEIGHT_MM)
    stage.user.choose(stage.panel.ui.segmentationSelector, REVIEW)
    stage.user.choose(stage.panel.ui.segmentComboBox, ORGAN)
    stage.wait_for("Choose how fine")


@TUTORIAL.step("Choose how fine")
def choose_size(stage: Stage) -> None:
    stage.panel.ui.factorSpinBox.value = 4
    stage.user.wait_until(lambda: "384 x 384" in stage.panel.ui.sizeLabel.text)


@TUTORIAL.step("Upsample")
def upsample(stage: Stage) -> None:
    stage.panel.press(Qt.Key.Key_U)
    stage.wait_for("is there")
    stage.wait_until_idle()
    stage.scroll_to()


@TUTORIAL.step("Compare it with other ways")
def compare(stage: Stage) -> None:
    for box in ("nearestCheckBox", "smoothedCheckBox", "networkCheckBox"):
        getattr(stage.panel.ui, box).checked = True
    stage.panel.ui.linearCheckBox.checked = False
    stage.segmentation.GetDisplayNode().SetVisibility(False)
    stage.panel.result.GetDisplayNode().SetVisibility(False)
    stage.look_at(stage.volume, CORNER, CORNER_MM)
    stage.fold("inputsButton")
    stage.scroll_to("comparisonTable")


@TUTORIAL.step("See where it is uncertain")
def uncertainty(stage: Stage) -> None:
    stage.panel.ui.nearestCheckBox.checked = False
    stage.panel.ui.smoothedCheckBox.checked = False
    stage.user.choose(stage.panel.ui.overlayComboBox, "uncertainty")


@TUTORIAL.step("Keep it, or take it out")
def keep(stage: Stage) -> None:
    import slicer

    path = stage.folder / "fine.seg.nrrd"
    assert slicer.util.saveNode(stage.panel.result, str(path))
    stage.unfold("inputsButton")
    stage.panel.press(Qt.Key.Key_Z)
    stage.wait_for("Choose how fine")
    assert stage.panel.result is None
    stage.segmentation.GetDisplayNode().SetVisibility(True)
    stage.look_at(stage.volume, CENTER, HEIGHT_MM)
    stage.scroll_to()
