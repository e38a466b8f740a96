"""Which slices are worth preparing before anybody looks at them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .prompts import SliceKey

REACH = 3


def neighbors(key: SliceKey, reach: int = REACH) -> Iterator[SliceKey]:
    """The parallel slices around one, nearest first, above before below.

    They may lie outside the volume.
    """
    for distance in range(1, reach + 1):
        for step in (distance, -distance):
            yield shifted(key, step)


def shifted(key: SliceKey, steps: int) -> SliceKey:
    """The parallel slice so many thicknesses further along the normal."""
    plane = key.plane
    affine = np.array(plane.affine)
    affine[:3, 3] += steps * affine[:3, 2]
    return SliceKey.of(key.volume_id, type(plane)(plane.shape, affine))
