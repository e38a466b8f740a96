"""Reading label maps: volumes whose voxels are the numbers of objects."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..errors import MedSAMError
from .reading import read_volume
from .volume import Volume

_LOSSY_ENDINGS = (".jpg", ".jpeg")


def read_labels(path: str | os.PathLike[str]) -> Volume:
    """Read a label map: 0 is background, every other whole number an object; array is integer.

    A JPEG cannot hold labels exactly: what is brighter than 127 becomes label 1. A gray image that
    was saved as color is read as gray. MedSAMError where values are not whole numbers.
    """
    volume = read_volume(path)
    array = _single_channel(volume.array, Path(path))
    if Path(path).suffix.lower() in _LOSSY_ENDINGS:
        array = (array > 127).astype(np.uint8)
    return replace(volume, array=_whole_numbers(array, Path(path)), window=None)


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
