"""Volumes made coarser: blocks in their place, fair halves, and a page with all methods."""

from __future__ import annotations

import json

import numpy as np
import pytest
import SimpleITK as sitk

from MedSAMLib.images import Volume
from training.imedsam.evaluate_volumes import main
from training.imedsam.evaluation.volumes import coarser, majority


def test_blocks_are_averaged_in_their_place():
    array = np.arange(4 * 4 * 5, dtype=np.int16).reshape(4, 4, 5)
    volume = Volume(array, np.array([[2, 0, 0, 7], [0, 0, 3, 1], [0, 1, 0, 4], [0, 0, 0, 1.0]]))
    coarse, shape = coarser(volume, (3, 2, 2))
    assert coarse.shape == (1, 2, 2)
    assert shape == (3, 4, 4)
    assert coarse.array[0, 0, 0] == array[:3, :2, :2].mean()
    # The center of the first block is between the centers of its voxels.
    np.testing.assert_allclose(coarse.affine[:3, 3], (volume.affine @ [0.5, 0.5, 1, 1])[:3])
    assert coarse.spacing == pytest.approx((4, 2, 9))


def test_halves_make_segments_neither_larger_nor_smaller():
    half = np.zeros((60, 60, 2), bool)
    half[..., 0] = True
    mask = majority(half, (1, 1, 2), np.random.default_rng(0))
    assert 0.45 < mask.mean() < 0.55
    most = np.ones((2, 2, 2), bool)
    most[0, 0, 0] = False
    assert majority(most, (2, 2, 2), np.random.default_rng(0)).all()
    assert not majority(~most, (2, 2, 2), np.random.default_rng(0)).any()


@pytest.fixture
def data(tmp_path):
    """Two volumes with a bright ellipsoid each, in the layout of the hippocampus set."""
    rng = np.random.default_rng(0)
    for folder in ("images", "labels"):
        (tmp_path / "hippocampus" / "test" / folder).mkdir(parents=True)
    for number in range(2):
        places = np.meshgrid(*(np.linspace(-1, 1, n) for n in (18, 32, 30)), indexing="ij")
        inside = sum(place**2 for place in places) < 0.5 + 0.1 * number
        image = (100 * inside + rng.normal(0, 5, inside.shape)).astype(np.int16)
        for folder, array in (("images", image), ("labels", inside.astype(np.uint8))):
            path = tmp_path / "hippocampus" / "test" / folder / f"case{number}.nii.gz"
            sitk.WriteImage(sitk.GetImageFromArray(array), str(path))
    return tmp_path


@pytest.mark.timeout(120)
def test_the_page_has_every_method_and_the_smoothed_one_beats_the_voxels(data, tmp_path):
    out = tmp_path / "out"
    arguments = ("--data", str(data), "--out", str(out), "--sets", "hippocampus")
    assert main([*arguments, "--device", "cpu", "--seed", "1"]) == 0
    told = json.loads((out / "upsampling.json").read_text("utf-8"))
    found = told["sets"]["hippocampus"]["coarsenings"]
    assert list(found) == ["plane", "between", "both"]
    for each in found.values():
        assert each["segments"] == 2
        methods = {name: values["dice"]["value"] for name, values in each["methods"].items()}
        assert list(methods)[:3] == ["nearest", "linear", "smoothed"]
        assert methods["smoothed"] > methods["nearest"]
        assert list(methods.values())[3] > methods["nearest"]
    page = (out / "upsampling.md").read_text("utf-8")
    assert "3 x coarser between the slices" in page
    assert "hold" in page


def test_a_folder_without_volumes_is_told(tmp_path, capsys):
    assert main(["--data", str(tmp_path), "--out", str(tmp_path), "--sets", "hippocampus"]) == 1
    assert "has no volumes of hippocampus" in capsys.readouterr().err
