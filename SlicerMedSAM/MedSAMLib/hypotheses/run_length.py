"""Masks as short text, for tables and JSON: the lengths of their runs.

The pixels are read row by row. Runs of background and of object alternate, background first
(0 where the first pixel belongs to the object): `decode("1 2 1", (2, 2))` is
`[[False, True], [True, False]]`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import MedSAMError


def encode(mask: ArrayLike) -> str:
    """The runs of a mask (H, W) as numbers with spaces between them."""
    flat = np.asarray(mask, dtype=bool).ravel()
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    runs = np.diff(np.concatenate(([0], changes, [flat.size])))
    return " ".join(map(str, [0, *runs] if flat.size and flat[0] else runs))


def decode(text: str, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """The mask (H, W) of `shape` that `encode` made `text` of.

    Raises MedSAMError for a text that is no list of runs or does not fill the shape.
    """
    words = text.split()
    if not all(word.isascii() and word.isdigit() for word in words):
        raise MedSAMError("A run-length mask is made of whole numbers with spaces between them.")
    runs = [int(word) for word in words]
    if sum(runs) != shape[0] * shape[1]:
        raise MedSAMError(
            f"A run-length mask has {sum(runs)} pixels, but the image is "
            f"{shape[1]} x {shape[0]} pixels."
        )
    return np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(shape)
