"""Readers of segmentations with truth: small files made here, and the counts of the real set."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image

from MedSAMLib import metrics
from MedSAMLib.errors import UsageError
from Testing.shared_data import shared_data
from training import datasets

HALF = np.zeros((8, 10), np.uint8)
HALF[:, 5:] = 255


def write_picture(path, array) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)


def color(value=90, shape=(8, 10)) -> np.ndarray:
    return np.full((*shape, 3), value, np.uint8)


def test_polyp_quality_yields_every_network_of_every_image(tmp_path):
    folder = tmp_path / "polyp_quality"
    for name in ("a", "b"):
        write_picture(folder / "images" / f"{name}.jpg", color())
        write_picture(folder / "masks" / f"{name}.jpg", HALF)
        for network in ("NetTwo", "NetOne"):
            write_picture(folder / "predictions" / network / f"{name}.jpg", 255 - HALF)
    triples = list(datasets.read_polyp_quality(tmp_path))
    names = [t.name for t in triples]
    assert names == ["a/NetOne", "a/NetTwo", "b/NetOne", "b/NetTwo"]
    assert [t.group for t in triples] == ["a", "a", "b", "b"]
    np.testing.assert_array_equal(triples[0].truth, HALF > 0)
    np.testing.assert_array_equal(triples[0].mask, HALF == 0)


def test_gray_outputs_are_probabilities_and_two_values_are_not(tmp_path):
    for name, gray in (("gray", HALF // 2 + 40), ("hard", HALF)):
        gray = gray.copy()
        gray[0, 0] = gray[0, 0] if name == "hard" else 77
        write_picture(tmp_path / f"{name}.png", gray)
    soft = datasets.triple_of(color(), tmp_path / "gray.png", HALF > 0, "net", "g")
    hard = datasets.triple_of(color(), tmp_path / "hard.png", HALF > 0, "net", "g")
    assert soft.probability[0, 0] == pytest.approx(77 / 255)
    assert hard.probability is None
    np.testing.assert_array_equal(soft.mask, HALF > 0)


def five_sets(tmp_path):
    sets, predictions = tmp_path / "TestDataset", tmp_path / "HSNet"
    for name in ("CVC-300", "ETIS-LaribPolypDB"):
        write_picture(sets / name / "images" / "1.png", color())
        write_picture(sets / name / "masks" / "1.png", HALF)
        write_picture(predictions / name / "1.jpg", HALF)
    return sets, predictions


def test_the_five_polyp_sets_are_met_with_their_predictions(tmp_path):
    triples = list(datasets.read_polyp_predictions(*five_sets(tmp_path)))
    assert [t.name for t in triples] == ["CVC-300/1/HSNet", "ETIS/1/HSNet"]
    assert {t.network for t in triples} == {"HSNet"}
    assert metrics.dice(triples[0].mask, triples[0].truth) == 1


def test_a_missing_or_misshapen_prediction_is_named(tmp_path):
    sets, predictions = five_sets(tmp_path)
    write_picture(predictions / "CVC-300" / "1.jpg", HALF[:, :7])
    with pytest.raises(UsageError, match="another size"):
        list(datasets.read_polyp_predictions(sets, predictions))
    (predictions / "CVC-300" / "1.jpg").unlink()
    with pytest.raises(UsageError, match="no picture 1"):
        list(datasets.read_polyp_predictions(sets, predictions))
    with pytest.raises(UsageError, match="none of the sets"):
        list(datasets.read_polyp_predictions(predictions / "CVC-300", predictions))


def write_case(folder, fluid, image=None) -> None:
    folder.mkdir(parents=True)
    image = (fluid * 50 + 20).astype(np.uint8) if image is None else image
    for name, array in (("oct.mhd", image), ("reference.mhd", fluid)):
        itk = sitk.GetImageFromArray(array)
        itk.SetSpacing((0.01, 0.004, 0.12))  # i, j, k
        sitk.WriteImage(itk, str(folder / name))


def fluid_volume() -> np.ndarray:
    fluid = np.zeros((4, 12, 9), np.uint8)
    fluid[1, 2:6, 2:6] = 1
    fluid[2, 2:6, 2:6] = 2
    fluid[2, 8:10, 2:6] = 3
    return fluid


def test_retouch_scans_with_fluid_as_one_class(tmp_path):
    write_case(tmp_path / "Spectralis" / "TRAIN049", fluid_volume())
    scans = list(datasets.read_retouch(tmp_path))
    assert [s.ids for s in scans] == [("TRAIN049/scan1/fluid",), ("TRAIN049/scan2/fluid",)]
    np.testing.assert_array_equal(scans[1].masks[0], fluid_volume()[2] > 0)
    assert scans[0].spacing == pytest.approx((0.004, 0.01))
    assert {s.group for s in scans} == {"TRAIN049"}


def test_retouch_kinds_of_fluid_and_scans_without(tmp_path):
    write_case(tmp_path / "Spectralis" / "TRAIN049", fluid_volume())
    scans = list(datasets.read_retouch(tmp_path, fluids=True))
    assert scans[1].ids == ("TRAIN049/scan2/SRF", "TRAIN049/scan2/PED")
    assert len(list(datasets.read_retouch(tmp_path, empty=True))) == 4


def test_retouch_devices_are_told_by_their_folders(tmp_path):
    write_case(tmp_path / "Spectralis" / "TRAIN049", fluid_volume())
    write_case(tmp_path / "Cirrus" / "TRAIN001", fluid_volume())
    assert {s.group for s in datasets.read_retouch(tmp_path, "spectralis")} == {"TRAIN049"}
    with pytest.raises(UsageError, match="no case"):
        list(datasets.read_retouch(tmp_path, "Topcon"))


def test_a_retouch_reference_of_another_shape_is_refused(tmp_path):
    write_case(tmp_path / "TRAIN049", fluid_volume(), np.zeros((4, 12, 8), np.uint8))
    with pytest.raises(UsageError, match="another shape"):
        list(datasets.read_retouch(tmp_path))


@pytest.mark.skipif(shared_data() is None, reason="the real data are not beside the repository")
def test_the_real_quality_set_has_49_images_by_four_networks():
    triples = list(datasets.read_polyp_quality(shared_data()))
    assert len(triples) == 196
    assert len({t.group for t in triples}) == 49
    assert all(t.probability is not None for t in triples)
    mean = {
        network: np.mean([metrics.dice(t.mask, t.truth) for t in triples if t.network == network])
        for network in {t.network for t in triples}
    }
    assert min(mean, key=mean.get) == "SwinUNet"
    assert max(mean, key=mean.get) == "EfficientUNet"
