"""Damaged DICOM: folders of slices, and segmentations."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

import numpy as np
import pydicom
from hypothesis import strategies as st
from pydicom.dataset import Dataset, FileMetaDataset

from MedSAMLib.quality.cohort import read_segmentation

from .damage import damaged
from .image_targets import use_image
from .target import Files, Target

_SHAPE = (6, 5)
_TAGS = {
    "Rows": (0, 1, 5, 7, 65535),
    "Columns": (0, 1, 6, 65535),
    "BitsAllocated": (0, 1, 8, 12, 16, 32, 64, 255),
    "BitsStored": (0, 1, 8, 17, 255),
    "HighBit": (0, 7, 15, 255),
    "SamplesPerPixel": (0, 1, 2, 3, 4, 65535),
    "PixelRepresentation": (0, 1, 7),
    "NumberOfFrames": ("0", "-1", "3", "2147483647"),
    "PhotometricInterpretation": ("", "RGB", "MONOCHROME1", "PALETTE COLOR", "YBR_FULL", "X"),
    "PixelSpacing": ("0\\0", "-1\\1", "1", "1e308\\1", "1\\1\\1", "1e-30\\1e-30"),
    "ImagePositionPatient": ("0\\0\\0", "0\\0", "1e300\\0\\0", "-1e30\\5\\5"),
    "ImageOrientationPatient": ("0\\0\\0\\0\\0\\0", "1\\0\\0\\1\\0\\0", "1\\0", "2\\0\\0\\0\\3\\0"),
    "WindowCenter": ("", "40\\50", "1e308", "-0"),
    "WindowWidth": ("", "0", "-5", "1e308"),
    "RescaleSlope": ("0", "1e308", "-1", "1e-300"),
    "RescaleIntercept": ("1e308", "-1e308", "0.5"),
    "SeriesInstanceUID": ("", "1.2.3.4", "x" * 64),
    "SpecificCharacterSet": ("", "ISO_IR 100", "ISO 2022 IR 87", "NOPE"),
    "PatientName": ("", "Ünïcödé^影像", "a\\b", "=1+1"),
}


@cache
def slice_bytes(number: int) -> bytes:
    """A CT slice of 6 x 5 pixels in explicit little endian."""
    return _written(_slice(number))


def _slice(number: int) -> Dataset:
    data = Dataset()
    data.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    data.SOPInstanceUID = f"1.2.3.{number + 1}"
    data.SeriesInstanceUID, data.StudyInstanceUID = "1.2.3", "1.2"
    data.Modality, data.PatientName = "CT", "A^B"
    data.Rows, data.Columns = _SHAPE
    data.InstanceNumber = number
    data.ImagePositionPatient = [0, 0, 2.5 * number]
    data.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    data.PixelSpacing = [0.5, 0.75]
    data.BitsAllocated = data.BitsStored = 16
    data.HighBit, data.PixelRepresentation = 15, 1
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.WindowCenter, data.WindowWidth = "40", "400"
    data.RescaleSlope, data.RescaleIntercept = "1", "-1024"
    data.PixelData = np.full(_SHAPE, number, np.int16).tobytes()
    return data


def _written(data: Dataset) -> bytes:
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    stream = io.BytesIO()
    with pydicom.config.disable_value_validation():
        pydicom.dcmwrite(stream, data, enforce_file_format=True)
    return stream.getvalue()


@st.composite
def _odd_slices(draw) -> bytes:
    """A slice with other values in a few elements, or without them."""
    data = _slice(draw(st.integers(0, 2)))
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from([*_TAGS, "PixelData"]))
        if name == "PixelData":
            data.PixelData = draw(st.sampled_from([b"", b"\0\0", b"\1" * 100, b"\1" * 5000]))
        elif draw(st.booleans()) and name in data:
            del data[name]
        else:
            with pydicom.config.disable_value_validation():
                setattr(data, name, draw(st.sampled_from(_TAGS[name])))
    try:
        return _written(data)
    except Exception:  # pydicom does not write such a value, and says so in many ways
        return slice_bytes(0)


def _folder(odd: bytes, others: int, extra: bytes | None) -> Files:
    files = {f"{n}.dcm": slice_bytes(n) for n in range(others)}
    files["odd.dcm"] = odd
    if extra is not None:
        files["DICOMDIR"] = extra
    return Files(files, "")


def _series() -> st.SearchStrategy[Files]:
    odd = st.one_of(_odd_slices(), damaged(slice_bytes(1), header=500))
    extra = st.one_of(st.none(), st.binary(max_size=200))
    return st.one_of(
        st.builds(_folder, odd, st.integers(0, 3), extra),
        odd.map(lambda data: Files({"a.dcm": data}, "a.dcm")),
    )


def _segmentation_bytes() -> bytes:
    import tempfile

    from Testing.unit.test_quality_cohort_segmentations import dicom_segmentation

    with tempfile.TemporaryDirectory() as folder:
        return dicom_segmentation(Path(folder) / "seg.dcm").read_bytes()


def _use_segmentation(path: Path) -> None:
    read_segmentation(path).labels()


TARGETS = (
    Target("dicom-folder", _series(), use_image),
    Target(
        "dicom-seg",
        damaged(_segmentation_bytes(), header=1500).map(lambda d: Files({"s.dcm": d}, "s.dcm")),
        _use_segmentation,
    ),
)
