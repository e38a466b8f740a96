"""Small pictures of the slice around the object, with the outline of a mask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy

from MedSAMLib.images import to_uint8
from MedSAMLib.prompts import tight_box

from ..session.ports import SliceImage

_MARGIN = 0.12  # of the object's extent, on every side
_LEAST_PIXELS = 24.0  # of a tiny object something of its surroundings is shown, too
_FILL = 0.25
_LINE = 2  # pixels of the picture
_BADGE = 20
# A check mark in a unit square: its corners, x to the right and y down.
_CHECK = np.array([(0.2, 0.55), (0.42, 0.78), (0.82, 0.25)])
_CHECK_WIDTH = 0.1


@dataclass(frozen=True)
class Crop:
    """A part of a slice that becomes a square picture.

    center: (x, y) in pixels. extent: its side, in units of the smaller pixel spacing.
    step: pixels (along x, along y) for one of these units.
    """

    center: tuple[float, float]
    extent: float
    step: tuple[float, float]

    def pixels(self, size: int) -> np.ndarray:
        """(2, size, size): row and column in the slice of every pixel of the picture."""
        places = (np.arange(size) + 0.5) / size - 0.5
        x = self.center[0] + places * self.extent * self.step[0]
        y = self.center[1] + places * self.extent * self.step[1]
        return np.stack(np.meshgrid(y, x, indexing="ij"))


def crop_around(
    masks: Iterable[np.ndarray], box: np.ndarray | None, spacing: tuple[float, float]
) -> Crop:
    """Where all masks (H, W) and the box are seen whole; spacing: mm along x and y."""
    masks = list(masks)
    boxes = [tight_box(mask) for mask in masks if mask.any()]
    if box is not None:
        boxes.append(np.asarray(box, float))
    if not boxes:
        height, width = masks[0].shape
        boxes = [np.array([0.0, 0.0, width, height])]
    boxes = np.array(boxes)
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    unit = np.array(spacing) / min(spacing)
    extent = max(float(((high - low) * unit).max()) * (1 + 2 * _MARGIN), _LEAST_PIXELS)
    x, y = (low + high - 1) / 2
    return Crop((float(x), float(y)), extent, tuple((1 / unit).tolist()))


def gray_picture(image: SliceImage, crop: Crop, size: int) -> np.ndarray:
    """The crop as the views show it, (size, size, 3) uint8; black beside the slice."""
    pixels = to_uint8(image.pixels, image.window)
    channels = [pixels] * 3 if pixels.ndim == 2 else [pixels[..., n] for n in range(3)]
    places = crop.pixels(size)
    first = scipy.ndimage.map_coordinates(channels[0], places, order=1, mode="constant")
    if pixels.ndim == 2:
        return np.stack([first] * 3, axis=-1)
    rest = [
        scipy.ndimage.map_coordinates(c, places, order=1, mode="constant") for c in channels[1:]
    ]
    return np.stack([first, *rest], axis=-1)


def with_mask(
    picture: np.ndarray, mask: np.ndarray, crop: Crop, color: tuple[float, float, float]
) -> np.ndarray:
    """A gray picture (S, S, 3) with a mask (H, W) of its slice: a light fill and a line."""
    places = crop.pixels(len(picture))
    smooth = scipy.ndimage.map_coordinates(
        mask.astype(np.float32), places, order=1, mode="constant"
    )
    inside = smooth > 0.5
    edge = inside & ~scipy.ndimage.binary_erosion(inside, iterations=_LINE)
    paint = 255 * np.array(color)
    drawn = picture.astype(np.float32)
    drawn[inside] += _FILL * (paint - drawn[inside])
    drawn[edge] = paint
    return drawn.astype(np.uint8)


def with_badge(picture: np.ndarray) -> np.ndarray:
    """A picture (S, S, 3) with a white square and a check mark in it, for what is marked."""
    drawn = picture.copy()
    places = (np.arange(_BADGE) + 0.5) / _BADGE
    x, y = np.meshgrid(places, places)
    points = np.stack([x, y], axis=-1)
    near = np.zeros((_BADGE, _BADGE), bool)
    for start, end in pairwise(_CHECK):
        along = end - start
        share = np.clip((points - start) @ along / (along @ along), 0, 1)
        near |= np.linalg.norm(points - start - share[..., None] * along, axis=-1) < _CHECK_WIDTH
    drawn[:_BADGE, :_BADGE] = np.where(near[..., None], 0, 255)
    return drawn
