"""Which slices are worth preparing before anybody looks at them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .prompts import SliceKey

REACH = 3


def neighbors(key: SliceKey, reach: int = REACH, direction: int = 0) -> Iterator[SliceKey]:
    """The parallel slices around one, nearest first, above before below.

    With a `direction`, +1 upwards or -1 downwards, all that lie ahead come first. They may lie
    outside the volume.
    """
    steps = [step for distance in range(1, reach + 1) for step in (distance, -distance)]
    for step in sorted(steps, key=lambda step: step * direction < 0):  # a stable order
        yield shifted(key, step)


def direction_of(before: SliceKey, after: SliceKey) -> int:
    """+1 or -1 where a user went along the normal to a parallel slice, 0 for other moves."""
    if before.volume_id != after.volume_id or before.plane.shape != after.plane.shape:
        return 0
    start, end = (np.array(key.plane.affine) for key in (before, after))
    normal = start[:3, 2]
    way = float((end[:3, 3] - start[:3, 3]) @ normal)
    if not np.allclose(start[:3, :3], end[:3, :3]) or np.isclose(way, 0):
        return 0
    return 1 if way > 0 else -1


def shifted(key: SliceKey, steps: int) -> SliceKey:
    """The parallel slice so many thicknesses further along the normal."""
    plane = key.plane
    affine = np.array(plane.affine)
    affine[:3, 3] += steps * affine[:3, 2]
    return SliceKey.of(key.volume_id, type(plane)(plane.shape, affine))
