"""What a slice's mask says about the neighboring slice."""

from __future__ import annotations

import numpy as np
from scipy import ndimage, special

from ..prompts import Prompts, most_interior_point, tight_box

# Below one half, so that a network that is sure of itself decides against the memory.
MEMORY = 0.4
# The memory's border is as uncertain as neighboring slices differ: a pixel or so.
BLUR = 1.0


def prompts_of(expected: np.ndarray) -> Prompts:
    """Tight box and most interior point of the mask (H, W) that is expected; it is not empty."""
    point = most_interior_point(expected)
    return Prompts(box=tight_box(expected), points=point[np.newaxis], labels=np.array([1]))


def remembered(logits: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """The mask (H, W) that network and memory agree on.

    The network's probability, from its full-size logits (H, W), is averaged with the expected
    mask: where the network is unsure, the object stays as it was in the slice before.
    """
    memory = ndimage.gaussian_filter(expected.astype(np.float32), BLUR)
    return (1 - MEMORY) * special.expit(logits) + MEMORY * memory > 0.5


def parts_touching(mask: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """The parts of `mask` (H, W) that overlap `expected`; without overlap, the largest part.

    A stray island far away would stretch the next slice's box over the whole picture.
    """
    parts, count = ndimage.label(mask)
    if count <= 1:
        return mask
    touching = np.unique(parts[expected & mask])
    if touching.size == 0:
        touching = np.array([np.argmax(np.bincount(parts.ravel())[1:]) + 1])
    return np.isin(parts, touching)
