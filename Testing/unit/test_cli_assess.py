"""`medsam assess` on small images, from files to reports."""

from __future__ import annotations

import csv
import functools
import io
import json

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image

from MedSAMLib.images import read_volume
from MedSAMLib.quality import Report, assess
from MedSAMLib.quality.cohort import running
from MedSAMLib.sam import load_model
from MedSAMLib.segmentation_io import Segment, write_segmentation
from Testing.unit.conftest import blob_volume

AFFINE = np.diag([1.0, 1.0, 3.0, 1.0])


def blob_labels() -> np.ndarray:
    """The barrel of `blob_volume()`: its left half is label 1, its right half 2."""
    inside = blob_volume() > 50
    return (inside * np.where(np.arange(48) < 24, 1, 2)).astype(np.uint8)


def write_labels(path, labels: np.ndarray, spacing=(1.0, 1.0, 3.0)):
    image = sitk.GetImageFromArray(labels)
    image.SetSpacing(spacing)
    sitk.WriteImage(image, str(path))
    return path


@pytest.fixture
def labels_file(tmp_path):
    return write_labels(tmp_path / "labels.nii.gz", blob_labels())


@pytest.fixture
def run(medsam, tiny_checkpoint):
    """`medsam assess` with the tiny network."""
    return functools.partial(medsam, "assess", "--model", tiny_checkpoint, "--device", "cpu")


@pytest.fixture
def run_cohort(run, monkeypatch):
    """The same with a worker in this process."""
    from Testing.unit.test_quality_cohort_runs import InThisProcess

    class Quiet(InThisProcess):
        def start(self):
            import logging

            answer = super().start()
            logging.disable(logging.NOTSET)
            return answer

    monkeypatch.setattr(running, "_engine", lambda name, job, workers: Quiet(job))
    return run


def test_segments_are_listed_worst_first(run, volume_file, labels_file):
    result = run(volume_file, labels_file)
    assert (result.status, result.err) == (0, "")
    first, *lines = result.out.splitlines()
    assert first.startswith("labels.nii.gz on volume.nii.gz: score 0.")
    assert "(2 segments, " in first
    rows = [line.split() for line in lines if line.startswith("Label ")]
    assert sorted(row[1] for row in rows) == ["1", "2"]
    assert float(rows[0][2]) <= float(rows[1][2])
    assert "not Dice" in lines[-1]


def test_the_reports_are_the_librarys(run, volume_file, labels_file, tiny_checkpoint, tmp_path):
    outputs = [tmp_path / name for name in ("a.json", "a.csv", "a.html")]
    result = run(
        volume_file, labels_file, "--json", outputs[0], "--csv", outputs[1], "--html", outputs[2]
    )
    assert result.status == 0
    assert result.out.splitlines()[-3:] == [f"wrote {path}" for path in outputs]
    text = outputs[0].read_text("utf-8")
    written = Report.from_json(text)
    model = load_model(tiny_checkpoint, device="cpu")
    expected = assess(model, blob_volume(), blob_labels(), AFFINE)
    np.testing.assert_equal(written.objects, expected.objects)
    assert json.loads(text)["inputs"] == {
        "image": "volume.nii.gz",
        "segmentation": "labels.nii.gz",
    }
    assert outputs[1].read_text("utf-8") == expected.to_csv()
    page = outputs[2].read_text("utf-8")
    assert page.count('class="card"') == len(expected.objects)
    assert "labels.nii.gz on volume.nii.gz" in page


def test_the_pictures_of_a_page_are_bounded(run, volume_file, labels_file, tmp_path):
    page = tmp_path / "a.html"
    assert run(volume_file, labels_file, "--html", page, "--pictures", 2).status == 0
    assert page.read_text("utf-8").count('class="card"') == 2


def test_segments_keep_their_names(run, volume_file, tmp_path):
    path = tmp_path / "s.seg.nrrd"
    inside = blob_volume() > 50
    segments = [Segment("liver <i>", inside), Segment("lesion", inside & (np.arange(48) < 20))]
    write_segmentation(path, segments, read_volume(volume_file))
    page = tmp_path / "a.html"
    result = run(volume_file, path, "--html", page)
    assert result.status == 0
    assert "liver <i>" in result.out
    assert "lesion" in result.out
    assert "liver <i>" not in page.read_text("utf-8")
    assert "liver &lt;i&gt;" in page.read_text("utf-8")


@pytest.mark.parametrize("limit", [0, 1])
def test_the_flagged_are_set_apart_and_the_status_stays_0(run, volume_file, labels_file, limit):
    result = run(volume_file, labels_file, "--flag-below", limit)
    assert result.status == 0
    expected = f"{2 if limit else 0} segments below {limit} in whole or in part:"
    assert expected in result.out


def test_the_real_dice_stands_beside_the_score(run, volume_file, labels_file, tmp_path):
    truth = write_labels(tmp_path / "t.nii.gz", np.roll(blob_labels(), 1, axis=1))
    table, report = tmp_path / "a.csv", tmp_path / "a.json"
    result = run(volume_file, labels_file, "--truth", truth, "--csv", table, "--json", report)
    assert result.status == 0
    assert "true Dice" in result.out
    rows = list(csv.DictReader(io.StringIO(table.read_text("utf-8"))))
    assert all(0.8 < float(row["true_dice_slice"]) < 1 for row in rows)
    segments = json.loads(report.read_text("utf-8"))["truth"]["segments"]
    assert {row["label"]: float(row["true_dice_segment"]) for row in rows} == pytest.approx(
        segments, abs=1e-5
    )


def test_the_segmenters_confidence_is_told(run, volume_file, labels_file, tmp_path):
    given = write_labels(tmp_path / "p.nii.gz", (blob_labels() > 0) * np.float32(0.75))
    result = run(volume_file, labels_file, "--probabilities", given)
    assert result.status == 0
    assert "soft Dice confidence: 0.86" in result.out  # 2 * 0.75 / (0.75 + 1)


def test_a_segmentation_on_another_grid_is_resampled_and_that_is_said(run, volume_file, tmp_path):
    fine = np.repeat(blob_labels(), 2, axis=2)
    image = sitk.GetImageFromArray(fine)
    image.SetSpacing((0.5, 1.0, 3.0))
    image.SetOrigin((-0.25, 0, 0))
    sitk.WriteImage(image, str(tmp_path / "fine.nii.gz"))
    result = run(volume_file, tmp_path / "fine.nii.gz")
    assert result.status == 0
    assert result.out.startswith("The segmentation was on another grid (96 × 40 × 6)")


def test_only_some_labels(run, volume_file, labels_file, tmp_path):
    report = tmp_path / "a.json"
    assert run(volume_file, labels_file, "--labels", 2, "--json", report).status == 0
    objects = Report.from_json(report.read_text("utf-8")).objects
    assert {each.label for each in objects} == {2}


@pytest.mark.parametrize(
    ("options", "changed"),
    [
        (("--metric", "iou", "--reduction", "min"), {"metric": "iou", "reduction": "min"}),
        (("--point", "interior", "--multimask", "best"), {"point": "interior"}),
        (("--min-pixels", 3, "--connectivity", 4), {"min_pixels": 3, "connectivity": 4}),
        (("--axis", "coronal", "--seed", 7), {"axis": "coronal", "seed": 7}),
        (("--compat",), {"reduction": "mean", "min_pixels": 1, "weighting": "mean"}),
        (("--compat", "--reduction", "box"), {"reduction": "box", "min_pixels": 1}),
    ],
)
def test_options_become_settings(run, volume_file, labels_file, tmp_path, options, changed):
    report = tmp_path / "a.json"
    result = run(volume_file, labels_file, "--json", report, "--labels", 1, *options)
    assert result.status == 0
    settings = Report.from_json(report.read_text("utf-8")).settings.to_dict()
    assert {name: settings[name] for name in changed} == changed


def test_a_picture_and_its_mask(run, picture_file, tmp_path):
    Image.fromarray((blob_labels()[3] > 0) * np.uint8(255)).save(tmp_path / "mask.png")
    result = run(picture_file, tmp_path / "mask.png", "--html", tmp_path / "a.html")
    assert result.status == 0
    assert "(1 segment, 1 object, judge tiny.safetensors)" in result.out


def test_an_empty_segmentation_has_no_score(run, volume_file, tmp_path):
    path = write_labels(tmp_path / "empty.nii.gz", np.zeros((6, 40, 48), np.uint8))
    result = run(volume_file, path, "--html", tmp_path / "a.html", "--json", tmp_path / "a.json")
    assert result.status == 0
    assert "score -" in result.out
    assert json.loads((tmp_path / "a.json").read_text("utf-8"))["score"] is None


def test_what_the_score_cannot_see_is_looked_for_when_asked(
    run, volume_file, labels_file, tmp_path
):
    paths = [tmp_path / "a.json", tmp_path / "a.html"]
    words = ("--json", paths[0], "--html", paths[1])
    result = run(volume_file, labels_file, "--look-for", "missed", "labels", *words)
    assert result.status == 0
    assert "Missed objects were looked for beside the score: " in result.out
    assert "Wrong labels were looked for beside the score: " in paths[1].read_text("utf-8")
    findings = json.loads(paths[0].read_text("utf-8"))["findings"]
    assert result.out.count("may be missing here: slice") == min(
        20, sum(each["check"] == "missed" for each in findings)
    )


def test_quiet_says_nothing(run, volume_file, labels_file):
    result = run(volume_file, labels_file, "--quiet")
    assert (result.status, result.out, result.err) == (0, "", "")


def test_force_replaces_reports(run, volume_file, labels_file, tmp_path):
    path = tmp_path / "a.json"
    path.write_text("old")
    assert run(volume_file, labels_file, "--json", path).status == 2
    assert path.read_text() == "old"
    assert run(volume_file, labels_file, "--json", path, "--force").status == 0
    assert Report.from_json(path.read_text("utf-8")).objects


# --- many cases --------------------------------------------------------------------------------


@pytest.fixture
def list_file(tmp_path, volume_file, labels_file):
    """Two cases that can be assessed, one with truth, and a broken one."""
    other = write_labels(tmp_path / "other.nii.gz", np.roll(blob_labels(), 2, axis=2))
    rows = [
        ("id", "image", "segmentation", "truth"),
        ("good", volume_file.name, labels_file.name, labels_file.name),
        ("moved", volume_file.name, other.name, ""),
        ("gone", "no.nii.gz", labels_file.name, ""),
    ]
    path = tmp_path / "cases.csv"
    path.write_text("\n".join(",".join(row) for row in rows), encoding="utf-8")
    return path


def test_a_cohort_from_its_list_to_its_pages(run_cohort, list_file, tmp_path):
    out = tmp_path / "out"
    result = run_cohort("--cases", list_file, "--output", out, "--flag-below", 0.9)
    assert (result.status, result.err) == (0, "")
    assert result.out.startswith("2 cases assessed, 1 broken\n")
    assert "2 cases below 0.9 in whole or in part:" in result.out
    assert "broken: gone: There is no file or folder" in result.out
    assert result.out.splitlines()[-1] == f"wrote {out / 'index.html'}"
    index = (out / "index.html").read_text("utf-8")
    for name in ("good", "moved"):
        assert f'href="cases/{name}.html"' in index
        assert 'href="../index.html"' in (out / "cases" / f"{name}.html").read_text("utf-8")
    assert "There is no file or folder" in index
    rows = list(csv.DictReader(io.StringIO((out / "segments.csv").read_text("utf-8"))))
    assert {row["true_dice"] for row in rows if row["case"] == "good"} == {"1"}
    assert {row["true_dice"] for row in rows if row["case"] == "moved"} == {""}
    assert json.loads((out / "summary.json").read_text("utf-8"))["broken"][0]["id"] == "gone"


def test_a_cohort_is_resumed_only_when_asked(run_cohort, list_file, tmp_path):
    words = ("--cases", list_file, "--output", tmp_path / "out")
    run_cohort(*words)
    again = run_cohort(*words)
    assert again.status == 2
    assert "add --resume" in again.error
    assert "(2 finished before)" in run_cohort(*words, "--resume").out


def test_a_cohort_that_is_all_broken_fails(run_cohort, tmp_path):
    path = tmp_path / "cases.csv"
    path.write_text("image,segmentation\na.png,b.png\n")
    result = run_cohort("--cases", path, "--output", tmp_path / "out")
    assert result.status == 1
    assert "None of the 1 cases" in result.error
    assert "There is no file or folder" in result.error
