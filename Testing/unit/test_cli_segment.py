"""`medsam segment` and `medsam propagate` on small images, from file to file."""

from __future__ import annotations

import functools

import numpy as np
import pytest
import SimpleITK as sitk

from MedSAMLib.images import Volume, read_labels, read_volume
from MedSAMLib.object_mask import ObjectMask
from MedSAMLib.sam import Masks, SamModel, load_model
from Testing.unit.conftest import blob_volume, outcome_of

BOX = ("--box", 14, 12, 34, 28)
MIDDLE_SLICE = ("--slice", 3)


@pytest.fixture
def segment(medsam, tiny_checkpoint):
    return functools.partial(medsam, "segment", "--model", tiny_checkpoint)


@pytest.fixture
def propagate(medsam, tiny_checkpoint):
    return functools.partial(medsam, "propagate", "--model", tiny_checkpoint)


@pytest.fixture
def bright_pixels(monkeypatch):
    """The network is replaced by one that sees what is bright in the box."""

    class BrightPixels:
        def embed(self, image, window):
            return image

        def segment(self, embedding, box, **_):
            x0, y0, x1, y1 = np.round(box).astype(int)
            found = np.zeros(embedding.shape[:2], bool)
            found[y0:y1, x0:x1] = embedding[y0:y1, x0:x1] > 50
            return Masks(found[None], found[None].astype(np.float32), np.array([0.9]))

    monkeypatch.setattr("MedSAMLib.command_line.reading.load_model", lambda _: BrightPixels())


def test_a_slice_of_a_volume_becomes_a_label_map_on_its_grid(segment, volume_file, tmp_path):
    out = tmp_path / "mask.nii.gz"
    result = segment(volume_file, *BOX, *MIDDLE_SLICE, "-o", out)
    assert (result.status, result.err) == (0, "")
    assert result.out.splitlines()[-1] == f"wrote {out}"
    labels, volume = read_labels(out), read_volume(volume_file)
    assert labels.array.shape == (6, 40, 48)
    np.testing.assert_allclose(labels.affine, volume.affine)
    assert np.unique(np.nonzero(labels.array)[0]).tolist() in ([], [3])


def test_kept_embeddings_serve_the_next_command(
    segment, propagate, volume_file, tmp_path, monkeypatch
):
    kept = ("--embeddings", tmp_path / "kept")
    segment(volume_file, *BOX, *MIDDLE_SLICE, "-o", tmp_path / "plain.nii.gz")
    segment(volume_file, *BOX, *MIDDLE_SLICE, "-o", tmp_path / "first.nii.gz", *kept)
    assert len(list((tmp_path / "kept").iterdir())) == 1

    def refuse(*_):
        raise AssertionError("the image was encoded again")

    monkeypatch.setattr(SamModel, "_encode", refuse)
    again = segment(volume_file, *BOX, *MIDDLE_SLICE, "-o", tmp_path / "again.nii.gz", *kept)
    assert again.status == 0
    first, second, plain = (
        read_labels(tmp_path / f"{name}.nii.gz").array for name in ("first", "again", "plain")
    )
    np.testing.assert_array_equal(first, plain)
    assert np.mean(first == second) > 0.99  # half precision


def test_embeddings_that_cannot_be_kept_are_told_before_the_work(segment, volume_file, tmp_path):
    file = tmp_path / "file"
    file.touch()
    out = tmp_path / "mask.nii.gz"
    result = segment(volume_file, *BOX, *MIDDLE_SLICE, "-o", out, "--embeddings", file / "kept")
    assert result.status != 0
    assert "Embeddings cannot be kept" in result.err
    assert not out.exists()


def test_the_mask_is_the_librarys(segment, picture_file, tiny_checkpoint, tmp_path):
    assert segment(picture_file, *BOX, "-o", tmp_path / "mask.png").status == 0
    model = load_model(tiny_checkpoint, device="cpu")
    image = read_volume(picture_file).array[0]
    expected = model.segment(model.embed(image), box=np.array([14, 12, 34, 28])).masks[0]
    written = read_volume(tmp_path / "mask.png").array[0]
    np.testing.assert_array_equal(written > 0, expected)


@pytest.mark.parametrize("ending", [".seg.nrrd", ".nii.gz", ".nii", ".nrrd", ".mha"])
def test_every_ending_of_volumes_can_be_read_again(
    segment, bright_pixels, volume_file, tmp_path, ending
):
    out = tmp_path / f"mask{ending}"
    assert segment(volume_file, *BOX, *MIDDLE_SLICE, "-o", out).status == 0
    expected = np.zeros((6, 40, 48), bool)
    expected[3, 12:28, 14:34] = blob_volume()[3, 12:28, 14:34] > 50
    np.testing.assert_array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(out))) > 0, expected)


def test_several_boxes_are_named_segments(segment, bright_pixels, volume_file, tmp_path):
    out = tmp_path / "organs.seg.nrrd"
    second = ("--box", 24, 12, 34, 28)
    names = ("--name", "whole", "--name", "right half")
    result = segment(volume_file, *BOX, *second, *names, *MIDDLE_SLICE, "-o", out)
    assert result.status == 0
    image = sitk.ReadImage(str(out))
    assert image.GetMetaData("Segment0_Name") == "whole"
    assert image.GetMetaData("Segment1_Name") == "right half"
    assert image.GetMetaData("Segment0_Color") != image.GetMetaData("Segment1_Color")
    assert result.out.startswith("whole: ")


@pytest.mark.parametrize(("axis", "array_axis"), [("axial", 0), ("coronal", 1), ("sagittal", 2)])
def test_axis_chooses_the_slices(segment, bright_pixels, volume_file, tmp_path, axis, array_axis):
    out = tmp_path / "mask.nii.gz"
    result = segment(
        volume_file, "--axis", axis, "--slice", 3, "--box", 0, 0, 40, 6, "-o", out, "--force"
    )
    assert result.status == 0
    found = read_labels(out).array
    expected = np.zeros((6, 40, 48), bool)
    selected = tuple(3 if number == array_axis else slice(None) for number in range(3))
    expected[selected] = (blob_volume() > 50)[selected]
    if axis == "axial":
        expected[:, 6:] = False
    np.testing.assert_array_equal(found > 0, expected & (np.arange(48) < 40))


def test_a_volume_needs_a_slice_and_is_told_the_range(segment, volume_file, tmp_path):
    result = segment(volume_file, *BOX, "-o", tmp_path / "mask.nii.gz")
    assert result.status == 2
    assert "add --slice K with K from 0 to 5 (axial)" in result.error


def test_the_window_is_used(segment, volume_file, tmp_path):
    masks = []
    for window in ((), ("--window", 50, 100), ("--window", 0, 1)):
        out = tmp_path / "mask.nii.gz"
        segment(volume_file, *BOX, *MIDDLE_SLICE, *window, "-o", out, "--force")
        masks.append(read_labels(out).array)
    assert not np.array_equal(masks[1], masks[2])


def test_quiet_says_nothing(segment, picture_file, tmp_path):
    result = segment(picture_file, *BOX, "-o", tmp_path / "mask.png", "--quiet")
    assert (result.status, result.out, result.err) == (0, "", "")


def test_an_empty_mask_is_written_with_a_warning(segment, monkeypatch, picture_file, tmp_path):
    empty = ObjectMask(np.zeros((40, 48), bool), np.zeros((32, 32), np.float32), 0.1)
    monkeypatch.setattr("MedSAMLib.object_mask.segment_object", lambda *_: empty)
    result = segment(picture_file, *BOX, "-o", tmp_path / "mask.png")
    assert result.status == 0
    assert result.err == "medsam: warning: nothing was found for Segment_1\n"
    assert not read_volume(tmp_path / "mask.png").array.any()


def test_the_same_command_gives_the_same_file(segment, picture_file, tmp_path):
    for name in ("first.png", "second.png"):
        segment(picture_file, *BOX, "--point", 20, 20, 1, "-o", tmp_path / name, "--seed", 7)
    assert (tmp_path / "first.png").read_bytes() == (tmp_path / "second.png").read_bytes()


@pytest.mark.timeout(180)
def test_a_process_of_its_own_does_it_too(medsam_process, tiny_checkpoint, picture_file, tmp_path):
    out = tmp_path / "mask.png"
    process = medsam_process("segment", picture_file, *BOX, "--model", tiny_checkpoint, "-o", out)
    result = outcome_of(process)
    assert (result.status, result.err) == (0, "")
    assert out.exists()


def test_propagation_follows_the_object_and_says_where_it_ended(
    propagate, bright_pixels, volume_file, tmp_path
):
    out = tmp_path / "blob.seg.nrrd"
    result = propagate(volume_file, *BOX, *MIDDLE_SLICE, "--name", "blob", "-o", out)
    assert (result.status, result.err) == (0, "")
    summary, upwards, downwards, wrote = result.out.splitlines()
    assert summary.startswith("blob: ")
    assert "in slices 1 to 4" in summary
    assert upwards == "  upwards: stopped before slice 5: nothing was found there"
    assert downwards == "  downwards: stopped before slice 0: nothing was found there"
    assert wrote == f"wrote {out}"
    labels = sitk.GetArrayFromImage(sitk.ReadImage(str(out)))
    assert np.unique(np.nonzero(labels)[0]).tolist() == [1, 2, 3, 4]
    assert (blob_volume()[labels > 0] > 50).all()


def test_propagation_stays_in_its_range(propagate, bright_pixels, volume_file, tmp_path):
    out = tmp_path / "blob.nii.gz"
    result = propagate(volume_file, *BOX, *MIDDLE_SLICE, "--range", 2, 3, "-o", out)
    assert "in slices 2 to 3" in result.out
    assert "  upwards: went on to the last slice of the range" in result.out
    assert np.unique(np.nonzero(read_labels(out).array)[0]).tolist() == [2, 3]


@pytest.mark.parametrize("slice_range", [(4, 2), (0, 6), (4, 5), (-1, 3)])
def test_a_range_that_does_not_fit_is_wrong_use(propagate, volume_file, tmp_path, slice_range):
    result = propagate(
        volume_file, *BOX, *MIDDLE_SLICE, "--range", *slice_range, "-o", tmp_path / "o.nii.gz"
    )
    assert result.status == 2
    assert "slice range" in result.error


def test_propagation_with_a_real_network(propagate, volume_file, tmp_path):
    out = tmp_path / "blob.nii.gz"
    result = propagate(volume_file, *BOX, *MIDDLE_SLICE, "-o", out)
    assert result.status == 0
    assert read_labels(out).array.shape == (6, 40, 48)


def test_a_stored_sagittal_slice_needs_no_axis(segment, bright_pixels, tmp_path):
    picture = sitk.GetImageFromArray(blob_volume()[3:4])
    picture.SetDirection((0, 0, 1, 1, 0, 0, 0, 1, 0))
    sitk.WriteImage(picture, str(tmp_path / "sagittal.nrrd"))
    out = tmp_path / "mask.nrrd"
    assert segment(tmp_path / "sagittal.nrrd", *BOX, "-o", out).status == 0
    assert read_labels(out).array.any()


def test_blob_is_what_the_tests_take_it_for():
    volume = Volume(array=blob_volume(), affine=np.eye(4))
    assert np.unique(np.nonzero(volume.array > 50)[0]).tolist() == [1, 2, 3, 4]
