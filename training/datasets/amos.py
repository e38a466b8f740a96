"""AMOS 2022: abdominal CTs of other hospitals, the liver of which BCV's networks are tried on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from training.datasets.abdominal_slices import axial_slices
from training.datasets.sample import Sample

LIVER = 6
# Cases from 500 on are MR.
FIRST_MR = 500


def read_amos(data: Path, labels: Sequence[int] = (LIVER,)) -> Iterator[Sample]:
    """Yield the axial slices of the training CTs that show one of the labels.

    `data`/amos/imagesTr/amos_0001.nii.gz goes with labelsTr/amos_0001.nii.gz.
    """
    folder = data / "amos"
    for image in sorted(folder.glob("imagesTr/amos_*.nii.gz")):
        name = image.name.removesuffix(".nii.gz")
        if int(name.removeprefix("amos_")) < FIRST_MR:
            yield from axial_slices(image, folder / "labelsTr" / image.name, labels, name)
