"""MSD Task04 hippocampus: small MR volumes with an anterior and a posterior label."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from MedSAMLib.images import auto_window
from training.datasets.sample import Sample
from training.datasets.volumes import read_array, volume_slices

LABELS = (1, 2)


def read_hippocampus(data: Path, split: str) -> Iterator[Sample]:
    """Yield the slices of a split (train, test) in three orientations, a mask a label."""
    folder = data / "hippocampus" / split
    for path in sorted((folder / "images").glob("*.nii.gz")):
        volume, spacing = read_array(path)
        labels, _ = read_array(folder / "labels" / path.name)
        name = path.name.removesuffix(".nii.gz")
        window = auto_window(volume)
        yield from volume_slices(volume, labels, spacing, LABELS, name, name, window)
