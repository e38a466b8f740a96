"""LIDC-IDRI slices as published with the Probabilistic U-Net's PyTorch port: one pickle.

The file is a dict from a slice's name to a dict of `image` (128, 128) in 0..1, `masks`, four
(128, 128) arrays, and `series_uid`, of which the CT series is the group. It is read without
running anything in it (see `numpy_pickle`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from MedSAMLib.errors import MedSAMError
from training.datasets.numpy_pickle import load_numpy_pickle
from training.datasets.sample import Sample

# The images are in 0..1 as they are: a window of their own contrast would change that.
UNIT_WINDOW = (0.5, 1.0)


def read_lidc_pickle(path: Path) -> Iterator[Sample]:
    """Yield each slice with all readers' masks; an all-false mask is a reader who marked nothing.

    Raises MedSAMError for a pickle that carries more than arrays and for one of another content.
    """
    content = load_numpy_pickle(path)
    if not isinstance(content, dict):
        raise MedSAMError(f"{path} holds a {type(content).__name__}, not LIDC's dict of slices.")
    for name, entry in content.items():
        yield _sample(path, str(name), entry)


def _sample(path: Path, name: str, entry: object) -> Sample:
    try:
        image = np.asarray(entry["image"], dtype=np.float32)
        masks = np.stack([np.asarray(mask) > 0.5 for mask in entry["masks"]])
        group = str(entry["series_uid"])
        names = tuple(f"{name}/reader{reader}" for reader in range(len(masks)))
        return Sample(image, masks, names, group=group, window=UNIT_WINDOW)
    except (KeyError, TypeError, ValueError) as error:
        raise MedSAMError(
            f"The entry {name!r} of {path} is no LIDC slice with image, masks and series_uid."
        ) from error
