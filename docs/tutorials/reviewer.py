"""The steps of reviewer.md, done by a script in the real panel."""

from PySide6.QtCore import Qt

from MedSAMSlicerLib.sample_data import REVIEW, loadReview
from tools.tutorials.stage import PATIENCE_S, Stage
from tools.tutorials.tutorial import Tutorial

TUTORIAL = Tutorial("MedSAMQuality", front=4)
MIDDLE = (35, 40, 21)  # i, j, k: in the large organ
CUT = 26  # the slice of the large organ that lacks a half


def decisions(stage: Stage) -> dict:
    """What was decided of each object, worst first."""
    rows = stage.panel.session.review.shown
    return {row.key: (row.decision.value, row.reason) for row in rows}


@TUTORIAL.step("Load an image and its segmentation")
def load(stage: Stage) -> None:
    stage.volume, stage.segmentation = loadReview()
    stage.look_at(stage.volume, MIDDLE)


@TUTORIAL.step("Open MedSAM Quality and choose them")
def open_module(stage: Stage) -> None:
    stage.open_module()
    stage.panel.parameters.inputVolume = stage.volume
    stage.user.choose(stage.panel.ui.segmentationSelector, REVIEW)
    stage.wait_for("Ready")


@TUTORIAL.step("Judge")
def judge(stage: Stage) -> None:
    stage.panel.click("judgeButton")
    stage.user.wait_until(lambda: stage.panel.session.report is not None, PATIENCE_S)
    stage.wait_until_idle()
    stage.panel.ui.thresholdSlider.value = 0.85
    stage.panel.ui.onlyBelowCheckBox.checked = True
    stage.scroll_to()


@TUTORIAL.step("Look at the worst, and flag it")
def flag(stage: Stage) -> None:
    moved = stage.panel.selected
    stage.panel.press(Qt.Key.Key_X)
    stage.wait_until_idle()
    assert decisions(stage)[moved.key] == ("flagged", "other")
    stage.panel.press(Qt.Key.Key_P)
    stage.wait_until_idle()
    stage.scroll_to()


@TUTORIAL.step("Go on with the next ones")
def go_on(stage: Stage) -> None:
    next_worst, leak, accept, undo = Qt.Key.Key_N, Qt.Key.Key_1, Qt.Key.Key_A, Qt.Key.Key_Z
    for key in (next_worst, leak, accept, undo, accept, next_worst, next_worst):
        stage.panel.press(key)
        stage.wait_until_idle()
    assert [each for each in decisions(stage).values() if each[0]] == [
        ("flagged", "other"),
        ("flagged", "leak"),
        ("accepted", ""),
    ]
    assert stage.panel.selected.object.slice == CUT
    stage.scroll_to()


@TUTORIAL.step("Look for missed objects")
def missed(stage: Stage) -> None:
    stage.unfold("missedButton")
    stage.panel.click("searchSliceButton")
    stage.user.wait_until(lambda: stage.panel.session.missed.was_searched, PATIENCE_S)
    stage.wait_until_idle()
    stage.scroll_to("undoMissedButton")


@TUTORIAL.step("Take the list away")
def export(stage: Stage) -> None:
    stage.unfold("exportButton")
    for button in ("csvButton", "jsonButton", "htmlButton"):
        stage.panel.click(button)
        stage.wait_until_idle()
    stage.user.wait_until(lambda: len(list(stage.folder.glob("*.html"))) == 1, PATIENCE_S)
    stage.scroll_to("exportLabel")


@TUTORIAL.step("Go through a list of cases")
def cases(stage: Stage) -> None:
    import slicer

    stage.fold("reviewButton", "missedButton", "exportButton")
    rows = ["image,segmentation"]
    for name in ("first", "second"):
        assert slicer.util.saveNode(stage.volume, str(stage.folder / f"{name}.nrrd"))
        assert slicer.util.saveNode(stage.segmentation, str(stage.folder / f"{name}.seg.nrrd"))
        rows.append(f"{name}.nrrd,{name}.seg.nrrd")
    (stage.folder / "cases.csv").write_text("\n".join(rows), encoding="utf-8")
    stage.unfold("casesButton")
    stage.panel.ui.casePathLineEdit.currentPath = str(stage.folder / "cases.csv")
    stage.panel.click("openCasesButton")
    assert stage.panel.ui.caseLabel.text == "Case 1 of 2: first. 0 done."
    stage.panel.click("nextCaseButton")
    assert stage.panel.ui.caseLabel.text == "Case 2 of 2: second. 1 done."
    stage.scroll_to("nextCaseButton")
