"""The steps of radiologist.md, done by a script in the real panel."""

from PySide6.QtCore import Qt

from tools.demo.subject import SAMPLE_PROMPTS, SAMPLE_REACH, SAMPLE_SLICE, sample_path
from tools.tutorials.stage import Stage
from tools.tutorials.tutorial import Tutorial

TUTORIAL = Tutorial("MedSAMSegment", front=3)
VENTRICLE = (86, 120, SAMPLE_SLICE)  # i, j, k


@TUTORIAL.step("Load an image")
def load(stage: Stage) -> None:
    stage.volume = stage.load(sample_path(), "Head MR")
    stage.look_at(stage.volume, VENTRICLE)


@TUTORIAL.step("Open MedSAM Segment")
def open_module(stage: Stage) -> None:
    stage.open_module()
    stage.wait_for("Ready")


@TUTORIAL.step("Draw a box")
def draw_box(stage: Stage) -> None:
    x0, y0, x1, y1 = SAMPLE_PROMPTS.box
    corners = ((x0 - 0.5, y0 - 0.5), (x1 - 0.5, y1 - 0.5))
    places = (stage.ras(stage.volume, (*corner, SAMPLE_SLICE)) for corner in corners)
    stage.panel.press(Qt.Key.Key_X)
    stage.panel.draw_box("Red", *places)
    stage.wait_for("Accept (Enter)")


@TUTORIAL.step("Correct it with a click")
def correct(stage: Stage) -> None:
    stage.panel.press(Qt.Key.Key_P)
    left_out = stage.ras(stage.volume, (*SAMPLE_PROMPTS.points[0], SAMPLE_SLICE))
    stage.panel.point_at("Red", left_out, positive=True)
    stage.wait_until_idle()
    stage.wait_for("Accept (Enter)")


@TUTORIAL.step("Carry it through the slices")
def propagate(stage: Stage) -> None:
    stage.panel.ui.rangeWidget.setValues(*(each + 1 for each in SAMPLE_REACH))
    stage.panel.click("propagateButton")
    stage.wait_for("Look through the slices")
    stage.scroll_to("propagationLabel")


@TUTORIAL.step("Look through the slices, and accept")
def accept(stage: Stage) -> None:
    stage.look_at(stage.volume, (86, 120, SAMPLE_SLICE + 4))
    stage.panel.press(Qt.Key.Key_Return)
    stage.wait_for("Added")


@TUTORIAL.step("Save the segment")
def save(stage: Stage) -> None:
    import slicer

    segmentation = stage.panel.parameters.segmentation
    segmentation.CreateClosedSurfaceRepresentation()
    path = stage.folder / "ventricle.seg.nrrd"
    assert slicer.util.saveNode(segmentation, str(path))
    assert path.stat().st_size > 0
    stage.scroll_to()
