from __future__ import annotations

import gzip

import numpy as np
import pytest
import SimpleITK as sitk
from scipy.spatial.transform import Rotation

from MedSAMLib.errors import MedSAMError
from MedSAMLib.images import Volume, read_labels, read_volume
from Testing.shared_data import shared_data

VOXELS = np.arange(4 * 5 * 6, dtype=np.int16).reshape(4, 5, 6)
RGB = np.arange(5 * 6 * 3, dtype=np.uint8).reshape(5, 6, 3)


def save(path, array, is_vector=False, **geometry):
    image = sitk.GetImageFromArray(array, isVector=is_vector)
    for name, value in geometry.items():
        getattr(image, f"Set{name}")(value)
    sitk.WriteImage(image, str(path))
    return path


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, shape, dtype=np.uint8)


@pytest.mark.parametrize("ending", ["nii", "nii.gz", "nrrd", "nhdr", "mha", "mhd"])
def test_a_volume_has_the_voxels_and_the_place_of_its_file(tmp_path, ending):
    turn = Rotation.from_euler("xyz", (20, -35, 50), degrees=True).as_matrix()
    path = save(
        tmp_path / f"scan.{ending}",
        VOXELS,
        Spacing=(0.5, 1.25, 3.0),
        Origin=(10.0, 20.0, 30.0),
        Direction=turn.ravel(),
    )
    volume = read_volume(path)
    assert volume.array.dtype == np.int16
    np.testing.assert_array_equal(volume.array, VOXELS)
    assert volume.spacing == pytest.approx((0.5, 1.25, 3.0))
    np.testing.assert_allclose(volume.affine[:3, 3], (-10, -20, 30), atol=1e-5)
    np.testing.assert_allclose(
        volume.affine[:3, :3], np.diag([-1, -1, 1]) @ turn * (0.5, 1.25, 3), atol=1e-5
    )
    assert (volume.name, volume.source, volume.window) == ("scan", path, None)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint16, np.int32, np.float32, np.float64])
def test_the_type_of_the_voxels_is_kept(tmp_path, dtype):
    assert read_volume(save(tmp_path / "a.nrrd", VOXELS.astype(dtype))).array.dtype == dtype


def test_2d_images_are_volumes_of_one_slice(tmp_path):
    color = read_volume(save(tmp_path / "color.png", RGB, is_vector=True))
    assert color.is_color
    assert color.shape == (1, 5, 6)
    np.testing.assert_array_equal(color.array[0], RGB)
    gray = read_volume(save(tmp_path / "gray.png", RGB[..., 0].astype(np.uint16)))
    assert not gray.is_color
    np.testing.assert_array_equal(gray.array[0], RGB[..., 0])
    assert read_volume(save(tmp_path / "a.jpg", noise(64, 48))).shape == (1, 64, 48)


def test_transparency_is_dropped(tmp_path):
    rgba = np.concatenate([RGB, RGB[..., :1]], axis=-1)
    volume = read_volume(save(tmp_path / "rgba.png", rgba, is_vector=True))
    np.testing.assert_array_equal(volume.array[0], RGB)


def test_a_fourth_dimension_of_one_is_no_dimension(tmp_path):
    for name in ("a.nii.gz", "a.nrrd"):
        assert read_volume(save(tmp_path / name, VOXELS[np.newaxis])).shape == (4, 5, 6)


def test_nan_and_infinity_are_read_as_they_are(tmp_path):
    values = VOXELS.astype(np.float32)
    values[0, 0, :3] = np.nan, np.inf, -np.inf
    np.testing.assert_array_equal(read_volume(save(tmp_path / "a.nrrd", values)).array, values)
    # The NIfTI library itself reads them as 0.
    assert read_volume(save(tmp_path / "a.nii.gz", values)).array[0, 0].tolist() == [
        0,
        0,
        0,
        3,
        4,
        5,
    ]


def bad_files(folder):
    """Every kind of bad file, with what is to be said of it."""
    (folder / "text.nii.gz").write_text("this is no image\n")
    (folder / "text.dcm").write_text("this is no image\n")
    yield "text.nii.gz", "is not an image"
    yield "text.dcm", "is not an image"
    yield "missing.nii.gz", "There is no file"
    (folder / "no_dicom").mkdir()
    (folder / "no_dicom" / "notes.txt").write_text("notes")
    yield "no_dicom", "holds no DICOM"
    for name in ("empty.nii.gz", "empty.nrrd", "empty.png", "empty.jpg", "empty.dcm"):
        (folder / name).write_bytes(b"")
        yield name, "is empty"
    for ending in ("nii", "nii.gz", "nrrd", "mha", "png", "jpg"):
        image = noise(64, 64) if ending in ("png", "jpg") else noise(9, 64, 64)
        whole = save(folder / f"whole.{ending}", image).read_bytes()
        for share in (0.6, 0.98):
            (folder / f"cut{share}.{ending}").write_bytes(whole[: int(share * len(whole))])
            yield f"cut{share}.{ending}", "damaged"
    cut_first = gzip.compress((folder / "whole.nii").read_bytes()[:5000])
    (folder / "cut_first.nii.gz").write_bytes(cut_first)
    yield "cut_first.nii.gz", "damaged"
    save(folder / "4d.nii.gz", noise(3, 4, 5, 6))
    yield "4d.nii.gz", r"has 4 dimensions \(6 x 5 x 4 x 3\)"
    save(folder / "channels.nrrd", noise(4, 5, 6, 2), is_vector=True)
    yield "channels.nrrd", "has 2 channels"
    save(folder / "complex.nrrd", VOXELS.astype(np.complex64))
    yield "complex.nrrd", "complex numbers"


def test_every_bad_file_is_named_in_one_sentence_and_nothing_is_printed(tmp_path, capfd):
    for name, complaint in bad_files(tmp_path):
        with pytest.raises(MedSAMError, match=complaint) as caught:
            read_volume(tmp_path / name)
        text = str(caught.value)
        assert text.endswith(".")
        assert "\n" not in text
        assert name in text
    assert capfd.readouterr() == ("", "")


def save_dicom_series(folder, slices: int, uid: str, window=None, first_z: float = 0.0) -> None:
    folder.mkdir(exist_ok=True)
    for number in range(slices):
        image = sitk.GetImageFromArray(np.full((1, 5, 6), 2 * number, dtype=np.int16))
        image.SetSpacing((0.5, 0.75, 2.5))
        position = f"10\\20\\{first_z + 2.5 * number}"
        tags = {
            "0008|0060": "CT",
            "0020|000e": uid,
            "0020|0032": position,
            "0020|0037": "1\\0\\0\\0\\1\\0",
            "0028|1052": "-1000",
            "0028|1053": "2",
            **({} if window is None else {"0028|1050": window[0], "0028|1051": window[1]}),
        }
        for tag, text in tags.items():
            image.SetMetaData(tag, text)
        writer = sitk.ImageFileWriter()
        writer.KeepOriginalImageUIDOn()
        # The names run against the positions: order comes from space, not from names.
        writer.SetFileName(str(folder / f"{uid}-{slices - number:03d}.dcm"))
        writer.Execute(image)


def test_a_dicom_folder_is_a_volume_in_order_of_space_with_the_headers_window(tmp_path):
    save_dicom_series(tmp_path / "ct", 4, "1.2.3", window=("40\\300", "400\\1500"))
    volume = read_volume(tmp_path / "ct")
    assert volume.shape == (4, 5, 6)
    assert volume.array[:, 0, 0].tolist() == [0, 2, 4, 6]
    assert volume.spacing == pytest.approx((0.5, 0.75, 2.5))
    np.testing.assert_allclose(volume.affine[:3, 3], (-10, -20, 0))
    assert volume.window == (40, 400)
    assert volume.name == "ct"


def test_of_several_series_the_largest_is_read_also_from_a_subfolder(tmp_path):
    save_dicom_series(tmp_path / "study", 2, "1.2.3")
    save_dicom_series(tmp_path / "study" / "series", 3, "1.2.4")
    assert read_volume(tmp_path / "study").shape == (3, 5, 6)


def test_series_of_equal_size_are_named(tmp_path):
    save_dicom_series(tmp_path, 2, "1.2.3")
    save_dicom_series(tmp_path, 2, "1.2.4")
    with pytest.raises(MedSAMError, match=r"2 DICOM series .*1\.2\.3 .*1\.2\.4"):
        read_volume(tmp_path)


def test_a_single_dicom_file_is_one_slice(tmp_path):
    save_dicom_series(tmp_path, 2, "1.2.3", window=("40", "400"))
    volume = read_volume(next(tmp_path.glob("*.dcm")))
    assert volume.shape == (1, 5, 6)
    assert volume.window == (40, 400)


def test_a_missing_slice_is_told(tmp_path, caplog, capfd):
    save_dicom_series(tmp_path, 5, "1.2.3")
    (tmp_path / "1.2.3-003.dcm").unlink()
    assert read_volume(tmp_path).shape == (4, 5, 6)
    assert "missing or unevenly spaced" in caplog.text
    assert capfd.readouterr() == ("", "")


def test_labels_are_whole_numbers(tmp_path):
    as_float = save(tmp_path / "labels.nii.gz", (VOXELS % 3).astype(np.float32))
    labels = read_labels(as_float)
    assert np.issubdtype(labels.array.dtype, np.integer)
    np.testing.assert_array_equal(labels.array, VOXELS % 3)
    with pytest.raises(MedSAMError, match="not whole numbers"):
        read_labels(save(tmp_path / "image.nii.gz", VOXELS * np.float32(0.3)))


def test_a_jpeg_mask_is_what_is_brighter_than_half(tmp_path):
    square = np.zeros((32, 32, 3), dtype=np.uint8)
    square[8:24, 8:24] = 255
    labels = read_labels(save(tmp_path / "mask.jpg", square, is_vector=True))
    np.testing.assert_array_equal(labels.array[0], square[..., 0] // 255)


def test_a_color_image_is_no_label_map_unless_it_is_gray(tmp_path):
    with pytest.raises(MedSAMError, match="color image"):
        read_labels(save(tmp_path / "color.png", RGB, is_vector=True))
    gray = np.repeat(RGB[..., :1], 3, axis=-1)
    labels = read_labels(save(tmp_path / "gray.png", gray, is_vector=True))
    np.testing.assert_array_equal(labels.array[0], gray[..., 0])


@pytest.mark.parametrize(
    ("shape", "affine"),
    [
        ((4, 5), np.eye(4)),
        ((4, 5, 6, 2), np.eye(4)),
        ((4, 0, 6), np.eye(4)),
        ((4, 5, 6), np.eye(3)),
        ((4, 5, 6), np.diag([1, 1, 0, 1])),
        ((4, 5, 6), np.diag([1, np.nan, 1, 1])),
    ],
)
def test_a_volume_that_makes_no_sense_is_refused(shape, affine):
    with pytest.raises(MedSAMError):
        Volume(np.zeros(shape), affine)


@pytest.mark.skipif(shared_data() is None, reason="the shared data are not here")
@pytest.mark.parametrize(
    ("path", "shape", "spacing", "window", "span"),
    [
        (
            "dicom_ct_seg/ct-3slice",
            (3, 512, 512),
            (0.810547, 0.810547, 1),
            (40, 400),
            (-3024, 1381),
        ),
        ("cthead_dicom", (93, 64, 64), (3.2, 3.2, 1.5), None, (0, 3926)),
        ("mr_dicom", (32, 51, 35), (1, 1, 1), (470, 950), (2, 154)),
        ("chase_db1/Image_01L.jpg", (1, 960, 999), (1, 1, 1), None, (0, 255)),
        ("chase_db1/Image_01L_1stHO.png", (1, 960, 999), (1, 1, 1), None, (0, 255)),
    ],
)
def test_real_files(path, shape, spacing, window, span):
    volume = read_volume(shared_data() / path)
    assert volume.shape == shape
    assert volume.spacing == pytest.approx(spacing, abs=1e-5)
    assert volume.window == window
    assert (volume.array.min(), volume.array.max()) == span


@pytest.mark.skipif(shared_data() is None, reason="the shared data are not here")
def test_real_labels_lie_on_their_images():
    folder = shared_data() / "hippocampus" / "test"
    for path in sorted((folder / "images").glob("*.nii.gz"))[:5]:
        image, labels = read_volume(path), read_labels(folder / "labels" / path.name)
        assert labels.shape == image.shape
        assert set(np.unique(labels.array)) == {0, 1, 2}
        np.testing.assert_allclose(labels.affine, image.affine, atol=1e-4)


@pytest.mark.skipif(shared_data() is None, reason="the shared data are not here")
def test_a_real_jpeg_mask_has_two_values():
    path = next((shared_data() / "kvasir_sessile" / "test" / "masks").glob("*.jpg"))
    labels = read_labels(path)
    assert labels.array.ndim == 3
    assert set(np.unique(labels.array)) == {0, 1}
