"""DeepLesion: CT crops with one lesion each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from training.datasets.sample import Sample, labels_to_masks

# Never trained on, so that the evaluation can say what the model does with lesions of
# patients and kinds that it has not seen.
HELD_OUT_PATIENTS = ("000001", "000009")


def read_deeplesion(data: Path, split: str) -> Iterator[Sample]:
    """Yield the axial slices with a lesion (split "train" or "held_out", by patient).

    The images are 8-bit already.
    """
    for path in sorted((data / "deeplesion").glob("CT_Lesion_*.npz")):
        patient = path.stem.split("_")[2]
        if (patient in HELD_OUT_PATIENTS) == (split == "held_out"):
            yield from _slices(path, patient)


def _slices(path: Path, patient: str) -> Iterator[Sample]:
    with np.load(path) as arrays:
        images, lesions = arrays["imgs"], arrays["gts"]
        column, row, _ = arrays["spacing"].tolist()
    for index, (image, lesion) in enumerate(zip(images, lesions, strict=True)):
        for _, mask in labels_to_masks(lesion, (1,)):
            name = f"{path.stem}/axial{index}"
            yield Sample(image, mask[None], (name,), patient, spacing=(row, column))
