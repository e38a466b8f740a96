"""Errors put into true masks, in five steps of severity, the same ones for the same seed.

What each kind does at severity s (a share, see SEVERITIES), relative to the object's own size so
that a small and a large object are spoilt alike; "length" is the square root of the area:

- shift: the mask moves by s * length in a direction drawn by the seed.
- erosion: pixels within s * length / 2 of the border are taken away, at least one is left.
- leak: a region beside the border is added, s * 1.5 of the area, nearest to a border point drawn
  by the seed.
- merge: a part of a second region is joined, and a bridge to it, all of the region at the last
  step: the nearest other object of some size if there is one, else a disc beside.
- missing: the share s of the object is cut off along a straight line of random direction.
- wrong: as much as s of the object is taken away and replaced by an equal part of a wrong one (the
  object shifted to where nothing of it was, or another object), so that s = 1 is another object.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Mask = NDArray[np.bool_]

# Shares by which the five steps spoil; step 0 is the true mask.
SEVERITIES = (0.0, 0.15, 0.3, 0.45, 0.6, 0.8)
WORST = SEVERITIES[-1]
GROWTH = 1.5
# An object with less than this share of the area is no second region to merge with.
LEAST_OTHER = 0.3


def degrade(mask: Mask, kind: str, step: int, seed: int, others: Sequence[Mask] = ()) -> Mask:
    """A mask (H, W) spoilt by `kind` (of KINDS) at a step 0 (not at all) to 5 (the most).

    others: masks of other objects on the image, of use for merge and wrong. The steps of one seed
    are one error that grows. An empty mask stays empty.
    """
    mask = np.asarray(mask, dtype=bool)
    if step == 0 or not mask.any():
        return mask.copy()
    rng = np.random.default_rng([seed, sorted(KINDS).index(kind)])
    others = [np.asarray(other, dtype=bool) & ~mask for other in others]
    return KINDS[kind](mask, SEVERITIES[step], rng, [other for other in others if other.any()])


def _shift(mask: Mask, severity: float, rng: np.random.Generator, others: list[Mask]) -> Mask:
    return _moved(mask, _inward_angle(mask, rng), severity * _length(mask))


def _erosion(mask: Mask, severity: float, rng: np.random.Generator, others: list[Mask]) -> Mask:
    depth = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    limit = min(severity * _length(mask) / 2, depth.max() - 1e-6)
    return depth > limit


def _leak(mask: Mask, severity: float, rng: np.random.Generator, others: list[Mask]) -> Mask:
    border = np.argwhere(mask & ~ndimage.binary_erosion(mask))
    start = border[rng.integers(len(border))]
    return mask | _nearest(~mask, start, _pixels(mask, GROWTH * severity))


def _merge(mask: Mask, severity: float, rng: np.random.Generator, others: list[Mask]) -> Mask:
    least = LEAST_OTHER * np.count_nonzero(mask)
    large = [other for other in others if np.count_nonzero(other) >= least]
    other = _closest(mask, large) if large else _disc_beside(mask, rng)
    gap = ndimage.distance_transform_edt(~mask)
    start = np.unravel_index(np.argmin(np.where(other, gap, np.inf)), mask.shape)
    return mask | _bridge(mask, start) | _nearest(other, start, _pixels(other, severity / WORST))


def _missing(mask: Mask, severity: float, rng: np.random.Generator, others: list[Mask]) -> Mask:
    angle = rng.uniform(0, 2 * np.pi)
    ys, xs = np.nonzero(mask)
    along = np.sin(angle) * ys + np.cos(angle) * xs
    keep = max(1, len(ys) - _pixels(mask, severity))
    kept = np.argsort(along, kind="stable")[:keep]
    result = np.zeros_like(mask)
    result[ys[kept], xs[kept]] = True
    return result


def _wrong(mask: Mask, severity: float, rng: np.random.Generator, others: list[Mask]) -> Mask:
    """The share s leaves the object on one side and turns up in a wrong place."""
    wrong = _closest(mask, others) if others else _elsewhere(mask, rng)
    kept = _missing(mask, severity, rng, [])
    if not wrong.any():
        return kept
    ys, xs = np.nonzero(wrong)
    count = min(len(ys), _pixels(mask, severity))
    return kept | _nearest(wrong, (ys[0], xs[0]), count)


KINDS: dict[str, Callable[[Mask, float, np.random.Generator, list[Mask]], Mask]] = {
    "shift": _shift,
    "erosion": _erosion,
    "leak": _leak,
    "merge": _merge,
    "missing": _missing,
    "wrong": _wrong,
}


def _length(mask: Mask) -> float:
    return float(np.sqrt(np.count_nonzero(mask)))


def _pixels(mask: Mask, share: float) -> int:
    return max(1, round(share * np.count_nonzero(mask)))


def _moved(mask: Mask, angle: float, distance: float) -> Mask:
    """The mask moved by whole pixels; what leaves the image is lost."""
    step = (round(distance * np.sin(angle)), round(distance * np.cos(angle)))
    return ndimage.shift(mask.astype(np.uint8), step, order=0) > 0


def _inward_angle(mask: Mask, rng: np.random.Generator) -> float:
    """A direction within a right angle of that to the image's center.

    So that the object of a crop's edge does not leave the image instead of being misplaced.
    """
    y, x = ndimage.center_of_mass(mask)
    height, width = mask.shape
    inward = np.arctan2((height - 1) / 2 - y, (width - 1) / 2 - x)
    return inward + rng.uniform(-np.pi / 4, np.pi / 4)


def _nearest(region: Mask, start: Sequence[float], count: int) -> Mask:
    """The `count` pixels of a region nearest to a pixel."""
    ys, xs = np.nonzero(region)
    distance = (ys - start[0]) ** 2 + (xs - start[1]) ** 2
    chosen = np.argsort(distance, kind="stable")[:count]
    result = np.zeros_like(region)
    result[ys[chosen], xs[chosen]] = True
    return result


def _closest(mask: Mask, others: list[Mask]) -> Mask:
    distance = ndimage.distance_transform_edt(~mask)
    return min(others, key=lambda other: distance[other].min())


def _disc_beside(mask: Mask, rng: np.random.Generator) -> Mask:
    """As many pixels around a point two lengths away as a leak adds at the last step."""
    angle, length = _inward_angle(mask, rng), _length(mask)
    y, x = ndimage.center_of_mass(mask)
    center = (y + 1.8 * length * np.sin(angle), x + 1.8 * length * np.cos(angle))
    return _nearest(~mask, center, _pixels(mask, GROWTH * WORST))


def _bridge(mask: Mask, start: Sequence[int]) -> Mask:
    """A line of pixels from the mask to a pixel outside it."""
    rows, columns = ndimage.distance_transform_edt(~mask, return_indices=True)[1]
    end = rows[tuple(start)], columns[tuple(start)]
    steps = int(max(abs(start[0] - end[0]), abs(start[1] - end[1]))) + 1
    line = np.zeros_like(mask)
    ys = np.linspace(start[0], end[0], steps + 1).round().astype(int)
    line[ys, np.linspace(start[1], end[1], steps + 1).round().astype(int)] = True
    return line


def _elsewhere(mask: Mask, rng: np.random.Generator) -> Mask:
    """The object moved to where nothing of it was, empty where the image has no room."""
    angle, length = _inward_angle(mask, rng), _length(mask)
    for factor in (1.5, 2.0, 1.2, 1.0, 0.8, 0.6):
        moved = _moved(mask, angle, factor * length) & ~mask
        if np.count_nonzero(moved) >= 0.5 * np.count_nonzero(mask):
            return moved
    return _moved(mask, angle, length) & ~mask
