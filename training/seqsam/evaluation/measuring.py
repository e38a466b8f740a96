"""How M masks stand for the readers of one case, and what one mask read out of them is worth."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from MedSAMLib import metrics
from MedSAMLib.hypotheses import Hypotheses
from MedSAMLib.metrics import Comparison

COUNTS = (1, 3, 4, 8, 16)

Masks = NDArray[np.bool_]

# Of each the form that scores against all readers ("keep") and the one against those who marked
# something ("drop").
_MEASURES: dict[str, Callable[[Comparison], float]] = {
    "ged": Comparison.ged,
    "d_avg": Comparison.dice_of_majority,
    "d_max_prediction": lambda compared: compared.dice_max(per="prediction"),
    "d_max_reader": lambda compared: compared.dice_max(per="reader"),
    "d_match": Comparison.dice_match,
    "hm_iou": Comparison.hm_iou,
    "collective_insight": Comparison.collective_insight,
}
CONVENTIONS = ("keep", "drop")
MEASURES = (
    *(f"{name}_{empty}" for empty in CONVENTIONS for name in _MEASURES),
    *("diversity", "misfits"),
)
# A mask is a misfit from this many times the area of the largest reader's mask on, and up to
# this part of the smallest one's.
MISFIT_FACTOR = 2

READOUTS = ("first", "random", "own score", "medoid", "majority", "staple", "oracle")


def repeated(own: int, count: int) -> NDArray[np.intp]:
    """Which of a method's `own` masks are its `count`: where there are fewer, from the first on."""
    return np.arange(count) % own


def measures(compared: Comparison) -> dict[str, float]:
    """All of MEASURES for M masks of one case with K readers."""
    found = {
        f"{name}_{empty}": measure(against)
        for empty, against in ((empty, compared.against(empty)) for empty in CONVENTIONS)
        for name, measure in _MEASURES.items()
    }
    return {**found, "diversity": compared.diversity(), "misfits": misfits(compared)}


def misfits(compared: Comparison) -> float:
    """Share of the masks of at most half the smallest or at least twice the largest marking reader.

    GED alone does not tell them from useful diversity: it subtracts the masks' mean distance.
    """
    areas = np.diag(compared.common)
    masks, readers = areas[: len(compared.masks)], areas[len(compared.masks) :]
    marked = readers[readers > 0]
    too_small = masks * MISFIT_FACTOR <= marked.min()
    return float((too_small | (masks >= marked.max() * MISFIT_FACTOR)).mean())


def readouts(masks: Masks, scores: NDArray[np.float32], readers: Masks) -> dict[str, float]:
    """Mean Dice with the readers who marked something, of one mask chosen by each of READOUTS.

    "random" is the mean over the masks, what a random choice gives on average. "oracle" takes
    the mask with the highest mean Dice, which needs the readers; the others do not.
    """
    marked = readers[readers.any(axis=(1, 2))]
    dice = metrics.pairwise_dice(masks, marked).mean(axis=1)
    found = Hypotheses(masks, np.zeros((len(masks), 1, 1), np.float32), scores, "")
    agreed = np.stack([found.consensus("majority"), found.consensus("staple")])
    majority, staple = metrics.pairwise_dice(agreed, marked).mean(axis=1)
    return {
        "first": float(dice[0]),
        "random": float(dice.mean()),
        "own score": float(dice[int(np.argmax(scores))]),
        "medoid": float(dice[found.medoid]),
        "majority": float(majority),
        "staple": float(staple),
        "oracle": float(dice.max()),
    }


def cropped(masks: Masks, readers: Masks) -> tuple[Masks, Masks]:
    """Both sets within the smallest rectangle that holds them all: no measure changes."""
    taken = masks.any(axis=0) | readers.any(axis=0)
    if not taken.any():
        return masks[:, :1, :1], readers[:, :1, :1]
    rows, columns = np.flatnonzero(taken.any(axis=1)), np.flatnonzero(taken.any(axis=0))
    window = np.s_[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return masks[window], readers[window]
