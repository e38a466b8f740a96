"""`medsam assess` with wrong input: one clear line, status 1 or 2, and no file where none was."""

from __future__ import annotations

import builtins
import functools

import numpy as np
import pytest
import SimpleITK as sitk

from Testing.unit.test_cli_assess import blob_labels, write_labels

FAILED, WRONG_USE = 1, 2


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture
def labels_file(tmp_path):
    return write_labels(tmp_path / "labels.nii.gz", blob_labels())


@pytest.fixture
def run(medsam, tiny_checkpoint, out):
    """With all three reports wanted."""
    reports = [
        word for kind in ("json", "csv", "html") for word in (f"--{kind}", out / f"a.{kind}")
    ]
    return functools.partial(medsam, "assess", "--model", tiny_checkpoint, *reports)


@pytest.fixture
def cohort(medsam, tiny_checkpoint, tmp_path):
    """A list of one case, which is never come to."""
    path = tmp_path / "cases.csv"
    path.write_text("image,segmentation\nimage.png,mask.png\n")
    return functools.partial(medsam, "assess", "--model", tiny_checkpoint, "--cases", path)


def fails(result, out, status: int, message: str) -> None:
    """One line that contains `message`, and nothing was left behind."""
    assert message in result.error
    assert (result.status, result.out) == (status, "")
    assert list(out.iterdir()) == []


def test_no_segmentation(run, volume_file, out):
    fails(run(volume_file), out, WRONG_USE, "An image and its segmentation are needed")
    fails(run(), out, WRONG_USE, "An image and its segmentation are needed")


@pytest.mark.parametrize("missing", ["image", "segmentation", "truth", "probabilities"])
def test_a_file_that_is_not_there(run, volume_file, labels_file, out, tmp_path, missing):
    gone = tmp_path / "gone.nii.gz"
    words = {"image": volume_file, "segmentation": labels_file}
    options = () if missing in words else (f"--{missing}", gone)
    words |= {missing: gone} if missing in words else {}
    fails(run(*words.values(), *options), out, FAILED, "gone.nii.gz")


@pytest.mark.parametrize("name", ["s.nii.gz", "s.seg.nrrd", "s.nrrd", "s.png", "s.dcm"])
@pytest.mark.parametrize("content", [b"", b"not a segmentation"])
def test_a_file_that_is_no_segmentation(run, volume_file, out, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    fails(run(volume_file, tmp_path / name), out, FAILED, name)


def test_an_image_is_no_label_map(run, volume_file, out, tmp_path):
    path = write_labels(tmp_path / "float.nii.gz", np.linspace(0, 1, 11520).reshape(6, 40, 48))
    fails(run(volume_file, path), out, FAILED, "not whole numbers")


def test_negative_labels(run, volume_file, out, tmp_path):
    path = write_labels(tmp_path / "n.nii.gz", blob_labels().astype(np.int16) - 1)
    fails(run(volume_file, path), out, WRONG_USE, "Labels must be 0 (background) or positive")


def test_a_segmentation_of_somewhere_else(run, volume_file, out, tmp_path):
    image = sitk.GetImageFromArray(blob_labels())
    image.SetOrigin((900.0, 0.0, 0.0))
    sitk.WriteImage(image, str(tmp_path / "far.nii.gz"))
    result = run(volume_file, tmp_path / "far.nii.gz")
    fails(result, out, FAILED, "do not overlap in space")


def test_a_truth_of_somewhere_else(run, volume_file, labels_file, out, tmp_path):
    image = sitk.GetImageFromArray(blob_labels())
    image.SetOrigin((900.0, 0.0, 0.0))
    sitk.WriteImage(image, str(tmp_path / "far.nii.gz"))
    result = run(volume_file, labels_file, "--truth", tmp_path / "far.nii.gz")
    fails(result, out, FAILED, "The truth and the image do not overlap")


def test_a_mask_of_another_size_than_the_picture(run, picture_file, out, tmp_path):
    path = write_labels(tmp_path / "mask.png", blob_labels()[3, ::2], (1.0, 1.0))
    fails(run(picture_file, path), out, FAILED, "must be of the same size")


@pytest.mark.parametrize("label", ["3", "0", "liver", "-2"])
def test_a_label_that_is_not_there(run, volume_file, labels_file, out, label):
    result = run(volume_file, labels_file, f"--labels={label}")
    fails(result, out, WRONG_USE, f"no segment '{label}' in the segmentation; it has: 1, 2")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--flag-below", 1.5), "score from 0 to 1"),
        (("--flag-below", "nan"), "score from 0 to 1"),
        (("--flag-below", "low"), "invalid float value"),
        (("--metric", "accuracy"), "invalid choice"),
        (("--connectivity", 6), "invalid choice"),
        (("--min-pixels", -1), "min_pixels must be 0 or more"),
        (("--jitters", -3), "jitters must be 0 or more"),
        (("--hypotheses", 99), "hypotheses must be at most"),
        (("--seed", -1), "seed must be 0 or more"),
        (("--tolerance", "nan"), "tolerance must be"),
        (("--pictures", -1), "--pictures takes 0 or more"),
        (("--window", 40, 0), "--window takes"),
        (("--window", "nan", 40), "--window takes"),
        (("--workers", 2), "--workers goes with --cases only"),
        (("--resume",), "--resume goes with --cases only"),
        (("--engine", "ray"), "--engine goes with --cases only"),
        (("--output", "x"), "--output goes with --cases only"),
        (("--model", "nonsense"), "Unknown model 'nonsense'"),
        (("--device", "abacus"), "abacus"),
    ],
)
def test_options_without_meaning(run, volume_file, labels_file, out, options, message):
    fails(run(volume_file, labels_file, *options), out, WRONG_USE, message)


def test_a_model_that_is_not_here(run, volume_file, labels_file, out):
    result = run(volume_file, labels_file, "--model", "medsam")
    fails(result, out, FAILED, "medsam models download medsam")


def test_reports_that_cannot_be_written(medsam, volume_file, labels_file, out):
    run = functools.partial(medsam, "assess", volume_file, labels_file)
    fails(run("--json", out / "no" / "a.json"), out, FAILED, "there is no folder")
    fails(run("--html", out), out, WRONG_USE, "is a folder")
    fails(run("--csv", volume_file), out, WRONG_USE, "which is to be read")
    same = ("--csv", out / "a", "--json", out / "a")
    fails(run(*same), out, WRONG_USE, "given for two reports")
    assert volume_file.stat().st_size


def test_the_segmentation_is_not_replaced_even_with_force(medsam, volume_file, labels_file, out):
    before = labels_file.read_bytes()
    result = medsam("assess", volume_file, labels_file, "--json", labels_file, "--force")
    fails(result, out, WRONG_USE, "which is to be read")
    assert labels_file.read_bytes() == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "--cases needs --output"),
        (("--output", "{out}/r", "--force"), "--force does not go with --cases"),
        (("--output", "{out}/r", "--embeddings", "e"), "--embeddings does not go with --cases"),
        (("--output", "{out}/r", "--json", "a"), "--json does not go with --cases: see the folder"),
        (("--output", "{out}/r", "--truth", "a"), "add a column truth to the list"),
        (("--output", "{out}/r", "--workers", 0), "--workers takes 1 or more"),
        (("--output", "{out}/r", "--threads", 0), "--threads takes 1 or more"),
        (("--output", "{out}/r", "--engine", "dask"), "invalid choice"),
        (("image.png", "mask.png", "--output", "{out}/r"), "are those of the list"),
    ],
)
def test_a_cohort_with_options_without_meaning(cohort, out, options, message):
    words = [str(word).format(out=out) for word in options]
    fails(cohort(*words), out, WRONG_USE, message)


def test_a_list_that_is_not_there(medsam, out, tmp_path):
    result = medsam("assess", "--cases", tmp_path / "no.csv", "--output", out / "r")
    fails(result, out, FAILED, "no.csv cannot be read")


def test_a_list_with_an_id_that_leads_elsewhere(medsam, out, tmp_path):
    (tmp_path / "cases.csv").write_text("id,image,segmentation\n../../x,a.png,b.png\n")
    result = medsam("assess", "--cases", tmp_path / "cases.csv", "--output", out / "r")
    fails(result, out, WRONG_USE, "Row 2: the id '../../x'")


def test_a_folder_that_holds_other_things(cohort, out):
    (out / "precious.txt").write_text("precious")
    result = cohort("--output", out)
    assert (result.status, result.out) == (WRONG_USE, "")
    assert "holds other files" in result.error
    assert [each.name for each in out.iterdir()] == ["precious.txt"]


def test_ray_that_is_not_installed(cohort, out, monkeypatch):
    real = builtins.__import__

    def without_ray(name, *rest):
        if name == "ray":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_ray)
    result = cohort("--output", out / "r", "--engine", "ray")
    assert result.status == FAILED
    assert "Ray is not installed" in result.error
    assert "--engine local" in result.error
