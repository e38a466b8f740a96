"""Masks as short text, for tables and JSON: their shape and the lengths of their runs.

The pixels are read row by row. Runs of background and of object alternate, background first
(0 where the first pixel belongs to the object): "2x3 1 3 2" is the mask of 2 rows and 3 columns
`[[False, True, True], [True, False, False]]`.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import MedSAMError, UsageError

# A text of a few bytes can claim any size; images are far smaller.
_MOST_PIXELS = 1 << 28
_FORM = re.compile(r"(\d+)x(\d+)((?: \d+)*)", re.ASCII)


def encode(mask: ArrayLike) -> str:
    """A mask (H, W) as text."""
    mask = np.asarray(mask, dtype=bool)
    if mask.ndim != 2:
        raise UsageError(f"A run-length mask is 2-D; this one has the shape {mask.shape}.")
    flat = mask.ravel()
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    runs = np.diff(np.concatenate(([0], changes, [flat.size])))
    runs = [0, *runs] if flat.size and flat[0] else runs
    return " ".join((f"{mask.shape[0]}x{mask.shape[1]}", *map(str, runs)))


def decode(text: str, shape: tuple[int, int] | None = None) -> NDArray[np.bool_]:
    """The mask (H, W) that `encode` made `text` of.

    Raises MedSAMError for a text that is none or does not fill its shape, and for another shape
    than `shape`, where that is given.
    """
    match = _FORM.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise MedSAMError("A run-length mask is 'HxW' and whole numbers with spaces between them.")
    height, width = int(match[1]), int(match[2])
    if shape is not None and (height, width) != tuple(shape):
        raise MedSAMError(f"A run-length mask has the shape {height}x{width}, not {shape}.")
    if height * width > _MOST_PIXELS:
        raise MedSAMError(f"A run-length mask of {height}x{width} is too large.")
    runs = [int(run) for run in match[3].split()]
    if sum(runs) != height * width:
        raise MedSAMError(f"A run-length mask of {height}x{width} has {sum(runs)} pixels.")
    return np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(height, width)
