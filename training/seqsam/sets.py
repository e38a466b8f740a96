"""Which images SeqSAM learns from, and which watch over it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from MedSAMLib import MedSAMError
from training.datasets import (
    Sample,
    read_chase,
    read_lidc,
    read_lidc_dicom,
    read_lidc_pickle,
    read_preferences,
    read_qubiq,
    read_raters,
)

CROP = 256  # pixels of a retina photograph; in the whole picture a vessel is thinner than a token
# Sets that everyone brings himself, each from the folder of its name in the data folder:
# LIDC's pickle or archive, QUBIQ, several readers' masks of own images, choices made in Slicer.
OWN_SETS = {
    "lidc-pickle": lambda folder: read_lidc_pickle(folder / "data_lidc.pickle"),
    "lidc-dicom": read_lidc_dicom,
    "qubiq": lambda folder: read_qubiq(folder, size=CROP),
    "raters": read_raters,
    "preferences": lambda folder: read_preferences(folder / "choices.csv", folder),
}
SETS = ("lidc", "chase", *OWN_SETS)


def training_samples(data: Path, name: str) -> list[Sample]:
    """The images of a set with at least one reader who marked something."""
    if name in OWN_SETS:
        return [sample for sample in OWN_SETS[name](data / name) if sample.masks.any()]
    if name == "lidc":
        return [s for s in read_lidc(data, "train") if s.masks.any()]
    if name == "chase":
        return [crop for sample in read_chase(data) for crop in crops(sample)]
    raise ValueError(f"Unknown set {name!r}; known are {', '.join(SETS)}.")


def validation_samples(data: Path) -> tuple[str, list[Sample]]:
    """A name and the images: LIDC's validation split, else those in `raters-val`.

    MedSAMError where neither is there.
    """
    if (data / "lidc" / "val.npz").is_file():
        return "lidc-val", list(read_lidc(data, "val"))
    if (data / "raters-val").is_dir():
        return "raters-val", list(read_raters(data / "raters-val"))
    raise MedSAMError(
        f"{data} has neither lidc/val.npz nor a folder raters-val: a run needs images that it "
        "does not learn from."
    )


def crops(sample: Sample) -> Iterator[Sample]:
    """Squares side by side that hold something for every reader."""
    height, width = sample.image.shape[:2]
    corners = itertools.product(range(0, height - CROP + 1, CROP), range(0, width - CROP + 1, CROP))
    for y, x in corners:
        masks = np.ascontiguousarray(sample.masks[:, y : y + CROP, x : x + CROP])
        if masks.any(axis=(1, 2)).all():
            image = np.ascontiguousarray(sample.image[y : y + CROP, x : x + CROP])
            ids = tuple(f"{name}/{y}/{x}" for name in sample.ids)
            yield Sample(image, masks, ids, sample.group)
