"""Bad input: one clear line on stderr, status 1 or 2, and no file where none was."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from Testing.unit.conftest import blob_volume

BOX = ("--box", 14, 12, 34, 28)
FAILED, WRONG_USE = 1, 2


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder / "mask.nii.gz"


@pytest.fixture(params=["segment", "propagate"])
def command(request, medsam, tiny_checkpoint, out):
    """Both commands, from an image to `out`."""
    return functools.partial(medsam, request.param, "-o", out, "--model", tiny_checkpoint)


@pytest.fixture
def segment(medsam, tiny_checkpoint):
    return functools.partial(medsam, "segment", "--model", tiny_checkpoint)


def fails(result, out: Path, status: int, message: str) -> None:
    """One line that contains `message`, and nothing was left behind."""
    assert message in result.error
    assert (result.status, result.out) == (status, "")
    assert list(out.parent.iterdir()) == []


def write_volume(path: Path, array: np.ndarray) -> Path:
    sitk.WriteImage(sitk.GetImageFromArray(array), str(path))
    return path


def test_no_such_file(command, out, tmp_path):
    fails(command(tmp_path / "no.nii.gz", *BOX, "--slice", 3), out, FAILED, "no.nii.gz")


def test_a_text_file_with_an_images_name(command, out, tmp_path):
    path = tmp_path / "text.nii.gz"
    path.write_text("This is not an image.\n")
    fails(command(path, *BOX, "--slice", 3), out, FAILED, "text.nii.gz is not an image")


@pytest.mark.parametrize("name", ["empty.nii.gz", "empty.nrrd", "empty.png", "empty.jpg"])
def test_an_empty_file(command, out, tmp_path, name):
    (tmp_path / name).touch()
    fails(command(tmp_path / name, *BOX, "--slice", 0), out, FAILED, f"{name} is empty")


def test_an_empty_folder(command, out, tmp_path):
    (tmp_path / "series").mkdir()
    fails(command(tmp_path / "series", *BOX, "--slice", 0), out, FAILED, "series")


@pytest.mark.parametrize("name", ["cut.nii.gz", "cut.nii", "cut.nrrd", "cut.mha"])
@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_a_truncated_volume(segment, out, tmp_path, name, kept):
    path = write_volume(tmp_path / name, blob_volume())
    os.truncate(path, int(path.stat().st_size * kept))
    fails(segment(path, *BOX, "--slice", 3, "-o", out), out, FAILED, name)


@pytest.mark.parametrize("name", ["cut.png", "cut.jpg", "cut.tif"])
@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_a_truncated_picture(segment, out, tmp_path, name, kept):
    noise = np.random.default_rng(0).integers(0, 256, (60, 60), dtype=np.uint8)
    path = write_volume(tmp_path / name, noise)
    os.truncate(path, int(path.stat().st_size * kept))
    fails(segment(path, *BOX, "-o", out), out, FAILED, name)


def test_a_volume_of_four_dimensions(command, out, tmp_path):
    path = tmp_path / "four.nii.gz"
    image = sitk.JoinSeries([sitk.GetImageFromArray(blob_volume())] * 2)
    sitk.WriteImage(image, str(path))
    fails(command(path, *BOX, "--slice", 3), out, FAILED, "4 dimensions")


@pytest.mark.parametrize("value", [0, 7, -1000, np.nan, np.inf, -np.inf])
def test_a_constant_image_works(command, out, tmp_path, value):
    path = write_volume(tmp_path / "constant.nii.gz", np.full((4, 40, 48), value, np.float32))
    assert command(path, *BOX, "--slice", 2).status == 0
    assert out.exists()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_single_values_that_are_not_finite_work(command, out, tmp_path, value):
    array = blob_volume().astype(np.float32)
    array[:, ::5, ::7] = value
    path = write_volume(tmp_path / "holes.nii.gz", array)
    assert command(path, *BOX, "--slice", 3).status == 0
    assert out.exists()


@pytest.mark.parametrize(
    ("box", "message"),
    [
        ((100, 100, 120, 120), "outside the image"),
        ((-20, -20, -5, -5), "outside the image"),
        ((34, 28, 14, 12), "inverted"),
        ((14, 28, 34, 12), "inverted"),
        ((14, 12, 14, 28), "no area"),
        (("nan", 12, 34, 28), "not finite"),
        ((14, 12, "inf", 28), "not finite"),
    ],
)
def test_a_box_without_meaning(command, volume_file, out, box, message):
    fails(command(volume_file, "--slice", 3, "--box", *box), out, WRONG_USE, message)


def test_a_point_outside(command, volume_file, out):
    result = command(volume_file, "--slice", 3, "--point", 48, 10, 1)
    fails(result, out, WRONG_USE, "outside the image")


@pytest.mark.parametrize("index", [6, -1, 1000])
def test_a_slice_out_of_range(command, volume_file, out, index):
    result = command(volume_file, *BOX, "--slice", index)
    fails(result, out, WRONG_USE, f"Slice {index} is out of range")
    assert "0 to 5" in result.err


@pytest.mark.parametrize("window", [(40, 0), (40, -5), ("nan", 400), (40, "inf")])
def test_a_window_without_meaning(command, volume_file, out, window):
    fails(command(volume_file, *BOX, "--slice", 3, "--window", *window), out, WRONG_USE, "window")


def test_an_unknown_model(command, volume_file, out):
    result = command(volume_file, *BOX, "--slice", 3, "--model", "nonsense")
    fails(result, out, WRONG_USE, "Unknown model 'nonsense'")


def test_a_model_that_is_not_here(command, volume_file, out):
    result = command(volume_file, *BOX, "--slice", 3, "--model", "medsam")
    fails(result, out, FAILED, "medsam models download medsam")


def test_a_checkpoint_that_is_none(command, volume_file, out, tmp_path):
    path = tmp_path / "weights.pth"
    path.write_text("no weights")
    fails(command(volume_file, *BOX, "--slice", 3, "--model", path), out, FAILED, "weights.pth")


def test_an_unknown_device(command, volume_file, out):
    result = command(volume_file, *BOX, "--slice", 3, "--device", "abacus")
    fails(result, out, WRONG_USE, "abacus")


@pytest.mark.parametrize("name", ["mask.txt", "mask", "mask.jpg", "mask.nii.gz.bak"])
def test_an_ending_that_cannot_be_written(command, volume_file, out, name):
    result = command(volume_file, *BOX, "--slice", 3, "-o", out.parent / name)
    fails(result, out, WRONG_USE, "an ending that cannot be written")


def test_a_volume_does_not_fit_into_a_picture(command, volume_file, out):
    result = command(volume_file, *BOX, "--slice", 3, "-o", out.with_name("mask.png"))
    fails(result, out, WRONG_USE, "does not fit")


def test_an_output_folder_that_is_not_there(command, volume_file, out):
    result = command(volume_file, *BOX, "--slice", 3, "-o", out.parent / "no" / "mask.nii.gz")
    fails(result, out, FAILED, "there is no folder")


def test_an_output_below_a_file(command, volume_file, out):
    result = command(volume_file, *BOX, "--slice", 3, "-o", volume_file / "mask.nii.gz")
    fails(result, out, FAILED, "cannot be written")


def test_an_output_that_is_a_folder(command, volume_file, out):
    (out.parent / "folder.nii.gz").mkdir()
    result = command(volume_file, *BOX, "--slice", 3, "-o", out.parent / "folder.nii.gz")
    assert "is a folder" in result.error
    assert result.status == WRONG_USE


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_an_output_folder_without_permission(command, volume_file, out):
    out.parent.chmod(0o500)
    try:
        fails(command(volume_file, *BOX, "--slice", 3), out, FAILED, "you may not write")
    finally:
        out.parent.chmod(0o700)


def test_an_existing_output_stays_without_force(command, volume_file, out):
    out.write_text("precious")
    result = command(volume_file, *BOX, "--slice", 3)
    assert result.status == WRONG_USE
    assert "add --force" in result.error
    assert out.read_text() == "precious"
    assert command(volume_file, *BOX, "--slice", 3, "--force").status == 0
    assert sitk.ReadImage(str(out)).GetSize() == (48, 40, 6)


def test_the_image_itself_is_not_replaced_without_force(command, volume_file):
    before = volume_file.read_bytes()
    assert command(volume_file, *BOX, "--slice", 3, "-o", volume_file).status == WRONG_USE
    assert volume_file.read_bytes() == before


def test_debug_adds_the_traceback(medsam, tmp_path, tiny_checkpoint):
    arguments = ("segment", tmp_path / "no.png", *BOX, "-o", tmp_path / "mask.png")
    result = medsam(*arguments, "--log-level", "debug")
    assert result.status == FAILED
    assert "Traceback" in result.err
    assert result.err.splitlines()[-1].startswith("medsam: error: ")


def test_a_fault_of_the_program_is_one_line_too(medsam, monkeypatch, picture_file, out):
    def fail(_: object) -> None:
        raise ValueError("two\nlines")

    monkeypatch.setattr("MedSAMLib.images.read_volume", fail)
    result = medsam("segment", picture_file, *BOX, "-o", out)
    assert result.status == FAILED
    assert "Unexpected ValueError: two lines" in result.error
