"""LIDC-IDRI as The Cancer Imaging Archive hands it out: folders of DICOM files and XML files."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.datasets.lidc_xml import Marking, Reading, read_reading
from training.datasets.sample import Sample

# What a radiologist looks at lung nodules with, in HU.
LUNG_WINDOW = (-600.0, 1500.0)
CROP = 128

logger = logging.getLogger(__name__)

Slices = dict[str, NDArray[np.bool_]]


@dataclass(frozen=True)
class Series:
    """The files of a CT series by SOP instance UID, and the patient."""

    patient: str
    files: dict[str, Path]


@dataclass(frozen=True, eq=False)
class Nodule:
    """What one or several readers marked at one place: reader -> masks by SOP instance UID."""

    by_reader: dict[int, Slices]


def read_lidc_dicom(folder: Path, crop: int | None = CROP) -> Iterator[Sample]:
    """Yield every slice of every nodule with the masks of all readers of the series.

    folder: anything above the series and their XML files, which need not lie together. Images
    are in HU, `crop` pixels a side around the nodule (None: the whole slice). A reader who did not
    mark the nodule, or not on this slice, gives an all-false mask; readers are unordered.
    Patients are the groups. An XML file whose series is not there is passed over with a
    warning, one of an X-ray image silently.
    """
    series = find_series(folder)
    for path in sorted(folder.rglob("*.xml")):
        reading = read_reading(path)
        if reading is None:
            continue
        if reading.series_uid not in series:
            logger.warning("%s: its CT series is not in %s", path, folder)
            continue
        yield from _samples(series[reading.series_uid], reading, crop)


def find_series(folder: Path) -> dict[str, Series]:
    """The CT series below a folder by series instance UID; other DICOM files are passed over."""
    import pydicom  # not at the head: the other readers do without it

    found: dict[str, Series] = {}
    for path in sorted(folder.rglob("*.dcm")):
        try:
            header = pydicom.dcmread(path, stop_before_pixels=True)
        except pydicom.errors.InvalidDicomError:
            logger.warning("%s is no DICOM file", path)
            continue
        if header.get("Modality") != "CT":
            continue
        series = found.setdefault(
            str(header.SeriesInstanceUID), Series(str(header.PatientID), files={})
        )
        series.files[str(header.SOPInstanceUID)] = path
    return found


def _samples(series: Series, reading: Reading, crop: int | None) -> Iterator[Sample]:
    for number, nodule in enumerate(nodules(reading.markings, _shape(series))):
        slices = sorted({uid for masks in nodule.by_reader.values() for uid in masks})
        for uid in slices:
            if uid not in series.files:
                logger.warning("%s: slice %s is missing", series.patient, uid)
                continue
            image, spacing, index = _slice(series.files[uid])
            empty = np.zeros(image.shape, dtype=bool)
            masks = np.stack(
                [nodule.by_reader.get(r, {}).get(uid, empty) for r in range(reading.readers)]
            )
            window = _crop(masks, crop)
            name = f"{series.patient}/nodule{number}/slice{index}"
            yield Sample(
                image=image[window],
                masks=masks[(slice(None), *window)],
                ids=tuple(f"{name}/reader{reader}" for reader in range(reading.readers)),
                group=series.patient,
                spacing=spacing,
                window=LUNG_WINDOW,
            )


def nodules(markings: Sequence[Marking], shape: tuple[int, int]) -> list[Nodule]:
    """The markings put together by place: the files do not say which readers mean the same.

    Two markings are of one nodule when they share a pixel on a slice. Of a reader who divided
    what another took as one, the parts are joined.
    """
    placed: list[dict[int, Slices]] = []
    for marking in markings:
        own = marking.masks(shape)
        touching = [each for each in placed if _touches(own, each)]
        merged = _merged([{marking.reader: own}, *touching]) if own else {}
        placed = [each for each in placed if not any(each is other for other in touching)]
        placed += [merged] if merged else []
    return [Nodule(each) for each in placed]


def _touches(own: Slices, by_reader: dict[int, Slices]) -> bool:
    return any(
        (mask & other[uid]).any()
        for other in by_reader.values()
        for uid, mask in own.items()
        if uid in other
    )


def _merged(parts: Sequence[dict[int, Slices]]) -> dict[int, Slices]:
    found: dict[int, Slices] = {}
    for part in parts:
        for reader, slices in part.items():
            own = found.setdefault(reader, {})
            for uid, mask in slices.items():
                own[uid] = own[uid] | mask if uid in own else mask
    return found


def _shape(series: Series) -> tuple[int, int]:
    import pydicom

    header = pydicom.dcmread(next(iter(series.files.values())), stop_before_pixels=True)
    return int(header.Rows), int(header.Columns)


def _slice(path: Path) -> tuple[NDArray[np.float32], tuple[float, float], int]:
    """The image in HU, its (row, column) spacing in mm, and its instance number."""
    import pydicom

    data = pydicom.dcmread(path)
    slope, intercept = float(data.get("RescaleSlope", 1)), float(data.get("RescaleIntercept", 0))
    row, column = (float(value) for value in data.PixelSpacing)
    image = data.pixel_array.astype(np.float32) * slope + intercept
    return image, (row, column), int(data.get("InstanceNumber") or 0)


def _crop(masks: NDArray[np.bool_], size: int | None) -> tuple[slice, slice]:
    """A square around all masks, larger where they are, moved inward at the image's edge."""
    if size is None:
        return slice(None), slice(None)
    taken = masks.any(axis=0)
    extents = [np.flatnonzero(taken.any(axis=axis))[[0, -1]] for axis in (1, 0)]
    side = max(size, *(int(last - first) + 1 for first, last in extents))
    window = []
    for (first, last), length in zip(extents, taken.shape, strict=True):
        start = int(np.clip((first + last + 1 - side) // 2, 0, max(0, length - side)))
        window.append(slice(start, min(start + side, length)))
    return tuple(window)
