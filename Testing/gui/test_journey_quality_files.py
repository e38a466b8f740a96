"""The review is taken away as files, and a list of cases is worked through."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
import SimpleITK as sitk
import slicer
import slicer.util
from PySide6.QtCore import Qt

from MedSAMLib.quality import Report
from Testing.gui.panel_fixtures import AFFINE
from Testing.gui.quality_fixtures import balls, models, quality, review  # noqa: F401
from Testing.gui.quality_user import SHIFTED, spoilt_big_ball, truth


@pytest.fixture
def flagged(review):  # noqa: F811
    review.judge()
    review.ui.noteLineEdit.text = "=moved <aside>"
    review.press(Qt.Key.Key_1)
    review.unfold("exportButton")
    return review


def test_the_table_has_all_objects_and_decisions(flagged):
    flagged.click("csvButton")
    text = (flagged.folder / "Balls quality.csv").read_text(encoding="utf-8")
    lines = list(csv.DictReader(text.splitlines()))
    assert len(lines) == len(flagged.table())
    first = lines[0]
    assert (first["segment"], first["slice"]) == ("Big ball", str(SHIFTED))
    assert (first["decision"], first["reason"]) == ("flagged", "leak")
    assert first["note"] == "'=moved <aside>", "no formula for a spreadsheet"
    assert flagged.ui.exportLabel.text == "Written: Balls quality.csv"


def test_programs_get_the_report_and_the_decisions(flagged):
    flagged.click("jsonButton")
    values = json.loads((flagged.folder / "Balls quality.json").read_text(encoding="utf-8"))
    report = Report.from_json(json.dumps(values["report"]))
    assert report.score == pytest.approx(flagged.session.report.score)
    assert [each["reason"] for each in values["decisions"]] == ["leak"]


def test_the_page_has_pictures_and_decisions(flagged):
    flagged.click("htmlButton")
    path = flagged.folder / "Balls quality.html"
    flagged.user.wait_until(path.exists, 30)
    page = path.read_text(encoding="utf-8")
    assert "1 of " in page
    assert "=moved &lt;aside&gt;" in page
    assert "532 of 798" in page
    assert page.count("<article") > 3
    flagged.picture("exported")


def test_a_file_that_cannot_be_written_is_told(flagged):
    (flagged.folder / "Balls quality.csv").mkdir()
    flagged.click("csvButton")
    assert "is a folder" in flagged.ui.exportLabel.text


class TestCases:
    """Three cases in a CSV."""

    @pytest.fixture
    def case_list(self, tmp_path):
        lines = ["image,segmentation"]
        for number, mask in enumerate((spoilt_big_ball(), truth("Big ball"), truth("Small ball"))):
            image = np.where(truth("Big ball") | truth("Small ball"), 180, 20).astype(np.int16)
            _write(tmp_path / f"case{number}.nrrd", image)
            _write(tmp_path / f"case{number}-label.nrrd", mask.astype(np.uint8))
            lines.append(f"case{number}.nrrd,case{number}-label.nrrd")
        path = tmp_path / "cases.csv"
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    @pytest.fixture
    def opened(self, quality, case_list):  # noqa: F811
        quality.unfold("casesButton")
        quality.ui.casePathLineEdit.currentPath = str(case_list)
        quality.click("openCasesButton")
        return quality

    def test_cases_are_gone_through_and_resumed(self, opened, phantom, case_list):
        assert opened.ui.caseLabel.text == "Case 1 of 3: case0. 0 done."
        opened.judge()
        opened.press(Qt.Key.Key_1)
        opened.picture("case")
        opened.click("nextCaseButton")
        assert opened.ui.caseLabel.text == "Case 2 of 3: case1. 1 done."
        assert opened.table() == []
        volumes = slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")
        names = [volume.GetName()[:5] for volume in volumes]
        assert names == ["Phant", "case1"], "only the case's own go"
        opened.click("previousCaseButton")
        assert opened.table()[0][4] == "flagged: leak", "as it was left"
        assert slicer.util.getNode("Quality of *") is not None
        opened.click("openCasesButton")
        assert opened.ui.caseLabel.text == "Case 2 of 3: case1. 1 done."
        state = json.loads((case_list.parent / "cases-review" / "state.json").read_text("utf-8"))
        assert len(state["done"]) == 1

    def test_a_missing_file_is_told_and_the_case_stays(self, opened, case_list):
        (case_list.parent / "case1.nrrd").unlink()
        opened.click("nextCaseButton")
        assert "case1.nrrd is not there" in opened.text
        assert opened.ui.caseLabel.text.startswith("Case 1 of 3")
        opened.click("actionButton")
        assert opened.text.startswith("Ready")

    def test_no_list_is_told(self, quality, tmp_path):  # noqa: F811
        quality.unfold("casesButton")
        quality.ui.casePathLineEdit.currentPath = str(tmp_path / "nothing.csv")
        quality.click("openCasesButton")
        assert "There is no case list" in quality.text


def _write(path, array) -> None:
    image = sitk.GetImageFromArray(array)
    lps = np.diag([-1.0, -1.0, 1.0])
    spacing = np.linalg.norm(AFFINE[:3, :3], axis=0)
    image.SetSpacing(spacing.tolist())
    image.SetDirection((lps @ AFFINE[:3, :3] / spacing).ravel().tolist())
    image.SetOrigin((lps @ AFFINE[:3, 3]).tolist())
    sitk.WriteImage(image, str(path))
