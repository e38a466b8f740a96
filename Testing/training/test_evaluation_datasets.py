"""The readers: what they yield of small files, and the counts of the real sets."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image

from Testing.shared_data import shared_data
from training import datasets
from training.datasets import Sample
from training.datasets.organs import HELD_OUT_LABELS


def write_volume(path, array: np.ndarray, spacing=(1.0, 1.0, 1.0)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(spacing)
    sitk.WriteImage(image, str(path))


def test_a_sample_refuses_masks_that_do_not_fit():
    with pytest.raises(ValueError, match="do not fit"):
        Sample(np.zeros((4, 5)), np.zeros((1, 5, 4), bool), ("a",), "g")


def test_a_sample_without_its_empty_masks():
    masks = np.zeros((3, 4, 5), bool)
    masks[1] = True
    kept = Sample(np.zeros((4, 5)), masks, ("a", "b", "c"), "g").non_empty()
    assert kept.ids == ("b",)
    assert kept.masks.shape == (1, 4, 5)
    assert Sample(np.zeros((4, 5)), masks[:1], ("a",), "g").non_empty() is None


def test_hippocampus_slices_show_each_label_in_three_orientations(tmp_path):
    labels = np.zeros((6, 7, 8), np.uint8)
    labels[1:5, 1:5, 1:5] = 1  # 4 slices of 16 pixels in each orientation
    labels[5, 5, 5] = 2  # fewer than 10 pixels on every slice
    folder = tmp_path / "hippocampus" / "test"
    # SimpleITK's order is i, j, k: 1, 2 and 3 mm.
    write_volume(folder / "images" / "case.nii.gz", labels * np.float32(9), (1.0, 2.0, 3.0))
    write_volume(folder / "labels" / "case.nii.gz", labels, (1.0, 2.0, 3.0))
    samples = list(datasets.read_hippocampus(tmp_path, "test"))
    assert len(samples) == 12
    assert {s.masks.sum() for s in samples} == {16}
    assert {(s.image.shape, s.spacing) for s in samples} == {
        ((7, 8), (2.0, 1.0)),
        ((6, 8), (3.0, 1.0)),
        ((6, 7), (3.0, 2.0)),
    }
    assert samples[0].ids == ("case/axial1/label1",)
    assert {s.group for s in samples} == {"case"}


def test_polyp_masks_are_cut_in_the_middle(tmp_path):
    for name in ("images", "masks"):
        (tmp_path / name).mkdir()
    Image.fromarray(np.full((8, 8, 3), 90, np.uint8)).save(tmp_path / "images" / "7.jpg")
    mask = np.zeros((8, 8), np.uint8)
    mask[:, 4:] = 255
    Image.fromarray(mask).save(tmp_path / "masks" / "7.jpg")
    (sample,) = datasets.read_polyps(tmp_path)
    assert sample.image.shape == (8, 8, 3)
    np.testing.assert_array_equal(sample.masks[0], mask > 0)


def test_held_out_lesions_and_patients_are_apart(tmp_path):
    (tmp_path / "deeplesion").mkdir()
    lesion = np.zeros((3, 16, 16), np.uint8)
    lesion[1, 2:8, 2:8] = 1
    for patient in ("000001", "000015"):
        np.savez(
            tmp_path / "deeplesion" / f"CT_Lesion_{patient}_01.npz",
            imgs=lesion * 100,
            gts=lesion,
            spacing=np.array([0.5, 0.7, 5.0]),
        )
    (held_out,) = datasets.read_deeplesion(tmp_path, "held_out")
    (train,) = datasets.read_deeplesion(tmp_path, "train")
    assert (held_out.group, train.group) == ("000001", "000015")
    assert held_out.spacing == (0.7, 0.5)


def data_or_skip():
    data = shared_data()
    if data is None:
        pytest.skip("the shared data are not there")
    return data


# Slices of the README of the data; all masks are 2-D and belong to their image.
@pytest.mark.parametrize(
    ("read", "images", "groups"),
    [
        (lambda data: datasets.read_lidc(data, "test"), 373, 76),
        (lambda data: datasets.read_polyps(data / "kvasir_sessile" / "test"), 60, 60),
        (datasets.read_cvc, 311, None),
        (datasets.read_chase, 20, 10),
        (lambda data: datasets.read_hippocampus(data, "test"), None, 23),
        (lambda data: datasets.read_deeplesion(data, "train"), 22, 1),
        (lambda data: datasets.read_deeplesion(data, "held_out"), 14, 2),
    ],
)
def test_the_real_sets_have_their_counts(read, images, groups):
    samples = list(read(data_or_skip()))
    assert images in (None, len(samples))
    assert groups in (None, len({s.group for s in samples}))
    names = [name for s in samples for name in s.ids]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("modality", ["ct", "mr"])
def test_organs_held_out_are_not_in_the_training_split(modality):
    data = data_or_skip()
    train, held_out = (
        {
            name.rsplit("label", 1)[1]
            for s in datasets.read_organs(data, modality, split)
            for name in s.ids
        }
        for split in ("train", "held_out")
    )
    assert train
    assert held_out <= {str(label) for label in HELD_OUT_LABELS[modality]}
    assert not train & held_out


def test_no_lidc_patient_is_in_two_splits():
    data = data_or_skip()
    patients = [
        {sample.group for sample in datasets.read_lidc(data, split)}
        for split in ("train", "val", "test")
    ]
    assert not any(a & b for a, b in itertools.combinations(patients, 2))
