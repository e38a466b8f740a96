"""Outlines of masks as SVG paths."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

# Steps along the border of a pixel, clockwise on the screen: right, down, left, up.
_STEPS = ((1, 0), (0, 1), (-1, 0), (0, -1))

Point = tuple[float, float]
Step = tuple[int, int, int]  # the corner (x, y) that it starts from, and its direction


def outline_path(mask: np.ndarray, offset: int = 0) -> str:
    """The `d` of an SVG path around a mask (H, W), in pixels whose corners are at integers.

    It runs through the middles of the pixels' sides, which rounds the corners of a staircase by
    half a pixel. Empty for an empty mask. Objects that touch by a corner are kept apart.
    offset: where the mask's first pixel lies, in x and y.
    """
    return "".join(_subpath(loop, offset) for loop in _loops(np.asarray(mask, dtype=bool)))


def _subpath(corners: list[tuple[int, int]], offset: int) -> str:
    ends = corners[1:] + corners[:1]
    middles = [
        ((ax + bx) / 2, (ay + by) / 2) for (ax, ay), (bx, by) in zip(corners, ends, strict=True)
    ]
    points = _without_straight_runs(middles)
    return "M" + " ".join(f"{x + offset:g},{y + offset:g}" for x, y in points) + "Z"


def _without_straight_runs(points: list[Point]) -> list[Point]:
    """Only the points at which the direction changes."""
    kept = []
    for number, (x, y) in enumerate(points):
        (ax, ay), (bx, by) = points[number - 1], points[(number + 1) % len(points)]
        if (x - ax) * (by - y) != (y - ay) * (bx - x):
            kept.append((x, y))
    return kept


def _loops(mask: np.ndarray) -> Iterator[list[tuple[int, int]]]:
    """Closed walks along pixel borders with the mask on the right hand, as corners (x, y)."""
    ahead = _border_steps(mask)
    while ahead:
        start = step = next(iter(ahead))
        loop = []
        while not loop or step != start:
            loop.append(step[:2])
            step = next(each for each in _following(step) if each in ahead)
            del ahead[step]
        yield loop


def _following(step: Step) -> list[Step]:
    """To the right, straight on, or to the left: in this order, pixels keep apart at corners."""
    x, y, direction = step
    dx, dy = _STEPS[direction]
    return [(x + dx, y + dy, (direction + turn) % 4) for turn in (1, 0, 3)]


def _border_steps(mask: np.ndarray) -> dict[Step, None]:
    """All steps along the border; a dict, because unlike a set it keeps their order."""
    padded = np.pad(mask, 1)
    inside = padded[1:-1, 1:-1]
    sides = (  # in the order of _STEPS, each with the corner of the pixel that it starts from
        (inside & ~padded[:-2, 1:-1], 0, 0),
        (inside & ~padded[1:-1, 2:], 1, 0),
        (inside & ~padded[2:, 1:-1], 1, 1),
        (inside & ~padded[1:-1, :-2], 0, 1),
    )
    steps: dict[Step, None] = {}
    for direction, (side, dx, dy) in enumerate(sides):
        ys, xs = np.nonzero(side)
        for x, y in zip(xs.tolist(), ys.tolist(), strict=True):
            steps[x + dx, y + dy, direction] = None
    return steps
