"""`medsam upsample` with what cannot be done: one clear line, and no file where none was."""

from __future__ import annotations

import functools
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from MedSAMLib.images import read_volume
from MedSAMLib.implicit import memory
from MedSAMLib.segmentation_io import Segment, write_segmentation

BOX = ("--box", 14, 12, 34, 28, "--slice", 3)
FAILED, WRONG_USE, INTERRUPTED = 1, 2, 130


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder / "fine.seg.nrrd"


@pytest.fixture
def given(volume_file, tmp_path) -> Path:
    path = tmp_path / "given.seg.nrrd"
    mask = np.zeros((6, 40, 48), bool)
    mask[1:5, 8:20, 10:30] = True
    write_segmentation(path, [Segment("liver", mask)], read_volume(volume_file))
    return path


@pytest.fixture
def upsample(medsam, tiny_checkpoint, volume_file, out):
    command = functools.partial(medsam, "upsample", volume_file, "--model", tiny_checkpoint)
    return functools.partial(command, "-o", out)


def fails(result, out: Path, status: int, message: str) -> None:
    """One line that contains `message`, and nothing was left behind."""
    assert message in result.error
    assert (result.status, result.out) == (status, "")
    assert list(out.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (("--scale", 2), "Nothing to upsample was given"),
        (("--mask", "GIVEN", *BOX, "--scale", 2), "not both"),
        (("--mask", "GIVEN"), "either --scale S or --spacing MM"),
        (("--mask", "GIVEN", "--scale", 2, "--spacing", 1), "either --scale S or --spacing MM"),
        (("--mask", "GIVEN", "--scale", 1), "makes nothing finer"),
        (("--mask", "GIVEN", "--scale", "nan"), "positive number"),
        (("--mask", "GIVEN", "--scale", -3), "positive number"),
        (("--mask", "GIVEN", "--scale", "many"), "invalid float value"),
        (("--mask", "GIVEN", "--spacing", 1), "are 1 x 1 x 3 mm already"),
        (("--mask", "GIVEN", "--spacing", 0), "positive number"),
        (("--mask", "GIVEN", "--scale", 500), "64 times finer"),
        (("--mask", "GIVEN", "--scale", 2, "--slice", 3), "--slice goes with --box"),
        (("--mask", "GIVEN", "--scale", 2, "--name", "a"), "--name goes with --box"),
        (("--mask", "GIVEN", "--scale", 2, "--segment", "lung"), "it has: liver"),
        (("--mask", "GIVEN", "--scale", 2, "--refine", 1.5), "share of 0 to 1"),
        (("--mask", "GIVEN", "--scale", 2, "--refine", "nan"), "share of 0 to 1"),
        (("--mask", "GIVEN", "--scale", 2, "--samples", 0), "1 to 64"),
        (("--mask", "GIVEN", "--scale", 2, "--table", "t.txt"), "must end in .json or .csv"),
        (("--mask", "GIVEN", "--scale", 2, "--uncertainty", "u.png"), "cannot be written: use"),
        (("--mask", "GIVEN", "--scale", 2, "--probability", "p.seg.nrrd"), "cannot be written"),
        ((*BOX, "--scale", 2, "--segment", "liver"), "--segment chooses among"),
        ((*BOX[:-1], 99, "--scale", 2), "out of range"),
        (BOX[:-2] + ("--scale", 2), "add --slice K"),
        (("--box", 99, 99, 120, 120, "--slice", 3, "--scale", 2), "outside the image"),
    ],
)
def test_wrong_use(upsample, out, given, wrong, message):
    arguments = [given if each == "GIVEN" else each for each in wrong]
    fails(upsample(*arguments), out, WRONG_USE, message)


def test_no_such_mask(upsample, out, tmp_path):
    fails(upsample("--mask", tmp_path / "no.nrrd", "--scale", 2), out, FAILED, "no.nrrd")


def test_a_mask_without_anything(upsample, out, volume_file, tmp_path):
    path = tmp_path / "empty.nii.gz"
    image = sitk.GetImageFromArray(np.zeros((6, 40, 48), np.uint8))
    image.CopyInformation(sitk.ReadImage(str(volume_file)))
    sitk.WriteImage(image, str(path))
    fails(upsample("--mask", path, "--scale", 2), out, FAILED, "there is nothing to upsample")


def test_a_mask_of_another_place(upsample, out, tmp_path):
    path = tmp_path / "elsewhere.nii.gz"
    image = sitk.GetImageFromArray(np.ones((6, 40, 48), np.uint8))
    image.SetOrigin((1000, 0, 0))
    sitk.WriteImage(image, str(path))
    fails(upsample("--mask", path, "--scale", 2), out, FAILED, "do not overlap in space")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.full((6, 40, 48), 0.5, np.float32), "not whole numbers"),
        (np.full((6, 40, 48), -1, np.int16), "Labels must be 0 (background) or positive"),
    ],
)
def test_a_mask_that_is_no_label_map(upsample, out, volume_file, tmp_path, values, message):
    path = tmp_path / "odd.nii.gz"
    image = sitk.GetImageFromArray(values)
    image.CopyInformation(sitk.ReadImage(str(volume_file)))
    sitk.WriteImage(image, str(path))
    fails(upsample("--mask", path, "--scale", 2), out, FAILED, message)


def test_too_little_memory_is_told_before_the_work(upsample, out, given, monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 1 << 28)
    result = upsample("--mask", given, "--scale", 30, "--through-plane")
    fails(result, out, FAILED, "choose a smaller factor or a larger spacing")


def test_memory_for_all_segments_is_foreseen_before_the_first(
    upsample, out, given, volume_file, monkeypatch
):
    """The work on one of them would fit, the results of all would not."""
    mask = np.zeros((6, 40, 48), bool)
    mask[1:5, 8:20, 10:30] = True
    many = given.with_name("many.seg.nrrd")
    segments = [Segment(str(number), mask) for number in range(30)]
    write_segmentation(many, segments, read_volume(volume_file))
    monkeypatch.setattr(memory, "available_bytes", lambda: memory.BYTES_OF_WORK + (100 << 20))
    result = upsample("--mask", many, "--segment", "7", "--scale", 8)
    assert result.status == 0
    out.unlink()
    result = upsample("--mask", many, "--scale", 8)
    fails(result, out, FAILED, "choose a smaller factor or a larger spacing")


def test_nothing_is_replaced_without_force_and_no_input_at_all(
    upsample, medsam, tiny_checkpoint, out, given, volume_file
):
    table = given.with_name("table.csv")
    table.write_text("precious")
    result = upsample("--mask", given, "--scale", 2, "--table", table)
    fails(result, out, WRONG_USE, "add --force")
    result = upsample("--mask", given, "--scale", 2, "--table", out.with_name("no") / "t.csv")
    fails(result, out, FAILED, "there is no folder")
    arguments = ("--mask", given, "--scale", 2, "--force", "--model", tiny_checkpoint)
    result = medsam("upsample", volume_file, *arguments, "-o", given)
    fails(result, out, WRONG_USE, "which is to be read")
    result = upsample("--mask", given, "--scale", 2, "--force", "--probability", volume_file)
    fails(result, out, WRONG_USE, "which is to be read")
    assert table.read_text() == "precious"


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
@pytest.mark.parametrize("when", ["working", "writing"])
def test_ctrl_c_leaves_no_half_file(upsample, out, given, monkeypatch, when):
    """Every file of the run, or none: also those that were finished before the signal came."""
    if when == "writing":
        write = sitk.WriteImage

        def interrupted(*arguments, **options):
            write(*arguments, **options)
            signal.raise_signal(signal.SIGINT)

        monkeypatch.setattr(sitk, "WriteImage", interrupted)
    else:
        from MedSAMLib.sam.predictor import SamModel

        def interrupted(*_, **__):
            signal.raise_signal(signal.SIGINT)

        monkeypatch.setattr(SamModel, "upsample", interrupted)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        result = upsample("--mask", given, "--scale", 2)
    finally:
        signal.signal(signal.SIGINT, before)
    fails(result, out, INTERRUPTED, "Interrupted.")
