"""Which of M masks to show first, how much they differ, and which say the same.

All is derived from the matrix (M, M) of their pairwise intersections over union, which
`metrics.pairwise_iou(masks, masks)` gives.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

# From this IoU on two masks count as one: a reader would not tell them apart.
DUPLICATE_IOU = 0.98
# Sums of equal numbers in another order differ in the last digits; they are ties all the same.
DECIMALS = 9


def mean_overlap(iou: ArrayLike) -> NDArray[np.float64]:
    """(M,) mean IoU of each mask with the M - 1 others; 1 for a single mask."""
    iou = np.asarray(iou, dtype=float)
    others = len(iou) - 1
    if not others:
        return np.ones(1)
    return (iou.sum(axis=1) - np.diag(iou)) / others


def ranking(iou: ArrayLike) -> NDArray[np.intp]:
    """(M,) indices by falling mean overlap with the others; of equals the earlier one first.

    The first is the medoid, the mask to take if one must be taken. On LIDC's test split its Dice
    is 0.03 above that of the network's own score for 8 moved prompts, and equal to it and to
    the first mask for 8 of SeqSAM's (docs/results/hypotheses.md).
    """
    return np.argsort(-mean_overlap(iou).round(DECIMALS), kind="stable")


def disagreement(iou: ArrayLike) -> float:
    """Mean 1 - IoU over all pairs of different masks, 0..1; 0 for a single mask."""
    return float(np.clip(1 - mean_overlap(iou).mean(), 0, 1))


def duplicates(iou: ArrayLike, threshold: float = DUPLICATE_IOU) -> NDArray[np.intp]:
    """(M,) for each mask the first one that it equals up to `threshold`, itself if none.

    Only masks that are no duplicates themselves are named, so that following an index once is
    enough; near-equality is not transitive.
    """
    iou = np.asarray(iou, dtype=float)
    found = np.arange(len(iou))
    for index in range(len(iou)):
        alike = np.flatnonzero(iou[index, :index] >= threshold)
        first = alike[found[alike] == alike]
        if first.size:
            found[index] = first[0]
    return found


def diverse_subset(iou: ArrayLike, count: int, first: int = 0) -> NDArray[np.intp]:
    """`count` of N masks that stand for all of them, beginning with `first`.

    Each further one is the mask that brings all N nearest to their representatives on
    average (greedy k-medoids under 1 - IoU). A lone outlier, which the farthest-point rule
    would take at once, waits until the common readings are represented.
    """
    distance = 1 - np.asarray(iou, dtype=float)
    chosen = [first]
    nearest = distance[first]
    while len(chosen) < min(count, len(distance)):
        cost = np.minimum(distance, nearest).sum(axis=1).round(DECIMALS)
        cost[chosen] = np.inf
        chosen.append(int(np.argmin(cost)))
        nearest = np.minimum(nearest, distance[chosen[-1]])
    return np.array(chosen)
