"""Reading DICOM Segmentation objects (PS3.3 A.51): frames of segments, placed one by one."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from ...errors import MedSAMError
from ...images.reading import LPS_TO_RAS

_SEGMENTATION_CLASS = "1.2.840.10008.5.1.4.1.1.66.4"
_PREAMBLE, _MAGIC = 128, b"DICM"
# Frames nearer than this share of the slice spacing lie in the same slice.
_SAME_SLICE = 0.1
_MOST_SLICES = 20_000
_SIGNS_OF_DAMAGE = (
    AttributeError, LookupError, ValueError, TypeError, EOFError, RuntimeError, ArithmeticError,
    AssertionError, MemoryError, struct.error,
)  # fmt: skip


def is_dicom(path: Path) -> bool:
    """Whether this is one DICOM file, whatever its name ends with."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(_PREAMBLE + len(_MAGIC))[_PREAMBLE:] == _MAGIC


def read_dicom_segmentation(path: Path) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Masks (S, K, J, I) uint8 of the segments, the affine (voxel -> RAS mm), and their names.

    Fractional segmentations are cut at half. MedSAMError where pydicom is missing, or the file is
    no DICOM segmentation, damaged, or has frames that do not lie in parallel slices.
    """
    try:
        import pydicom
    except ImportError as error:
        raise MedSAMError(
            f"{path} is DICOM, and reading DICOM segmentations needs pydicom: run "
            "'pip install pydicom', or save it in Slicer as .seg.nrrd."
        ) from error
    try:
        data = pydicom.dcmread(path)
        if data.SOPClassUID != _SEGMENTATION_CLASS:
            raise MedSAMError(f"{path} is a DICOM file, but not a DICOM segmentation.")
        return _read(data)
    except _SIGNS_OF_DAMAGE as error:
        raise MedSAMError(f"{path} is not a DICOM segmentation that can be read.") from error
    except pydicom.errors.InvalidDicomError as error:
        raise MedSAMError(f"{path} is damaged: export it again.") from error


def _read(data) -> tuple[np.ndarray, np.ndarray, list[str]]:
    frames = data.pixel_array.reshape(-1, data.Rows, data.Columns)
    if data.SegmentationType == "FRACTIONAL":
        frames = frames >= data.MaximumFractionalValue / 2
    positions = np.array([_group(data, n, "PlanePositionSequence").ImagePositionPatient
                          for n in range(len(frames))], dtype=float)  # fmt: skip
    orientation = np.array(_group(data, 0, "PlaneOrientationSequence").ImageOrientationPatient)
    measures = _group(data, 0, "PixelMeasuresSequence")
    normal = np.cross(orientation[:3], orientation[3:])
    slices, step = _slice_numbers(positions @ normal, _declared_step(measures))
    affine = np.eye(4)
    affine[:3, 0] = orientation[:3] * float(measures.PixelSpacing[1])
    affine[:3, 1] = orientation[3:] * float(measures.PixelSpacing[0])
    affine[:3, 2] = normal * step
    affine[:3, 3] = positions[np.argmin(positions @ normal)]
    numbers = [int(each.SegmentNumber) for each in data.SegmentSequence]
    masks = np.zeros((len(numbers), slices.max() + 1, *frames.shape[1:]), dtype=np.uint8)
    for number, frame in enumerate(frames):
        segment = _group(data, number, "SegmentIdentificationSequence").ReferencedSegmentNumber
        masks[numbers.index(int(segment)), slices[number]] |= frame.astype(np.uint8)
    names = [str(getattr(each, "SegmentLabel", "") or f"Segment {each.SegmentNumber}")
             for each in data.SegmentSequence]  # fmt: skip
    return masks, LPS_TO_RAS @ affine, names


def _group(data, frame: int, name: str):
    """A functional group: the frame's own, or the one that all frames share."""
    for groups in (
        data.PerFrameFunctionalGroupsSequence[frame],
        data.SharedFunctionalGroupsSequence[0],
    ):
        if name in groups:
            return groups[name].value[0]
    raise KeyError(name)


def _declared_step(measures) -> float:
    spacing = getattr(measures, "SpacingBetweenSlices", None)
    return float(spacing or getattr(measures, "SliceThickness", None) or 1.0)


def _slice_numbers(heights: np.ndarray, declared: float) -> tuple[np.ndarray, float]:
    """The slice of each frame, and the distance of slices in mm; ValueError if they are uneven."""
    different = np.unique(np.round(heights, 3))
    gaps = np.diff(different)
    gaps = gaps[gaps > abs(declared) * _SAME_SLICE]
    step = float(gaps.min()) if gaps.size else abs(declared)
    exact = (heights - heights.min()) / step
    whole = np.rint(exact).astype(int)
    if whole.max() > _MOST_SLICES:
        raise ValueError("the frames are too far apart")
    if np.abs(exact - whole).max() > _SAME_SLICE:
        raise ValueError("the frames are not evenly spaced")
    return whole, step
