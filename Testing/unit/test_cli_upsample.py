"""`medsam upsample`: finer masks of prompts, of segments and of label maps, with their maps."""

from __future__ import annotations

import csv
import functools
import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from MedSAMLib.command_line.writing import extent_text
from MedSAMLib.images import Volume, read_volume
from MedSAMLib.implicit import fine_grid
from MedSAMLib.quality.cohort import read_segmentation
from MedSAMLib.segmentation_io import Segment, write_segmentation

BOX = ("--box", 14, 12, 34, 28, "--slice", 3)
COLORS = (0.25, 0.5, 0.75), (1.0, 0.0, 0.5)


@pytest.fixture
def upsample(medsam, tiny_checkpoint):
    return functools.partial(medsam, "upsample", "--model", tiny_checkpoint)


def two_masks(shape=(6, 40, 48)) -> list[np.ndarray]:
    masks = [np.zeros(shape, bool), np.zeros(shape, bool)]
    masks[0][1:5, 8:20, 10:30] = True
    masks[1][2:4, 20:30, 15:25] = True
    return masks


@pytest.fixture
def segments_file(volume_file, tmp_path) -> Path:
    """Two neighbors with names and colors on the grid of `volume_file`."""
    path = tmp_path / "given.seg.nrrd"
    names = ("liver (größer)", "tumor")
    segments = [Segment(*each) for each in zip(names, two_masks(), COLORS, strict=True)]
    write_segmentation(path, segments, read_volume(volume_file))
    return path


def test_segments_keep_their_names_colors_and_voxels(
    upsample, volume_file, segments_file, tmp_path
):
    out = tmp_path / "fine.seg.nrrd"
    before = segments_file.read_bytes()
    result = upsample(
        volume_file, "--mask", segments_file, "--scale", 3, "--through-plane", "-o", out
    )
    assert (result.status, result.err) == (0, "")
    found = read_segmentation(out)
    named = [(entry.name, entry.color) for entry, _ in found.masks()]
    assert [name for name, _ in named] == ["liver (größer)", "tumor"]
    for (_, color), expected in zip(named, COLORS, strict=True):
        assert color == pytest.approx(expected)
    for (_, mask), given in zip(found.masks(), two_masks(), strict=True):
        assert mask.shape == (18, 120, 144)
        np.testing.assert_array_equal(mask[1::3, 1::3, 1::3], given)
    grid = fine_grid(read_volume(volume_file), scale=3, through_plane=True)
    np.testing.assert_allclose(found.affine, grid.affine, atol=1e-5)
    assert segments_file.read_bytes() == before
    assert "finer grid: 144 x 120 x 18 voxels of 0.333 x 0.333 x 1 mm" in result.out
    assert "tumor: " in result.out
    assert result.out.splitlines()[-1] == f"wrote {out}"


def test_a_label_map_becomes_a_label_map(upsample, volume_file, tmp_path):
    labels = np.zeros((6, 40, 48), np.uint8)
    for number, mask in zip((2, 7), two_masks(), strict=True):
        labels[mask] = number
    given, out = tmp_path / "labels.nii.gz", tmp_path / "fine.nii.gz"
    image = sitk.GetImageFromArray(labels)
    image.CopyInformation(sitk.ReadImage(str(volume_file)))
    sitk.WriteImage(image, str(given))
    result = upsample(volume_file, "--mask", given, "--spacing", 0.5, "-o", out)
    assert (result.status, result.err) == (0, "")
    fine = read_volume(out)
    assert fine.spacing == pytest.approx((0.5, 0.5, 3.0))
    assert np.unique(fine.array).tolist() == [0, 1, 2]
    assert "Segment_2: " in result.out
    assert "Segment_7: " in result.out


def test_one_segment_of_several_by_name_or_number(upsample, volume_file, segments_file, tmp_path):
    for wanted in ("tumor", "2"):
        out = tmp_path / f"{wanted}.seg.nrrd"
        arguments = ("--mask", segments_file, "--segment", wanted, "--scale", 2, "-o", out)
        assert upsample(volume_file, *arguments).status == 0
        assert [entry.name for entry, _ in read_segmentation(out).masks()] == ["tumor"]


def test_an_empty_segment_is_left_out_with_a_warning(upsample, volume_file, tmp_path):
    given, out = tmp_path / "given.seg.nrrd", tmp_path / "fine.seg.nrrd"
    mask = two_masks()[0]
    segments = [Segment("nothing", np.zeros_like(mask)), Segment("liver", mask)]
    write_segmentation(given, segments, read_volume(volume_file))
    result = upsample(volume_file, "--mask", given, "--scale", 2, "-o", out)
    assert result.status == 0
    assert result.err == "medsam: warning: nothing is empty and is left out\n"
    assert [entry.name for entry, _ in read_segmentation(out).masks()] == ["liver"]


def test_a_mask_on_another_grid_is_brought_to_the_image(upsample, volume_file, tmp_path):
    """Slicer may save a segmentation cropped to its segments."""
    mask, volume = two_masks()[0], read_volume(volume_file)
    part = (slice(1, 6), slice(5, 25), slice(8, 40))
    affine = volume.affine.copy()
    affine[:3, 3] = (volume.affine @ [8, 5, 1, 1])[:3]
    given, out = tmp_path / "cropped.seg.nrrd", tmp_path / "fine.seg.nrrd"
    cropped = Volume(np.zeros(mask[part].shape, np.int16), affine)
    write_segmentation(given, [Segment("liver", mask[part])], cropped)
    result = upsample(volume_file, "--mask", given, "--scale", 3, "-o", out)
    assert result.status == 0
    assert "resampled to it by the nearest voxel" in result.err
    ((_, fine),) = read_segmentation(out).masks()
    np.testing.assert_array_equal(fine[:, 1::3, 1::3], mask)


def test_the_maps_lie_on_the_finer_grid(upsample, volume_file, segments_file, tmp_path):
    names = ("fine.seg.nrrd", "doubt.nii.gz", "chance.nrrd")
    out, doubt, chance = (tmp_path / name for name in names)
    result = upsample(
        *(volume_file, "--mask", segments_file, "--scale", 2, "-o", out),
        *("--uncertainty", doubt, "--probability", chance),
    )
    assert (result.status, result.err) == (0, "")
    maps = [read_volume(path) for path in (doubt, chance)]
    (_, liver), (_, tumor) = read_segmentation(out).masks()
    for each in maps:
        assert each.array.dtype == np.float32
        assert each.shape == liver.shape == (6, 80, 96)
        assert 0 <= each.array.min() < each.array.max() <= 1
        np.testing.assert_allclose(each.spacing, (0.5, 0.5, 3))
    np.testing.assert_array_equal(maps[1].array > 0.5, liver | tumor)


@pytest.mark.parametrize("ending", ["json", "csv"])
def test_the_table_compares_the_ways(upsample, volume_file, segments_file, tmp_path, ending):
    out, table = tmp_path / "fine.seg.nrrd", tmp_path / f"table.{ending}"
    result = upsample(
        volume_file, "--mask", segments_file, "--scale", 2, "-o", out, "--table", table
    )
    assert (result.status, result.err) == (0, "")
    if ending == "json":
        told = json.loads(table.read_text("utf-8"))
        assert (told["image"], told["mask"]) == ("volume.nii.gz", "given.seg.nrrd")
        assert (told["method"], told["seed"]) == ("interpolated", 0)
        rows = [{"segment": s["name"], **row} for s in told["segments"] for row in s["methods"]]
    else:
        rows = list(csv.DictReader(table.read_text("utf-8").splitlines()))
    assert [row["segment"] for row in rows] == ["liver (größer)"] * 4 + ["tumor"] * 4
    assert [row["method"] for row in rows[:4]] == ["nearest", "linear", "smoothed", "interpolated"]
    assert float(rows[0]["volume_mm3"]) == two_masks()[0].sum() * 3
    assert float(rows[0]["shift95_mm"]) == 0
    assert float(rows[3]["mean_shift_mm"]) < 1
    assert "METHOD" in result.out
    assert result.out.count("smoothed") == 2


def test_a_box_gives_a_fine_mask_in_its_slice(upsample, volume_file, tmp_path):
    out, table = tmp_path / "fine.seg.nrrd", tmp_path / "table.json"
    arguments = (*BOX, "--name", "blob", "--scale", 2, "--seed", 3, "-o", out, "--table", table)
    result = upsample(volume_file, *arguments)
    assert result.status == 0
    ((entry, mask),) = read_segmentation(out).masks()
    assert entry.name == "blob"
    assert mask.shape == (6, 80, 96)
    assert np.flatnonzero(mask.any(axis=(1, 2))).tolist() in ([3], [])
    told = json.loads(table.read_text("utf-8"))
    assert (told["slice"], told["mask"], told["seed"]) == (3, None, 3)


def test_a_picture_and_a_picture_of_its_mask(upsample, picture_file, tmp_path):
    mask = np.zeros((40, 48), np.uint8)
    mask[10:30, 12:36] = 255
    given, out = tmp_path / "mask.png", tmp_path / "fine.png"
    sitk.WriteImage(sitk.GetImageFromArray(mask), str(given))
    assert upsample(picture_file, "--mask", given, "--scale", 3, "-o", out).status == 0
    fine = read_volume(out).array[0]
    assert fine.shape == (120, 144)
    np.testing.assert_array_equal(fine[1::3, 1::3], mask)
    drawn = tmp_path / "drawn.png"
    result = upsample(picture_file, "--point", 24, 20, 1, "--scale", 2.5, "-o", drawn)
    assert result.status == 0
    assert read_volume(drawn).shape == (1, 100, 120)


def test_the_same_seed_writes_the_same_file(upsample, volume_file, segments_file, tmp_path):
    files = []
    for number in range(2):
        chance = tmp_path / f"{number}.mha"
        arguments = ("--mask", segments_file, "--scale", 2, "-o", tmp_path / f"{number}.nii.gz")
        assert upsample(volume_file, *arguments, "--probability", chance).status == 0
        files.append(read_volume(chance).array)
    np.testing.assert_array_equal(*files)


def test_large_volumes_are_told_without_powers_of_ten():
    mask = np.ones((10, 11, 12), bool)
    volume = Volume(mask.astype(np.uint8), np.diag([10.0, 10.0, 10.0, 1.0]))
    assert extent_text(mask, volume) == "1320 voxels (1320 mL)"
    assert extent_text(mask[:3], volume) == "396 voxels (396 mL)"


def test_quiet_says_nothing(upsample, volume_file, segments_file, tmp_path):
    arguments = ("--mask", segments_file, "--scale", 2, "-o", tmp_path / "f.nrrd", "--quiet")
    result = upsample(volume_file, *arguments, "--table", tmp_path / "t.csv")
    assert (result.status, result.out, result.err) == (0, "", "")


def test_a_terminal_sees_the_slices_go_by(
    upsample, volume_file, segments_file, tmp_path, monkeypatch
):
    import sys

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    result = upsample(
        volume_file, "--mask", segments_file, "--scale", 2, "-o", tmp_path / "f.seg.nrrd"
    )
    assert result.status == 0
    assert "6/6" in result.err.replace("\r", "\n") or "slice" in result.err
