"""LIDC-IDRI lung nodule slices with the contours of four radiologists."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from training.datasets.sample import Sample

READERS = 4
SIZE = 128


def read_lidc(data: Path, split: str) -> Iterator[Sample]:
    """Yield each slice of a split (train, val, test) with all four readers' masks.

    An all-false mask is a reader who did not mark the nodule; readers are unordered.
    Patients are the groups; the crops' spacing is not known.
    """
    with np.load(data / "lidc" / f"{split}.npz") as arrays:
        images, packed, ids = arrays["images"], arrays["masks_packed"], arrays["ids"]
    for image, bits, (patient, nodule, index) in zip(images, packed, ids, strict=True):
        masks = np.unpackbits(bits, axis=1).reshape(READERS, SIZE, SIZE).astype(bool)
        name = f"lidc{patient}/nodule{nodule}/slice{index}"
        names = tuple(f"{name}/reader{reader}" for reader in range(READERS))
        yield Sample(image, masks, names, group=f"lidc{patient}")
