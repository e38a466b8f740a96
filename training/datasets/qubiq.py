"""QUBIQ (MICCAI 2020 and 2021): CT and MR images whose structures three to seven raters marked.

A case is a folder with `image.nii.gz` and one `taskTT_segRR.nii.gz` for each structure (task)
and rater, below folders that name the data set: `kidney/Training/case01`, ...
SeqSAM's release changed the images on the way (spec of SeqSAM, section 1e.6): the brightest pixels
wrapped around to 0, values reached the network 255 times too large, and smoothed labels were
dilated. Here images are scaled from their minimum to their maximum, and labels stay as drawn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from MedSAMLib.errors import MedSAMError
from training.datasets.sample import Sample

UNIT_WINDOW = (0.5, 1.0)
_RATING = re.compile(r"task(\d+)_seg(\d+)\.nii(\.gz)?$")


def read_qubiq(folder: Path, size: int | None = None, channel: int = 0) -> Iterator[Sample]:
    """Yield every task of every case below `folder`, with one mask a rater; cases are groups.

    Images are float32 in 0..1. size: scale images (area average or linear) and masks (nearest)
    to this many pixels a side; None keeps them. channel: of images with several (the brain
    tumors have four MR sequences). A volume gives each slice on which a rater marked something.
    """
    for path in sorted([*folder.rglob("image.nii.gz"), *folder.rglob("image.nii")]):
        name = path.parent.relative_to(folder).as_posix()
        name = path.parent.name if name == "." else name
        image = _array(path)
        for _, files in sorted(_ratings(path.parent).items()):
            ratings = np.stack([_array(file) > 0 for file in files])
            slices = _slices(image, ratings, channel, path)
            ids = [file.name.split(".")[0] for file in files]
            for index, (pixels, masks) in slices:
                place = f"{name}{index}"
                yield _sample(pixels, masks, tuple(f"{place}/{each}" for each in ids), name, size)


def _ratings(case: Path) -> dict[int, list[Path]]:
    """The raters' files of each task, in the raters' order."""
    found: dict[int, list[tuple[int, Path]]] = {}
    for path in case.iterdir():
        if match := _RATING.search(path.name):
            found.setdefault(int(match[1]), []).append((int(match[2]), path))
    return {task: [path for _, path in sorted(files)] for task, files in found.items()}


def _array(path: Path) -> NDArray:
    """The image without axes of length 1, float32 in its own values."""
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path))).astype(np.float32).squeeze()


def _slices(
    image: NDArray, ratings: NDArray, channel: int, path: Path
) -> Iterator[tuple[str, tuple[NDArray, NDArray]]]:
    """(name of the slice, (pixels (H, W), masks (K, H, W))): one of a picture, many of a volume."""
    shape = ratings.shape[1:]
    scaled = _unit_range(_without_channels(image, shape, channel, path))
    if len(shape) == 2:
        yield "", (scaled, ratings)
        return
    for index in np.flatnonzero(ratings.any(axis=(0, 2, 3))):
        yield f"/slice{index}", (scaled[index], ratings[:, index])


def _without_channels(image: NDArray, shape: tuple[int, ...], channel: int, path: Path) -> NDArray:
    """The image of the masks' shape: the axis of the channels is the one that the masks lack."""
    if image.shape == shape:
        return image
    for axis in range(image.ndim):
        if image.shape[:axis] + image.shape[axis + 1 :] == shape and channel < image.shape[axis]:
            return image.take(channel, axis)
    raise MedSAMError(f"{path} has the shape {image.shape}, but its masks have {shape}.")


def _unit_range(image: NDArray) -> NDArray[np.float32]:
    low, high = float(image.min()), float(image.max())
    return (image - low) / (high - low) if high > low else np.zeros_like(image)


def _sample(
    image: NDArray, masks: NDArray[np.bool_], ids: tuple[str, ...], group: str, size: int | None
) -> Sample:
    if size is not None and image.shape != (size, size):
        smooth = cv2.INTER_AREA if min(image.shape) > size else cv2.INTER_LINEAR
        image = cv2.resize(image, (size, size), interpolation=smooth)
        masks = np.stack([_nearest(mask, size) for mask in masks])
    return Sample(np.ascontiguousarray(image), masks, ids, group=group, window=UNIT_WINDOW)


def _nearest(mask: NDArray[np.bool_], size: int) -> NDArray[np.bool_]:
    whole = mask.astype(np.uint8)
    return cv2.resize(whole, (size, size), interpolation=cv2.INTER_NEAREST_EXACT) > 0
