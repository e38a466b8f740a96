"""What one mask can be worth to several readers who disagree (D_avg), whoever draws it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from MedSAMLib.hypotheses.consensus import majority
from MedSAMLib.metrics import pairwise_dice

Masks = NDArray[np.bool_]

READERS = {
    "best": "the best mask there is, made with all readers' outlines at hand",
    "majority": "the readers' own majority",
    "others": "the other readers' majority, with the one left out",
    "one": "another reader, with the one left out",
}


def best_dice(readers: Masks) -> float:
    """The highest mean Dice that any mask at all can have with readers (K, H, W), none empty.

    Of the masks of n pixels the best one takes the n pixels with the largest sum of
    2 / (n + a) over the readers that hold them, of a pixels each: so every n is tried.
    """
    held = readers[:, readers.any(axis=0)].astype(float)
    areas = held.sum(axis=1)
    worth = (np.sort(2 / (n + areas) @ held)[-n:].sum() for n in range(1, held.shape[1] + 1))
    return float(max(worth) / len(readers))


def reader_values(readers: Masks) -> dict[str, float]:
    """Mean Dice of each of READERS with readers (K, H, W), at least two and none empty."""
    count = len(readers)
    between = pairwise_dice(readers, readers)
    rest = [majority(np.delete(readers, left_out, axis=0)) for left_out in range(count)]
    return {
        "best": best_dice(readers),
        "majority": float(pairwise_dice(majority(readers)[None], readers).mean()),
        "others": float(np.diag(pairwise_dice(np.stack(rest), readers)).mean()),
        "one": float((between.sum() - count) / (count * (count - 1))),
    }
