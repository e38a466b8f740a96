"""Reading image files of any kind that SimpleITK knows into a Volume."""

from __future__ import annotations

import logging
import math
import os
from pathlib import Path

import numpy as np

from ..errors import MedSAMError
from .claims import check_claimed_size, check_meta_header, check_nrrd_header
from .dicom import dicom_window, series_files
from .dicom_lengths import claims_too_much
from .native_messages import captured_native_messages
from .nifti_length import check_nifti_is_whole
from .volume import Volume

_logger = logging.getLogger(__name__)

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])

# Text that native readers print, without raising, when pixels are missing from a file.
_SIGNS_OF_DAMAGE = ("Premature end of JPEG", "Corrupt JPEG", "data not read completely")


def read_volume(path: str | os.PathLike[str]) -> Volume:
    """Read NIfTI, NRRD, MetaImage, PNG, JPEG, one DICOM file, or a folder with a DICOM series.

    Of several series in a folder, the one with most slices is read. Transparency is dropped.
    NaN and infinities stay, except in NIfTI, whose library reads them as 0.
    The order of the voxels is the file's, so that results can be written on the same grid.
    (Slicer turns the k axis of a left-handed volume around; RAS positions are the same.)
    MedSAMError, in one sentence, for what is missing, not an image, damaged, empty, 4-D, or has
    voxels that are neither scalar nor color.
    """
    path = Path(path)
    image, header = read_image(path)
    _check_voxels(image, path)
    array = voxels(image)
    return Volume(
        array=array[..., :3] if image.GetNumberOfComponentsPerPixel() == 4 else array,
        affine=affine_of(image),
        name=volume_name(path),
        window=dicom_window(header),
        source=path,
    )


def read_image(path: Path):
    """The SimpleITK image of a file, or of a folder's series, and the header of the middle file.

    The header maps SimpleITK's keys to text. MedSAMError for what is missing, damaged, no image,
    empty, or has more than three dimensions.
    """
    import SimpleITK as sitk

    if not _exists(path):
        raise MedSAMError(f"There is no file or folder {path}.")
    _check_file(path)
    files = series_files(path) if path.is_dir() else [path]
    try:
        with captured_native_messages() as messages:
            reader = sitk.ImageFileReader()
            reader.SetFileName(str(files[len(files) // 2]))
            reader.ReadImageInformation()
            header = _header(reader)
            _check_header(path, reader, header, len(files))
            image = sitk.ReadImage([str(f) for f in files]) if path.is_dir() else reader.Execute()
    except (RuntimeError, MemoryError, OverflowError) as error:
        raise MedSAMError(_reason(path, str(error))) from error
    _heed(messages.text, path)
    return image, header


def _heed(messages: str, path: Path) -> None:
    """Some faults are only printed by the readers."""
    if any(sign in messages for sign in _SIGNS_OF_DAMAGE):
        raise MedSAMError(f"{path} is truncated or damaged: copy or download it again.")
    if "Non uniform sampling" in messages:
        _logger.warning(
            "%s: slices are missing or unevenly spaced; positions are approximate.", path
        )


def volume_name(path: Path) -> str:
    """The file's name without the endings of image formats (case.seg.nrrd -> case)."""
    name = path.name
    for ending in (".gz", ".nii", ".nrrd", ".seg", path.suffix):
        name = name.removesuffix(ending)
    return name or path.name


def affine_of(image) -> np.ndarray:
    """Voxel (i, j, k, 1) -> RAS mm of a SimpleITK image."""
    rank = image.GetDimension()
    steps = np.array(image.GetDirection()).reshape(rank, rank) * np.array(image.GetSpacing())
    space = min(rank, 3)  # a fourth dimension of one volume says nothing about space
    affine = np.eye(4)
    affine[:space, :space] = steps[:space, :space]
    affine[:space, 3] = image.GetOrigin()[:space]
    return LPS_TO_RAS @ affine


def voxels(image) -> np.ndarray:
    """(K, J, I), or (K, J, I, C) for several components, of a SimpleITK image; 2-D has K = 1."""
    import SimpleITK as sitk

    array = sitk.GetArrayFromImage(image)
    channels = image.GetNumberOfComponentsPerPixel()
    i, j, k = (*image.GetSize(), 1)[:3]
    return array.reshape(k, j, i, *([channels] if channels > 1 else []))


def _exists(path: Path) -> bool:
    """Whether there is something; nothing is where a path cannot be one (too long, a NUL)."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _check_file(path: Path) -> None:
    """Refuse what native readers would crash on, wait for, or take gigabytes for."""
    if path.is_dir():
        return
    if not path.is_file():
        raise MedSAMError(f"{path} is not a file that can be read.")
    try:
        check_meta_header(path)
        check_nrrd_header(path)
        damaged = claims_too_much(path)
    except OSError as error:
        raise MedSAMError(_reason(path, str(error))) from error
    if damaged:
        raise MedSAMError(f"{path} is truncated or damaged: copy or download it again.")


def _header(reader) -> dict[str, str]:
    """Key -> text; what is not UTF-8 in a text is replaced, and such a key is left out."""
    keys = (key for key in reader.GetMetaDataKeys() if _is_unicode(key))
    return {
        key: reader.GetMetaData(key).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        for key in keys
    }


def _is_unicode(text: str) -> bool:
    """Whether a text of SimpleITK can be handed back to it: bytes that are no UTF-8 cannot."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _check_header(path: Path, reader, header: dict[str, str], files: int) -> None:
    """Refuse before the voxels are read what cannot become a Volume."""
    size = reader.GetSize()
    if len(size) > 3 and max(size[3:]) > 1:
        extents = " x ".join(str(n) for n in size)
        raise MedSAMError(
            f"{path} has {len(size)} dimensions ({extents}): save one volume of it to a file."
        )
    if 0 in size:
        raise MedSAMError(f"{path} has no voxels.")
    if "vox_offset" in header:
        check_nifti_is_whole(path, header)
    largest = 8  # bytes of a component, where the kind of pixels is not asked for
    components = reader.GetNumberOfComponents()
    check_claimed_size(path, files * math.prod(size), components * _bytes_of(reader, largest))


def _bytes_of(reader, unknown: int) -> int:
    """Bytes of one component of a pixel."""
    import SimpleITK as sitk

    name = sitk.GetPixelIDValueAsString(reader.GetPixelID())
    bits = [int(word) for word in name.replace("-", " ").split() if word.isdecimal()]
    return bits[0] // 8 if bits else unknown


def _reason(path: Path, details: str) -> str:
    if path.is_file() and path.stat().st_size == 0:
        return f"{path} is empty (0 bytes)."
    if path.is_file() and not os.access(path, os.R_OK):
        return f"{path} may not be read: ask for the permission to read it."
    if "orthonormal" in details:
        return (
            f"{path} has axes that are not at right angles: resample it to a straight grid first."
        )
    if "Unknown PixelType" in details:
        return f"{path} has pixels of a kind that cannot be read: save it as grayscale or RGB."
    return f"{path} is not an image that can be read, or it is damaged."


def _check_voxels(image, path: Path) -> None:
    if image.GetPixelIDTypeAsString().startswith("complex"):
        raise MedSAMError(f"{path} has complex numbers as voxels: save their magnitude to a file.")
    channels = image.GetNumberOfComponentsPerPixel()
    if channels not in (1, 3, 4):
        raise MedSAMError(
            f"{path} has {channels} channels in every voxel; "
            "only gray (1), RGB (3) and RGBA (4) can be read."
        )
