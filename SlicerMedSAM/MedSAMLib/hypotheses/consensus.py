"""One mask out of several: by vote, union, intersection, or STAPLE."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import UsageError

CONSENSUS_RULES = ("majority", "union", "intersection", "staple")

STAPLE_ITERATIONS = 100


def consensus(masks: ArrayLike, rule: str = "majority") -> NDArray[np.bool_]:
    """The mask (H, W) on which M masks (M, H, W) agree by `rule`, one of CONSENSUS_RULES."""
    masks = np.asarray(masks, dtype=bool)
    if masks.ndim != 3 or not len(masks):
        raise UsageError(f"A consensus needs masks of the shape (M, H, W), not {masks.shape}.")
    if rule not in _RULES:
        raise UsageError(
            f"There is no consensus {rule!r}; choose one of {', '.join(CONSENSUS_RULES)}."
        )
    return _RULES[rule](masks)


def majority(masks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """At least half of the masks: a tie is foreground."""
    return 2 * np.count_nonzero(masks, axis=0) >= len(masks)


def union(masks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What any of the masks contains."""
    return masks.any(axis=0)


def intersection(masks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What all of the masks contain."""
    return masks.all(axis=0)


def staple(masks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where STAPLE (Warfield et al., IEEE TMI 2004) finds foreground the likelier.

    It weighs every mask by the sensitivity and specificity that all of them imply. It looks
    at the pixels around the union only: with the whole image every mask would be specific, and
    the result would depend on how much background the image happens to show.
    """
    found, some = intersection(masks), union(masks)
    if np.array_equal(found, some):
        return found
    rows, columns = (_extent(some.any(axis=axis)) for axis in (1, 0))
    disputed = _staple_probability(masks[:, rows, columns]) >= 0.5
    found[rows, columns] |= disputed & some[rows, columns]
    return found


def _extent(taken: NDArray[np.bool_]) -> slice:
    indices = np.flatnonzero(taken)
    return slice(int(indices[0]), int(indices[-1]) + 1)


def _staple_probability(masks: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(H, W) probability of foreground; a ring of background keeps the prior below 1."""
    import SimpleITK as sitk

    ringed = np.pad(masks, ((0, 0), (1, 1), (1, 1))).astype(np.uint8)
    step = sitk.STAPLEImageFilter()
    step.SetForegroundValue(1.0)
    step.SetMaximumIterations(STAPLE_ITERATIONS)
    images = [sitk.GetImageFromArray(mask) for mask in ringed]
    return sitk.GetArrayFromImage(step.Execute(images))[1:-1, 1:-1]


_RULES = dict(zip(CONSENSUS_RULES, (majority, union, intersection, staple), strict=True))
