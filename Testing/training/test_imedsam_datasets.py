"""The readers of I-MedSAM's sets, on small files in the layout of their releases."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image

from training import datasets
from training.datasets.abdominal_slices import split_of
from training.datasets.bcv import ORGANS


def write_volume(path, array: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = sitk.GetImageFromArray(array)
    image.SetSpacing((0.7, 0.8, 3.0))  # SimpleITK's order is i, j, k
    sitk.WriteImage(image, str(path))


def organs() -> np.ndarray:
    """Liver (6) on two slices of four, spleen (1) on one."""
    labels = np.zeros((4, 12, 14), np.uint8)
    labels[1:3, 2:8, 2:8] = 6
    labels[2, 8:12, 9:13] = 1
    return labels


@pytest.fixture
def bcv(tmp_path):
    for number in range(1, 6):
        folder = tmp_path / "bcv" / "RawData" / "Training"
        write_volume(folder / "img" / f"img{number:04}.nii.gz", organs().astype(np.int16) * 10)
        write_volume(folder / "label" / f"label{number:04}.nii.gz", organs())
    return tmp_path


def test_bcv_slices_have_a_mask_an_organ(bcv):
    samples = list(datasets.read_bcv(bcv, "val"))
    assert len(samples) == 2  # one case of five, two of its slices
    assert [len(s.masks) for s in samples] == [1, 2]
    assert samples[1].spacing == pytest.approx((0.8, 0.7))
    assert {name.rsplit("/", 1)[1] for name in samples[1].ids} == {"label1", "label6"}
    assert len(ORGANS) == 13


def test_no_case_is_in_two_splits(bcv):
    groups = [
        {s.group for s in datasets.read_bcv(bcv, split)} for split in ("train", "val", "test")
    ]
    assert [len(each) for each in groups] == [3, 1, 1]
    assert not any(a & b for a, b in itertools.combinations(groups, 2))
    with pytest.raises(ValueError, match="Unknown split"):
        list(datasets.read_bcv(bcv, "all"))


def test_a_split_is_the_same_every_time_and_leaves_nothing_out():
    names = [f"{number:04}" for number in range(30)]
    parts = [split_of(names, split) for split in ("train", "val", "test")]
    assert [len(part) for part in parts] == [18, 6, 6]
    assert sorted(itertools.chain(*parts)) == names
    assert split_of(names[::-1], "val") == parts[1]


def test_amos_gives_the_liver_of_ct_only(tmp_path):
    for number in (1, 507):  # the second is an MR
        write_volume(tmp_path / "amos" / "imagesTr" / f"amos_{number:04}.nii.gz", organs() * 1.0)
        write_volume(tmp_path / "amos" / "labelsTr" / f"amos_{number:04}.nii.gz", organs())
    samples = list(datasets.read_amos(tmp_path))
    assert {s.group for s in samples} == {"amos_0001"}
    assert [s.ids for s in samples] == [
        ("amos_0001/axial1/label6",),
        ("amos_0001/axial2/label6",),
    ]
    assert {s.masks.sum() for s in samples} == {36}


def test_an_image_and_labels_of_other_sizes_are_refused(tmp_path):
    write_volume(tmp_path / "amos" / "imagesTr" / "amos_0001.nii.gz", organs()[1:] * 1.0)
    write_volume(tmp_path / "amos" / "labelsTr" / "amos_0001.nii.gz", organs())
    with pytest.raises(ValueError, match="different sizes"):
        list(datasets.read_amos(tmp_path))


@pytest.mark.parametrize(
    ("folders", "ending"),
    [(("images", "masks"), "jpg"), (("Original", "Ground Truth"), "png")],
    ids=["Kvasir", "CVC-ClinicDB"],
)
def test_polyps_as_released(tmp_path, folders, ending):
    mask = np.zeros((16, 20), np.uint8)
    mask[:, 10:] = 255
    for folder in folders:
        (tmp_path / folder).mkdir()
    for number in range(5):
        name = f"{number}.{ending}"
        Image.fromarray(np.full((16, 20, 3), 90, np.uint8)).save(tmp_path / folders[0] / name)
        Image.fromarray(mask).save(tmp_path / folders[1] / name)
    samples = list(datasets.read_released_polyps(tmp_path))
    assert [s.group for s in samples] == ["0", "1", "2", "3", "4"]
    np.testing.assert_array_equal(samples[0].masks[0], mask > 0)
    assert len(list(datasets.read_released_polyps(tmp_path, "train"))) == 3


def test_another_folder_is_no_polyp_set(tmp_path):
    with pytest.raises(ValueError, match="neither images and masks"):
        list(datasets.read_released_polyps(tmp_path))
