"""BCV (BTCV): 30 abdominal CTs with 13 organs, in the folders of the Synapse release."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from training.datasets.abdominal_slices import axial_slices, split_of
from training.datasets.sample import Sample

FOLDER = "bcv/RawData/Training"
LABELS = tuple(range(1, 14))
ORGANS = (
    *("spleen", "right kidney", "left kidney", "gallbladder", "esophagus", "liver", "stomach"),
    *("aorta", "inferior vena cava", "portal and splenic vein", "pancreas"),
    *("right adrenal gland", "left adrenal gland"),
)


def read_bcv(data: Path, split: str) -> Iterator[Sample]:
    """Yield the axial slices of a split (train, val, test; 60:20:20 by case), a mask an organ.

    `data`/bcv/RawData/Training/img/img0001.nii.gz goes with label/label0001.nii.gz.
    """
    folder = data / FOLDER
    numbers = [p.name.removeprefix("img") for p in folder.glob("img/img*.nii.gz")]
    for number in split_of(numbers, split):
        name = f"bcv{number.removesuffix('.nii.gz')}"
        yield from axial_slices(
            folder / "img" / f"img{number}", folder / "label" / f"label{number}", LABELS, name
        )
