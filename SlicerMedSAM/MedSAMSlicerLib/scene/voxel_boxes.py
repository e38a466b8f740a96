"""Masks of several slices put together as one box of voxels."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

Extent = tuple[slice, slice, slice]


def union(boxes: Iterable[tuple[Extent, np.ndarray]]) -> tuple[Extent, np.ndarray]:
    """The smallest extent (k, j, i) around all boxes, and the voxels (bool) in it."""
    boxes = [(extent, voxels) for extent, voxels in boxes if voxels.size]
    if not boxes:
        return (slice(0, 0),) * 3, np.zeros((0, 0, 0), bool)
    low = np.min([[s.start for s in extent] for extent, _ in boxes], axis=0)
    high = np.max([[s.stop for s in extent] for extent, _ in boxes], axis=0)
    joined = np.zeros(high - low, bool)
    for extent, voxels in boxes:
        inside = tuple(
            slice(part.start - start, part.stop - start)
            for part, start in zip(extent, low, strict=True)
        )
        joined[inside] |= voxels
    return tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True)), joined
