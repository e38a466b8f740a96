"""Reading segmentations in the forms that people have, and bringing them onto the image's grid."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from MedSAMLib.errors import MedSAMError
from MedSAMLib.images import Volume
from MedSAMLib.quality.cohort import read_segmentation
from MedSAMLib.quality.cohort.matching_grids import on_image_grid
from MedSAMLib.quality.cohort.segmentation_file import Segmentation
from MedSAMLib.segmentation_io import Segment, write_segmentation
from Testing.shared_data import shared_data

SHAPE = (4, 10, 12)


def volume(spacing=(1.0, 1.0, 3.0), origin=(0.0, 0.0, 0.0), shape=SHAPE, source=None) -> Volume:
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = origin
    return Volume(np.zeros(shape, np.int16), affine, source=source)


def mask(*part: slice) -> np.ndarray:
    inside = np.zeros(SHAPE, bool)
    inside[part] = True
    return inside


LEFT = mask(slice(1, 3), slice(2, 8), slice(1, 5))
RIGHT = mask(slice(1, 3), slice(2, 8), slice(7, 11))
WHOLE = LEFT | RIGHT


@pytest.mark.parametrize("name", ["s.nii.gz", "s.nrrd", "s.mha"])
def test_a_label_map_keeps_its_numbers(tmp_path, name):
    labels = (3 * LEFT + 7 * RIGHT).astype(np.uint8)
    sitk.WriteImage(sitk.GetImageFromArray(labels), str(tmp_path / name))
    found = read_segmentation(tmp_path / name)
    np.testing.assert_array_equal(found.labels(), labels)
    assert found.names == {}


def test_slicers_segments_keep_their_names(tmp_path):
    path = tmp_path / "s.seg.nrrd"
    write_segmentation(path, [Segment("liver", LEFT), Segment("spleen <b>", RIGHT)], volume())
    found = read_segmentation(path)
    assert found.names == {1: "liver", 2: "spleen <b>"}
    np.testing.assert_array_equal(found.labels(), 1 * LEFT + 2 * RIGHT)
    np.testing.assert_allclose(found.affine, volume().affine)


def test_segments_that_overlap_are_kept_apart(tmp_path):
    path = tmp_path / "s.seg.nrrd"
    write_segmentation(path, [Segment("organ", WHOLE), Segment("lesion", LEFT)], volume())
    found = read_segmentation(path)
    assert found.names == {1: "organ", 2: "lesion"}
    np.testing.assert_array_equal(found.labels(), np.stack([WHOLE, LEFT]))


def test_slicers_segments_under_another_ending(tmp_path):
    path = tmp_path / "s.seg.nrrd"
    write_segmentation(path, [Segment("liver", LEFT)], volume())
    renamed = path.rename(tmp_path / "s.nrrd")
    assert read_segmentation(renamed).names == {1: "liver"}


def test_a_damaged_list_of_segments(tmp_path):
    image = sitk.GetImageFromArray(LEFT.astype(np.uint8))
    image.SetMetaData("Segment0_ID", "a")
    image.SetMetaData("Segment0_Layer", "4")
    sitk.WriteImage(image, str(tmp_path / "s.seg.nrrd"))
    with pytest.raises(MedSAMError, match="a layer that it does not have"):
        read_segmentation(tmp_path / "s.seg.nrrd")


def test_a_probability_map_is_no_segmentation(tmp_path):
    sitk.WriteImage(sitk.GetImageFromArray(LEFT * np.float32(0.3)), str(tmp_path / "p.nrrd"))
    with pytest.raises(MedSAMError, match="not whole numbers"):
        read_segmentation(tmp_path / "p.nrrd")


def segmentation(labels: np.ndarray, place: Volume, name: str = "s.nrrd") -> Segmentation:
    return Segmentation(labels.astype(np.uint8)[None], place.affine, None, Path(name))


def test_the_same_grid_is_left_alone():
    given = segmentation(LEFT, volume())
    found, note = on_image_grid(given, volume(), "segmentation")
    assert found is given
    assert note == ""


def test_rounding_of_positions_in_files_is_the_same_grid():
    given = segmentation(LEFT, volume(origin=(1e-5, 0, 0)))
    assert on_image_grid(given, volume(), "segmentation")[1] == ""


def test_slicers_cropped_segmentation_comes_to_its_place():
    cropped = segmentation(LEFT[1:3, 2:8, 1:5], volume(origin=(1, 2, 3), shape=(2, 6, 4)))
    found, note = on_image_grid(cropped, volume(), "segmentation")
    np.testing.assert_array_equal(found.labels() > 0, LEFT)
    assert note == (
        "The segmentation was on another grid (4 × 6 × 2) than the image (12 × 10 × 4) and was "
        "resampled to it by the nearest voxel."
    )


def test_a_turned_grid_comes_to_its_place():
    turned = volume()
    turned.affine[:] = volume().affine @ [[-1, 0, 0, 11], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    found, note = on_image_grid(segmentation(LEFT[:, :, ::-1], turned), volume(), "segmentation")
    np.testing.assert_array_equal(found.labels() > 0, LEFT)
    assert "nearest voxel." in note


def test_a_finer_grid_is_sampled_at_the_nearest_voxel():
    fine = np.repeat(LEFT, 3, axis=2)
    place = volume(spacing=(1 / 3, 1, 3), origin=(-1 / 3, 0, 0), shape=fine.shape)
    found, _ = on_image_grid(segmentation(fine, place), volume(), "segmentation")
    np.testing.assert_array_equal(found.labels() > 0, LEFT)


def test_what_sticks_out_is_told():
    moved = volume(origin=(8, 0, 0))
    found, note = on_image_grid(segmentation(WHOLE, moved), volume(), "segmentation")
    assert found.labels().any()
    assert "62.5% of its labeled voxels lie outside the image" in note


@pytest.mark.parametrize("origin", [(500, 0, 0), (0, 0, -100)])
@pytest.mark.parametrize("labels", [LEFT, np.zeros(SHAPE)], ids=["labels", "empty"])
def test_no_overlap_in_space_is_refused(origin, labels):
    with pytest.raises(MedSAMError, match="do not overlap in space"):
        on_image_grid(segmentation(labels, volume(origin=origin)), volume(), "segmentation")


def test_an_empty_segmentation_in_its_place_is_none_to_refuse():
    place = volume(origin=(0.4, 0, 0))
    found, _ = on_image_grid(segmentation(np.zeros(SHAPE), place), volume(), "segmentation")
    assert not found.labels().any()


def test_pictures_of_another_size_are_refused():
    picture = volume(shape=(1, 20, 30), source=Path("p.png"))
    given = segmentation(np.ones((1, 20, 15)), volume(), "s.png")
    with pytest.raises(MedSAMError, match="15 × 20 pixels and the image 30 × 20"):
        on_image_grid(given, picture, "segmentation")


# --- DICOM SEG ---------------------------------------------------------------------------------


def dicom_segmentation(path: Path, order=(0, 1, 2, 3), fractional: bool = False) -> Path:
    """LEFT as segment 1 and RIGHT as segment 2, frames of both in the given order of slices."""
    pydicom = pytest.importorskip("pydicom")
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.pixels.utils import pack_bits
    from pydicom.sequence import Sequence

    frames = [(number, k, m[k]) for number, m in ((1, LEFT), (2, RIGHT)) for k in order]
    data = Dataset()
    data.SOPClassUID = "1.2.840.10008.5.1.4.1.1.66.4"
    data.SOPInstanceUID = pydicom.uid.generate_uid()
    data.Modality = "SEG"
    data.Rows, data.Columns = SHAPE[1:]
    data.NumberOfFrames = len(frames)
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.PixelRepresentation = 0
    data.SegmentationType = "FRACTIONAL" if fractional else "BINARY"
    stack = np.stack([frame for *_, frame in frames])
    if fractional:
        data.MaximumFractionalValue = 200
        data.BitsAllocated = data.BitsStored = 8
        data.HighBit = 7
        data.PixelData = (stack * 150 + ~stack * 20).astype(np.uint8).tobytes()
    else:
        data.BitsAllocated = data.BitsStored = 1
        data.HighBit = 0
        data.PixelData = pack_bits(stack.ravel().astype(np.uint8))
    data.SegmentSequence = Sequence([_item(SegmentNumber=n, SegmentLabel=f"S{n}") for n in (1, 2)])
    measures = _item(PixelSpacing=[1, 1], SliceThickness=3)
    orientation = _item(ImageOrientationPatient=[-1, 0, 0, 0, -1, 0])
    shared = _item(
        PixelMeasuresSequence=Sequence([measures]), PlaneOrientationSequence=Sequence([orientation])
    )
    data.SharedFunctionalGroupsSequence = Sequence([shared])
    data.PerFrameFunctionalGroupsSequence = Sequence(
        _item(
            PlanePositionSequence=Sequence([_item(ImagePositionPatient=[0, 0, 3 * k])]),
            SegmentIdentificationSequence=Sequence([_item(ReferencedSegmentNumber=number)]),
        )
        for number, k, _ in frames
    )
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    pydicom.dcmwrite(path, data, enforce_file_format=True)
    return path


def _item(**values):
    from pydicom.dataset import Dataset

    item = Dataset()
    for name, value in values.items():
        setattr(item, name, value)
    return item


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 1, 0, 2)], ids=["sorted", "shuffled"])
@pytest.mark.parametrize("fractional", [False, True], ids=["binary", "fractional"])
def test_a_dicom_segmentation_comes_to_its_place(tmp_path, order, fractional):
    path = dicom_segmentation(tmp_path / "seg", order, fractional)
    found, note = on_image_grid(read_segmentation(path), volume(), "segmentation")
    assert found.names == {1: "S1", 2: "S2"}
    assert note == ""
    np.testing.assert_array_equal(found.labels(), 1 * LEFT + 2 * RIGHT)


def test_slices_that_a_dicom_segmentation_leaves_out_are_empty(tmp_path):
    path = dicom_segmentation(tmp_path / "seg.dcm", order=(1, 2))
    found, _ = on_image_grid(read_segmentation(path), volume(), "segmentation")
    np.testing.assert_array_equal(found.labels(), 1 * LEFT + 2 * RIGHT)


def test_without_pydicom_the_way_out_is_told(tmp_path, monkeypatch):
    path = dicom_segmentation(tmp_path / "seg.dcm")
    monkeypatch.setitem(sys.modules, "pydicom", None)
    with pytest.raises(MedSAMError, match=r"pip install pydicom.*\.seg\.nrrd"):
        read_segmentation(path)


def test_dicom_that_is_no_segmentation(tmp_path):
    pydicom = pytest.importorskip("pydicom")
    data = pydicom.dcmread(dicom_segmentation(tmp_path / "seg.dcm"))
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    pydicom.dcmwrite(tmp_path / "ct.dcm", data)
    with pytest.raises(MedSAMError, match="not a DICOM segmentation"):
        read_segmentation(tmp_path / "ct.dcm")


@pytest.mark.parametrize("kept", [0.3, 0.8, 0.97])
def test_a_truncated_dicom_segmentation(tmp_path, kept):
    path = dicom_segmentation(tmp_path / "seg.dcm")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(MedSAMError, match=r"seg\.dcm"):
        read_segmentation(path)


@pytest.mark.skipif(shared_data() is None, reason="needs the shared data")
def test_the_dicom_segmentation_of_dcmqi_is_its_label_map():
    pytest.importorskip("pydicom")
    folder = shared_data() / "dicom_ct_seg"
    found = read_segmentation(folder / "liver.dcm")
    expected = read_segmentation(folder / "liver_seg.nrrd")
    place = Volume(np.zeros(expected.layers.shape[1:]), expected.affine)
    on_grid, _ = on_image_grid(found, place, "segmentation")
    assert found.names == {1: "Liver"}
    np.testing.assert_array_equal(on_grid.labels() > 0, expected.labels() > 0)
