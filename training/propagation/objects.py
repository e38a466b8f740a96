"""Objects in volumes whose true extent is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from MedSAMLib.geometry import array_axis
from MedSAMLib.images import Volume, read_labels, read_volume
from training.datasets.organs import CT_WINDOW, FILES, HELD_OUT_LABELS

# Anterior, posterior, and the hippocampus as a whole: the border of the two is not to be seen.
HIPPOCAMPUS_PARTS = {"anterior": (1,), "posterior": (2,), "whole": (1, 2)}
LEAST_SLICES = 5
LEAST_VOXELS = 100


@dataclass(frozen=True)
class VolumeObject:
    """One object: its volume, its true mask (K, J, I) bool, and whose bootstrap group it is in."""

    name: str
    group: str
    volume: Volume
    truth: np.ndarray

    def extent(self, axis: str) -> tuple[int, int]:
        """First and last slice that show it along "axial", "coronal" or "sagittal"."""
        along = array_axis(self.volume, axis)
        others = tuple(each for each in range(3) if each != along)
        shown = np.flatnonzero(self.truth.any(axis=others))
        return int(shown[0]), int(shown[-1])

    def is_worth_following(self, axis: str) -> bool:
        """Whether there is something to carry the prompt through."""
        if np.count_nonzero(self.truth) < LEAST_VOXELS:
            return False
        first, last = self.extent(axis)
        return last - first + 1 >= LEAST_SLICES


def hippocampus_objects(data: Path, split: str, count: int | None) -> Iterator[list[VolumeObject]]:
    """The three objects of each volume of a split; `count` volumes, evenly drawn, or all."""
    folder = data / "hippocampus" / split
    files = sorted((folder / "images").glob("*.nii.gz"))
    if count is not None and count < len(files):
        files = [files[number * len(files) // count] for number in range(count)]
    for path in files:
        name = path.name.removesuffix(".nii.gz")
        labels = read_labels(folder / "labels" / path.name).array
        volume = read_volume(path)
        yield [
            VolumeObject(f"{name}/{part}", name, volume, np.isin(labels, numbers))
            for part, numbers in HIPPOCAMPUS_PARTS.items()
        ]


def organ_objects(data: Path, modality: str, split: str) -> list[VolumeObject]:
    """The organs of the CT or the MR: of "train", or those of "test" that were never trained on.

    There is one patient a modality, so that an organ is the group of the bootstrap.
    """
    image_file, labels_file = (data / "ct_mr_organs" / name for name in FILES[modality])
    volume, labels = read_volume(image_file), read_labels(labels_file).array
    if modality == "ct":
        volume = replace(volume, window=CT_WINDOW)
    held_out = HELD_OUT_LABELS[modality]
    if split == "test":
        wanted = list(held_out)
    else:
        wanted = [n for n in np.unique(labels).tolist() if n and n not in held_out]
    names = [f"{modality}/label{number}" for number in wanted]
    return [
        VolumeObject(name, name, volume, labels == number)
        for name, number in zip(names, wanted, strict=True)
    ]
