"""Several readers' versions of one object: how they are named, and how alternatives compare."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from MedSAMLib.hypotheses import Hypotheses
from MedSAMLib.metrics.ambiguity import ged, pairwise_dice

_SEPARATOR = " - "


def version_name(object_name: str, reader: str) -> str:
    """The segment's name of a reader's version: "Object - Anna"; without a reader "Object"."""
    return f"{object_name}{_SEPARATOR}{reader}" if reader else object_name


@dataclass(frozen=True)
class ReaderRow:
    """How one reader's mask compares.

    area: pixels on the slice. chosen: Dice of the chosen candidate. best: the highest Dice of an
    alternative, and which one (from 0) has it.
    """

    name: str
    area: int
    chosen: float
    best: float
    best_index: int


@dataclass(frozen=True)
class Comparison:
    """All readers together.

    ged: squared generalized energy distance of the alternatives from the readers, 0 to 2, nan
    without readers.
    """

    ged: float
    rows: tuple[ReaderRow, ...]


def compare(
    hypotheses: Hypotheses, chosen: np.ndarray, readers: Mapping[str, np.ndarray]
) -> Comparison:
    """Alternatives and the chosen mask (H, W) with readers' masks (H, W) of the same slice.

    A reader who has nothing on the slice counts as one who saw nothing.
    """
    if not readers:
        return Comparison(math.nan, ())
    masks = np.stack(list(readers.values()))
    overlap = pairwise_dice(hypotheses.masks, masks)
    own = pairwise_dice(chosen[np.newaxis], masks)[0]
    best = overlap.argmax(axis=0)
    rows = tuple(
        ReaderRow(
            name, int(masks[n].sum()), float(own[n]), float(overlap[best[n], n]), int(best[n])
        )
        for n, name in enumerate(readers)
    )
    return Comparison(ged(hypotheses.masks, masks), rows)
