"""The steps of annotator.md, done by a script in the real panel."""

import slicer

from MedSAMSlicerLib.sample_data import loadNodule
from MedSAMSlicerLib.sample_images import NODULE_CENTER, NODULE_SHAPE
from tools.tutorials.stage import Stage
from tools.tutorials.tutorial import Tutorial

TUTORIAL = Tutorial("MedSAMHypotheses", front=5)
SLICE = NODULE_SHAPE[0] // 2
BOX = ((47.5, 50.5), (81.5, 80.5))  # two corners, x and y in pixels
HEIGHT_MM = 48


@TUTORIAL.step("Load the nodule")
def load(stage: Stage) -> None:
    (stage.volume,) = loadNodule()
    stage.choose_layout("OneUpRedSlice")
    stage.look_at(stage.volume, (*NODULE_CENTER, SLICE), HEIGHT_MM)


@TUTORIAL.step("Open MedSAM Hypotheses")
def open_module(stage: Stage) -> None:
    stage.open_module()
    stage.panel.ui.countSpinBox.value = 6
    stage.wait_for("Draw a box")


@TUTORIAL.step("Draw a box")
def draw_box(stage: Stage) -> None:
    stage.panel.draw_box("Red", *(stage.ras(stage.volume, (*corner, SLICE)) for corner in BOX))
    stage.wait_for("accept with Enter")
    stage.panel.click("boxButton")


@TUTORIAL.step("Go through the alternatives")
def browse(stage: Stage) -> None:
    stage.panel.key("2")
    assert stage.panel.chosen == 2
    stage.panel.key("Right")
    assert stage.panel.chosen == 3
    stage.panel.key("O")


@TUTORIAL.step("See where they agree")
def agreement(stage: Stage) -> None:
    stage.panel.key("O")
    stage.panel.key("O")
    stage.panel.key("A")
    assert stage.panel.ui.agreementCheckBox.checked


@TUTORIAL.step("Merge two")
def merge(stage: Stage) -> None:
    stage.panel.key("A")
    for key in ("1", "Space", "2", "Space"):
        stage.panel.key(key)
    stage.wait_for("Merge what is marked (M)")
    stage.panel.key("M")
    stage.wait_until_idle()
    stage.scroll_to("agreementLabel")


@TUTORIAL.step("Accept one, under your name")
def accept(stage: Stage) -> None:
    stage.panel.read_as("Anna")
    stage.panel.key("Return")
    stage.wait_for("Added")
    stage.scroll_to()


@TUTORIAL.step("Compare with other readers")
def compare(stage: Stage) -> None:
    stage.panel.read_as("Bert")
    stage.panel.key("4")
    stage.panel.key("Return")
    stage.wait_for("Added")
    stage.unfold("compareButton")
    slicer.app.processEvents()
    stage.scroll_to("compareLabel")


@TUTORIAL.step("Take your choices away")
def export(stage: Stage) -> None:
    stage.unfold("choicesButton")
    path = stage.folder / "choices.csv"
    stage.panel.ui.exportPath.currentPath = str(path)
    stage.panel.click("exportButton")
    stage.user.wait_until(path.is_file)
    stage.scroll_to("exportButton")
