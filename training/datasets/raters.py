"""Your own images with several readers' masks: a folder of images and a folder a reader.

FOLDER/images/case7.png            PNG, JPEG, NIfTI, NRRD, MetaImage
FOLDER/masks/anna/case7.png        each reader's mask under the image's name, any of the endings
FOLDER/masks/bert/case7.nii.gz
FOLDER/groups.csv                  optional: a line `case7,patient3` for each image
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from MedSAMLib.default_window import default_window
from MedSAMLib.errors import MedSAMError
from MedSAMLib.images import read_volume
from MedSAMLib.images.reading import volume_name
from training.datasets.sample import Sample


def read_raters(folder: Path) -> Iterator[Sample]:
    """Yield each image, or each marked slice of a volume, with one mask a reader.

    The readers are the folders in `masks`, by name. A reader without a file for an image marked
    nothing on it. In a mask's file what is above half of its maximum is the object. Groups are
    those of groups.csv, else every image is its own. Raises MedSAMError where there are no
    images or no readers, and for a mask of another size than its image.
    """
    images = _files(folder / "images")
    readers = sorted(path for path in _subfolders(folder / "masks"))
    if not images or not readers:
        raise MedSAMError(f"{folder} needs a folder images and a folder masks with one a reader.")
    masks = {reader.name: _files(reader) for reader in readers}
    groups = _groups(folder / "groups.csv")
    for name, path in images.items():
        yield from _samples(name, path, masks, groups.get(name, name))


def _files(folder: Path) -> dict[str, Path]:
    """The files of a folder by name without endings."""
    paths = sorted(folder.iterdir()) if folder.is_dir() else []
    return {volume_name(path): path for path in paths if not path.name.startswith(".")}


def _subfolders(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []


def _groups(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        return {row[0].strip(): row[1].strip() for row in csv.reader(file) if len(row) >= 2}


def _samples(
    name: str, path: Path, masks: dict[str, dict[str, Path]], group: str
) -> Iterator[Sample]:
    volume = read_volume(path)
    marked = [_mask(files.get(name), volume.shape) for files in masks.values()]
    stacked = np.stack(marked)
    i, j, _ = volume.spacing
    single = volume.shape[0] == 1
    for index in [0] if single else np.flatnonzero(stacked.any(axis=(0, 2, 3))):
        place = name if single else f"{name}/slice{index}"
        yield Sample(
            image=volume.array[index],
            masks=stacked[:, index],
            ids=tuple(f"{place}/{reader}" for reader in masks),
            group=group,
            spacing=None if _is_picture(path) else (j, i),
            window=default_window(volume),
        )


def _is_picture(path: Path) -> bool:
    """Pictures do not tell the size of their pixels."""
    return path.suffix.lower() in (".png", ".jpg", ".jpeg")


def _mask(path: Path | None, shape: tuple[int, int, int]) -> NDArray[np.bool_]:
    if path is None:
        return np.zeros(shape, dtype=bool)
    array = read_volume(path).array
    array = array.max(axis=-1) if array.ndim == 4 else array
    if array.shape != shape:
        raise MedSAMError(f"{path} has the shape {array.shape}, its image {shape}.")
    return array > array.max() / 2
