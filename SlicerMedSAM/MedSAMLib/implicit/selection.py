"""Which points are refined: the most uncertain ones."""

from __future__ import annotations

import numpy as np
import torch


def most_uncertain(uncertainty: np.ndarray, share: float) -> np.ndarray:
    """Indices, ascending, of the `share` of the points (N,) that are the most uncertain.

    Points without any uncertainty are not refined, so that there may be fewer. Of points that
    are equally uncertain the first ones are taken.
    """
    count = round(share * uncertainty.size)
    if not count:
        return np.zeros(0, dtype=np.int64)
    least = np.partition(uncertainty, uncertainty.size - count)[uncertainty.size - count]
    above = np.flatnonzero(uncertainty > max(least, 0))
    if least <= 0:
        return above
    equal = np.flatnonzero(uncertainty == least)[: count - above.size]
    return np.sort(np.concatenate([above, equal]))


def most_uncertain_of_each(uncertainty: torch.Tensor, share: float) -> torch.Tensor:
    """Indices (B, K) of each object's most uncertain points (B, N), equally many, for training."""
    count = max(1, round(share * uncertainty.shape[1]))
    return uncertainty.topk(count, dim=1).indices
