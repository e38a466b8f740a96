"""Writing masks as named, colored segments that 3D Slicer opens, or as label maps."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .errors import MedSAMError, UsageError
from .files import atomic_path
from .images import Volume
from .images.native_messages import captured_native_messages
from .images.reading import LPS_TO_RAS, read_image, voxels
from .slicer_segmentation import slicer_metadata, stacked_layers

Color = tuple[float, float, float]

SCALAR_ENDINGS = (".nii.gz", ".nii", ".nrrd", ".mha")

# Okabe and Ito's colors, told apart with any color vision (jfly.uni-koeln.de/color); not black.
PALETTE: tuple[Color, ...] = (
    (0.902, 0.624, 0.000),  # orange
    (0.337, 0.706, 0.914),  # sky blue
    (0.000, 0.620, 0.451),  # bluish green
    (0.941, 0.894, 0.259),  # yellow
    (0.000, 0.447, 0.698),  # blue
    (0.835, 0.369, 0.000),  # vermilion
    (0.800, 0.475, 0.655),  # reddish purple
)


@dataclass(frozen=True, eq=False)
class Segment:
    """One named object. mask: (K, J, I) bool. color: red, green, blue, each 0..1."""

    name: str
    mask: np.ndarray
    color: Color = PALETTE[0]


def default_color(number: int) -> Color:
    """The color of the segment of this number (from 0); they repeat after seven."""
    return PALETTE[number % len(PALETTE)]


def write_segmentation(
    path: str | os.PathLike[str],
    segments: Sequence[Segment],
    volume: Volume,
    overwrite: bool = False,
) -> None:
    """Write segments on the grid of `volume`, whole or not at all; the ending chooses the form.

    `.seg.nrrd`: a Slicer segmentation with names, colors and overlaps. `.nii.gz`, `.nii`,
    `.nrrd`, `.mha`: a label map 1, 2, ... in the order of the segments, where a later segment
    covers an earlier one. `.png`: the same for a 2-D image, but a single segment is 0 and 255.
    UsageError for another ending, masks of another shape and an existing file without
    `overwrite`; MedSAMError where the file could not be written.
    """
    path = Path(path)
    ending = _ending(path)
    for segment in segments:
        if segment.mask.shape != volume.shape:
            raise UsageError(
                f"The mask of {segment.name!r} has the shape {segment.mask.shape}, "
                f"the image {volume.shape}."
            )
    array, metadata = _FORMS[ending](segments, volume)
    with atomic_path(path, overwrite) as temporary:
        _write(array, metadata, volume, temporary, path)


def write_scalars(
    path: str | os.PathLike[str], values: np.ndarray, volume: Volume, overwrite: bool = False
) -> None:
    """Write numbers (K, J, I) on the grid of `volume` as a volume, whole or not at all.

    `.nii.gz`, `.nii`, `.nrrd` or `.mha`. UsageError for another ending and values of another
    shape; the rest as for `write_segmentation`.
    """
    path = Path(path)
    check_scalar_ending(path)
    if values.shape != volume.shape:
        raise UsageError(f"The values have the shape {values.shape}, the image {volume.shape}.")
    with atomic_path(path, overwrite) as temporary:
        _write(values, {}, volume, temporary, path)


def check_scalar_ending(path: Path) -> None:
    """UsageError if a volume of numbers cannot be written to such a file."""
    name = path.name.lower()
    if not name.endswith(SCALAR_ENDINGS) or name.endswith(".seg.nrrd"):
        raise UsageError(
            f"{path} has an ending that cannot be written: use {', '.join(SCALAR_ENDINGS)}."
        )


def _ending(path: Path) -> str:
    for ending in _FORMS:
        if path.name.lower().endswith(ending):
            return ending
    raise UsageError(f"{path} has an ending that cannot be written: use {', '.join(_FORMS)}.")


def _slicer_form(segments: Sequence[Segment], volume: Volume) -> tuple[np.ndarray, dict[str, str]]:
    layers, places = stacked_layers([segment.mask for segment in segments], volume.shape)
    return layers, slicer_metadata(segments, places, volume)


def _label_map_form(
    segments: Sequence[Segment], volume: Volume
) -> tuple[np.ndarray, dict[str, str]]:
    labels = np.zeros(volume.shape, dtype=np.uint8 if len(segments) < 256 else np.uint16)
    for number, segment in enumerate(segments, start=1):
        labels[np.asarray(segment.mask, dtype=bool)] = number
    return labels, {}


def _png_form(segments: Sequence[Segment], volume: Volume) -> tuple[np.ndarray, dict[str, str]]:
    if volume.shape[0] > 1:
        raise UsageError("A volume's mask does not fit into a PNG: use .seg.nrrd or .nii.gz.")
    labels, _ = _label_map_form(segments, volume)
    return (labels * np.uint8(255) if len(segments) == 1 else labels), {}


# The longer ending first: case.seg.nrrd also ends in .nrrd.
_FORMS: dict[str, Callable[[Sequence[Segment], Volume], tuple[np.ndarray, dict[str, str]]]] = {
    ".seg.nrrd": _slicer_form,
    ".nii.gz": _label_map_form,
    ".nii": _label_map_form,
    ".nrrd": _label_map_form,
    ".mha": _label_map_form,
    ".png": _png_form,
}


def _write(
    array: np.ndarray, metadata: dict[str, str], volume: Volume, temporary: Path, path: Path
) -> None:
    """Write with SimpleITK, and read again: not every writer of ITK tells that a disk is full."""
    import SimpleITK as sitk

    flat = path.suffix.lower() == ".png"
    image = sitk.GetImageFromArray(array[0] if flat else array, isVector=array.ndim == 4)
    if not flat:
        _set_geometry(image, volume.affine)
    for key, text in metadata.items():
        image.SetMetaData(key, text)
    failure = f"{path} was not written: free space on the disk and try again."
    try:
        with captured_native_messages():
            sitk.WriteImage(image, str(temporary), useCompression=True)
        written, _ = read_image(temporary)
    except (RuntimeError, MedSAMError) as error:
        raise MedSAMError(failure) from error
    if not np.array_equal(voxels(written), array):
        raise MedSAMError(failure)


def _set_geometry(image, affine: np.ndarray) -> None:
    lps = LPS_TO_RAS @ affine
    spacing = np.linalg.norm(lps[:3, :3], axis=0)
    image.SetSpacing(spacing.tolist())
    image.SetDirection((lps[:3, :3] / spacing).ravel().tolist())
    image.SetOrigin(lps[:3, 3].tolist())
