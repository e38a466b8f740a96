"""DICOM folders: which files make the volume, and the window that the header proposes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import MedSAMError
from .dicom_lengths import claims_too_much
from .native_messages import captured_native_messages

_WINDOW_CENTER = "0028|1050"
_WINDOW_WIDTH = "0028|1051"


def series_files(folder: Path) -> list[Path]:
    """The files of the largest series in a folder (its subfolders included), sorted in space.

    MedSAMError where there is no series, or where several are the largest: it names them.
    """
    series = _all_series(folder)
    if not series:
        raise MedSAMError(f"The folder {folder} holds no DICOM images.")
    largest = max(len(files) for files in series.values())
    candidates = [uid for uid, files in series.items() if len(files) == largest]
    if len(candidates) > 1:
        names = ", ".join(f"{uid} in {series[uid][0].parent}" for uid in sorted(candidates))
        raise MedSAMError(
            f"{folder} holds {len(candidates)} DICOM series of {largest} files each ({names}): "
            "move the one that is meant to a folder of its own."
        )
    return series[candidates[0]]


def dicom_window(header: dict[str, str]) -> tuple[float, float] | None:
    """The first (center, width) of a DICOM header, None where it has no usable one.

    `header` maps "gggg|eeee" to text, as SimpleITK gives it; PS3.3 C.11.2.1.2.
    """
    try:
        center = float(header[_WINDOW_CENTER].split("\\")[0])
        width = float(header[_WINDOW_WIDTH].split("\\")[0])
    except (KeyError, ValueError):
        return None
    return (center, width) if width > 0 else None


@contextmanager
def _refusing_what_gdcm_cannot_read(folder: Path) -> Iterator[None]:
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        raise MedSAMError(
            f"The folder {folder} holds a DICOM file that is damaged: export the series again."
        ) from error


def _refuse_false_claims(folder: Path, names: list[str]) -> None:
    for path in (folder / name for name in names):
        try:
            damaged = path.is_file() and claims_too_much(path)
        except OSError:  # may not be read, or is gone: the reader tells
            continue
        if damaged:
            raise MedSAMError(f"{path} is truncated or damaged: copy or remove it.")


def _all_series(folder: Path) -> dict[str, list[Path]]:
    """Series UID -> its files in the one subfolder that has most of them."""
    import SimpleITK as sitk

    found: dict[str, list[Path]] = {}
    with captured_native_messages(), _refusing_what_gdcm_cannot_read(folder):
        for parent, _, names in os.walk(folder):
            _refuse_false_claims(Path(parent), names)
            for uid in sitk.ImageSeriesReader.GetGDCMSeriesIDs(parent):
                files = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(parent, uid)
                if len(files) > len(found.get(uid, ())):
                    found[uid] = [Path(name) for name in files]
    return found
