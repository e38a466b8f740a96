"""The archive's form of LIDC-IDRI: a CT series of four slices and its XML file, made here."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from MedSAMLib.errors import MedSAMError
from training import datasets
from training.datasets.lidc_xml import read_reading

SERIES = "1.2.840.9"
SIZE = 40


def write_slice(folder: Path, number: int, modality: str = "CT") -> None:
    """Slice `number` of the series: stored values 1000 + number mean number - 24 HU."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = f"{SERIES}.{number}"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    data.SOPClassUID, data.SOPInstanceUID = CTImageStorage, f"{SERIES}.{number}"
    data.SeriesInstanceUID, data.StudyInstanceUID = SERIES, "1.2.840"
    data.PatientID, data.Modality, data.InstanceNumber = "LIDC-IDRI-0007", modality, number
    data.Rows = data.Columns = SIZE
    data.PixelSpacing = [0.6, 0.7]
    data.RescaleSlope, data.RescaleIntercept = 1, -1024
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated = data.BitsStored = 16
    data.HighBit, data.PixelRepresentation = 15, 0
    data.PixelData = np.full((SIZE, SIZE), 1000 + number, np.uint16).tobytes()
    folder.mkdir(parents=True, exist_ok=True)
    pydicom.dcmwrite(folder / f"{number:06}.dcm", data, enforce_file_format=True)


def square(x0: int, y0: int, x1: int, y1: int) -> list[tuple[int, int]]:
    """The line of pixels through the corners, as readers' outlines are stored."""
    across, down = range(x0, x1), range(y0, y1)
    return [
        *((x, y0) for x in across),
        *((x1, y) for y in down),
        *((x, y1) for x in reversed(range(x0 + 1, x1 + 1))),
        *((x0, y) for y in reversed(range(y0 + 1, y1 + 1))),
    ]


def region(number: int, points, inclusion: str = "TRUE") -> str:
    edges = "".join(
        f"<edgeMap><xCoord>{x}</xCoord><yCoord>{y}</yCoord></edgeMap>" for x, y in points
    )
    return (
        f"<roi><imageZposition>{number}.0</imageZposition>"
        f"<imageSOP_UID>{SERIES}.{number}</imageSOP_UID>"
        f"<inclusion>{inclusion}</inclusion>{edges}</roi>"
    )


def nodule(name: str, *regions: str, large: bool = True) -> str:
    judged = "<characteristics><malignancy>3</malignancy></characteristics>" if large else ""
    return (
        f"<unblindedReadNodule><noduleID>{name}</noduleID>{judged}{''.join(regions)}"
        "</unblindedReadNodule>"
    )


def message(*sessions: str, root: str = "LidcReadMessage", series: str = SERIES) -> str:
    read = "".join(f"<readingSession>{each}</readingSession>" for each in sessions)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><{root} xmlns="http://www.nih.gov">'
        f"<ResponseHeader><SeriesInstanceUid>{series}</SeriesInstanceUid></ResponseHeader>"
        f"{read}</{root}>"
    )


@pytest.fixture
def archive(tmp_path):
    """The series in its folders; gives a function that writes the XML text beside it."""
    folder = tmp_path / "LIDC-IDRI-0007" / "study" / "series"
    for number in range(4):
        write_slice(folder, number)

    def write(text: str) -> Path:
        (folder / "069.xml").write_text(text, encoding="utf-8")
        return tmp_path

    return write


def extent(mask: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero(mask)
    return columns.min(), rows.min(), columns.max(), rows.max()


def test_the_outline_itself_is_outside_of_the_nodule(archive):
    (sample,) = datasets.read_lidc_dicom(
        archive(message(nodule("1", region(2, square(10, 12, 16, 20))), "", "", "")), crop=None
    )
    assert extent(sample.masks[0]) == (11, 13, 15, 19)
    assert sample.masks[0].sum() == 5 * 7


def test_every_reader_of_the_series_has_a_mask(archive):
    """Two of four readers mark a place on slice 1, one of them on slice 2 too."""
    text = message(
        nodule("a", region(1, square(10, 10, 18, 18))),
        nodule("7", region(1, square(12, 12, 20, 20)), region(2, square(12, 12, 17, 17))),
        "",
        "<nonNodule><nonNoduleID>x</nonNoduleID></nonNodule>",
    )
    first, second = datasets.read_lidc_dicom(archive(text), crop=None)
    assert first.masks.any(axis=(1, 2)).tolist() == [True, True, False, False]
    assert second.masks.any(axis=(1, 2)).tolist() == [False, True, False, False]
    assert (first.group, first.spacing) == ("LIDC-IDRI-0007", (0.6, 0.7))
    assert first.ids[1] == "LIDC-IDRI-0007/nodule0/slice1/reader1"
    assert second.ids[1] == "LIDC-IDRI-0007/nodule0/slice2/reader1"
    assert np.unique(first.image) == [1001 - 1024]  # HU
    assert first.window == (-600, 1500)


def test_nodules_are_put_together_by_place(archive):
    """Nobody's names agree; a reader who divided a nodule has drawn both parts of it."""
    text = message(
        nodule("1", region(1, square(2, 2, 10, 10)))
        + nodule("2", region(1, square(20, 2, 30, 10))),
        nodule("1", region(1, square(20, 2, 24, 10)))
        + nodule("2", region(1, square(25, 2, 30, 10))),
        nodule("2", region(1, square(3, 3, 9, 9))),
        "",
    )
    left, right = sorted(
        datasets.read_lidc_dicom(archive(text), crop=None), key=lambda s: extent(s.masks[0])
    )
    assert left.masks.any(axis=(1, 2)).tolist() == [True, False, True, False]
    assert right.masks.any(axis=(1, 2)).tolist() == [True, True, False, False]
    assert extent(right.masks[1]) == (21, 3, 29, 9)
    assert left.ids[0] != right.ids[0]


def test_holes_are_left_out(archive):
    hole = region(1, square(14, 14, 18, 18), inclusion="FALSE")
    text = message(nodule("1", hole, region(1, square(10, 10, 22, 22))), "", "", "")
    (sample,) = datasets.read_lidc_dicom(archive(text), crop=None)
    assert sample.masks[0].sum() == 11 * 11 - 5 * 5
    assert not sample.masks[0][16, 16]


def test_small_nodules_have_no_outline(archive):
    text = message(nodule("1", region(1, [(5, 5)]), large=False), "", "", "")
    assert list(datasets.read_lidc_dicom(archive(text))) == []


def test_crops_show_the_nodule_and_stay_in_the_image(archive):
    text = message(nodule("1", region(1, square(0, 30, 6, 38))), "", "", "")
    (sample,) = datasets.read_lidc_dicom(archive(text), crop=16)
    assert sample.image.shape == (16, 16)
    assert sample.masks[0].sum() == 5 * 7
    (larger,) = datasets.read_lidc_dicom(archive(text), crop=64)
    assert larger.image.shape == (SIZE, SIZE)


def test_xray_files_are_passed_over_and_missing_series_told(archive, caplog):
    folder = archive(message("", root="IdriReadMessage"))
    write_slice(folder / "xray", 9, modality="DX")
    (folder / "other.xml").write_text(message("", "", series="9.9"), encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        assert list(datasets.read_lidc_dicom(folder)) == []
    assert [r.message.split(": ")[1][:13] for r in caplog.records] == ["its CT series"]


def test_a_slice_that_was_not_downloaded_is_told(archive, caplog):
    text = message(nodule("1", region(8, square(5, 5, 9, 9))), "", "", "")
    with caplog.at_level(logging.WARNING):
        assert list(datasets.read_lidc_dicom(archive(text))) == []
    assert f"{SERIES}.8 is missing" in caplog.text


BOMB = '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;">]>'
OUTSIDE = '<!DOCTYPE a SYSTEM "file:///etc/hostname">'


@pytest.mark.parametrize("declaration", [BOMB, OUTSIDE, "<!DOCTYPE a>"])
@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16"])
def test_declarations_are_refused_in_any_encoding(tmp_path, declaration, encoding):
    path = tmp_path / "x.xml"
    header = f'<?xml version="1.0" encoding="{encoding}"?>'
    body = message("").partition("?>")[2]
    path.write_text(f"{header}{declaration}{body}", encoding=encoding)
    with pytest.raises(MedSAMError, match="document type"):
        read_reading(path)


@pytest.mark.parametrize(
    "text",
    ["", "no xml", message(nodule("1", region(1, [("a", 2)]))), message("")[:-9]],
    ids=["empty", "text", "no number", "cut off"],
)
def test_damaged_files_are_told(tmp_path, text):
    (tmp_path / "x.xml").write_text(text, encoding="utf-8")
    with pytest.raises(MedSAMError, match=r"x\.xml"):
        read_reading(tmp_path / "x.xml")
