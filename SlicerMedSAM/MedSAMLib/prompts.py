"""What a user points at (a box, points, an earlier mask), and prompts derived from a mask."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy

from .errors import UsageError


@dataclass(frozen=True, eq=False)
class Prompts:
    """The prompts for one object, in pixels of the image; several objects are several Prompts.

    box: (x0, y0, x1, y1), ends exclusive. points: (P, 2) as (x, y), pixel centers at integers.
    labels: (P,), 1 foreground, 0 background. mask: (H, W) bool, or logits (h, w) as a model
    returned them.
    """

    box: np.ndarray | None = None
    points: np.ndarray | None = None
    labels: np.ndarray | None = None
    mask: np.ndarray | None = None

    def validated(self, shape: tuple[int, int]) -> Prompts:
        """These prompts as arrays, the box clipped to the image of `shape` (H, W).

        Numbers that lie inside the image are kept as they are. UsageError for prompts that mean
        nothing: none at all, a box outside the image, inverted, or of zero area, points outside,
        labels other than 0 and 1, a mask of another shape, NaN.
        """
        if self.box is None and self.points is None and self.mask is None:
            raise UsageError("No prompt was given: give a box, at least one point, or a mask.")
        points, labels = _checked_points(self.points, self.labels, shape)
        box = None if self.box is None else clipped_box(self.box, shape)
        mask = None if self.mask is None else _checked_mask(self.mask, shape)
        return replace(self, box=box, points=points, labels=labels, mask=mask)


def clipped_box(box: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The box (4,) cut to the image of `shape` (H, W); UsageError if nothing of it is inside."""
    box = _numbers(box, "The box")
    if box.shape != (4,):
        raise UsageError("A box is four numbers: x0 y0 x1 y1.")
    x0, y0, x1, y1 = box
    if x1 < x0 or y1 < y0:
        raise UsageError(f"The box {_text(box)} is inverted: x0 y0 is its upper left corner.")
    if x1 == x0 or y1 == y0:
        raise UsageError(f"The box {_text(box)} has no area.")
    height, width = shape
    if x0 >= width or y0 >= height or x1 <= 0 or y1 <= 0:
        raise UsageError(
            f"The box {_text(box)} is outside the image, which is {width} x {height} pixels."
        )
    return np.array([max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)])


def tight_box(mask: np.ndarray) -> np.ndarray:
    """The smallest box (4,) around the true pixels of a mask (H, W)."""
    mask = _object(mask)
    ys, xs = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return np.array([xs[0], ys[0], xs[-1] + 1, ys[-1] + 1], dtype=np.float64)


def loosened_box(box: np.ndarray, fraction: float, shape: tuple[int, int]) -> np.ndarray:
    """The box with every side moved outward by `fraction` of the box's extent, clipped."""
    box = _numbers(box, "The box")
    x_step, y_step = fraction * (box[2:] - box[:2])
    return clipped_box(box + [-x_step, -y_step, x_step, y_step], shape)


def jittered_box(
    mask_or_box: np.ndarray, fraction: float, rng: np.random.Generator, shape: tuple[int, int]
) -> np.ndarray:
    """A box as a hurried user draws it: every side moved at random, inward or outward.

    Each side moves by a uniform share, up to `fraction` (0 to 0.5), of the box's extent across
    it. The box stays in the image of `shape` (H, W) and keeps at least one pixel of extent
    (where it had one).
    """
    given = np.asarray(mask_or_box)
    box = tight_box(given) if given.ndim == 2 else clipped_box(given, shape)
    extent = box[2:] - box[:2]
    height, width = shape
    moved = box + rng.uniform(-fraction, fraction, size=4) * np.tile(extent, 2)
    moved = moved.clip(0, [width, height, width, height])
    too_small = moved[2:] - moved[:2] < np.minimum(extent, 1)
    return np.where(np.tile(too_small, 2), box, moved)


def center_of_mass(mask: np.ndarray) -> np.ndarray:
    """The mean (x, y) of the true pixels; of a bent object it may lie beside the object."""
    y, x = scipy.ndimage.center_of_mass(_object(mask))
    return np.array([x, y])


def most_interior_point(mask: np.ndarray) -> np.ndarray:
    """The (x, y) of the true pixel that is farthest from the object's border.

    The image's edge counts as border, so an object that is cut by it is clicked inside.
    """
    mask = _object(mask)
    depth = scipy.ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    y, x = np.unravel_index(np.argmax(depth), mask.shape)
    return np.array([x, y], dtype=np.float64)


def _checked_points(
    points: np.ndarray | None, labels: np.ndarray | None, shape: tuple[int, int]
) -> tuple[np.ndarray | None, np.ndarray | None]:
    if points is None:
        if labels is not None:
            raise UsageError("Point labels were given without points.")
        return None, None
    points = _numbers(points, "A point")
    if points.ndim != 2 or points.shape[1] != 2 or len(points) == 0:
        raise UsageError("Points are pairs of numbers: x y.")
    labels = np.asarray([] if labels is None else labels)
    if labels.shape != (len(points),) or not np.isin(labels, (0, 1)).all():
        raise UsageError("Every point needs a label: 1 for foreground or 0 for background.")
    height, width = shape
    outside = ((points < -0.5) | (points > (width - 0.5, height - 0.5))).any(axis=1)
    if outside.any():
        raise UsageError(
            f"The point {_text(points[outside][0])} is outside the image, "
            f"which is {width} x {height} pixels."
        )
    return points, labels.astype(np.int64)


def _checked_mask(mask: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    mask = np.asarray(mask)
    if mask.dtype == bool and mask.shape != tuple(shape):
        raise UsageError(f"The mask has the shape {mask.shape}, the image {tuple(shape)}.")
    if mask.dtype != bool and (mask.ndim != 2 or not np.isfinite(mask).all()):
        raise UsageError("Mask logits must be a 2-D array of finite numbers.")
    return mask


def _numbers(values: np.ndarray, what: str) -> np.ndarray:
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise UsageError(f"{what} must be made of numbers.") from None
    if not np.isfinite(array).all():
        raise UsageError(f"{what} has a number that is not finite.")
    return array


def _object(mask: np.ndarray) -> np.ndarray:
    mask = np.asarray(mask).astype(bool)
    if mask.ndim != 2:
        raise UsageError(f"The mask must be 2-D; its shape is {mask.shape}.")
    if not mask.any():
        raise UsageError("The mask is empty: there is no object to derive a prompt from.")
    return mask


def _text(numbers: np.ndarray) -> str:
    return "(" + ", ".join(f"{number:g}" for number in numbers) + ")"
