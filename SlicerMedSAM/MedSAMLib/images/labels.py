"""Reading label maps: volumes whose voxels are the numbers of objects."""

from __future__ import annotations

import itertools
import os
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..errors import MedSAMError
from .reading import affine_of, read_image, read_volume, volume_name, voxels
from .volume import Volume

_LOSSY_ENDINGS = (".jpg", ".jpeg")


def read_labels(path: str | os.PathLike[str]) -> Volume:
    """Read a label map: 0 is background, every other whole number an object; array is integer.

    A JPEG cannot hold labels exactly: what is brighter than 127 becomes label 1. A gray image that
    was saved as color is read as gray. Overlapping segments of a `.seg.nrrd` are numbered 1, 2, ...
    in their order, and a later one covers an earlier one. MedSAMError where values are not whole
    numbers.
    """
    if str(path).lower().endswith(".seg.nrrd"):
        return _read_segmentation(Path(path))
    volume = read_volume(path)
    array = _single_channel(volume.array, Path(path))
    if Path(path).suffix.lower() in _LOSSY_ENDINGS:
        array = (array > 127).astype(np.uint8)
    return replace(volume, array=_whole_numbers(array, Path(path)), window=None)


def _read_segmentation(path: Path) -> Volume:
    image, header = read_image(path)
    array = voxels(image)
    if array.ndim == 4:
        array = _flattened(array, header)
    return Volume(array=array, affine=affine_of(image), name=volume_name(path), source=path)


def _flattened(layers: np.ndarray, header: dict[str, str]) -> np.ndarray:
    """One label map of the layers (K, J, I, L) that Slicer keeps overlapping segments in."""
    labels = np.zeros(layers.shape[:3], dtype=np.uint16)
    segments = itertools.takewhile(lambda n: f"Segment{n}_ID" in header, itertools.count())
    for number in segments:
        layer = int(header.get(f"Segment{number}_Layer", 0))
        value = int(header.get(f"Segment{number}_LabelValue", 1))
        labels[layers[..., layer] == value] = number + 1
    return labels


def _single_channel(array: np.ndarray, path: Path) -> np.ndarray:
    if array.ndim == 3:
        return array
    if path.suffix.lower() not in _LOSSY_ENDINGS and (array != array[..., :1]).any():
        raise MedSAMError(f"{path} is a color image, not a label map: save labels as gray values.")
    return array[..., 0]


def _whole_numbers(array: np.ndarray, path: Path) -> np.ndarray:
    if not np.issubdtype(array.dtype, np.floating):
        return array
    if not np.isfinite(array).all() or (array != np.rint(array)).any():
        raise MedSAMError(f"{path} is not a label map: its values are not whole numbers.")
    if np.abs(array).max() > np.iinfo(np.int32).max:
        raise MedSAMError(f"{path} is not a label map: its values are too large.")
    return array.astype(np.int32)
