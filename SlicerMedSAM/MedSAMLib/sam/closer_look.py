"""A second look at an object, from close by.

The starter sees any image at 256 pixels: in a CT slice of 512 a lesion of 12 is less than one token
wide. Once the prompts, or a first mask, tell where the object is, a square of the image around it
is embedded by itself and asked with the same prompts; the answer is put back in its place. Only
networks that were trained on such views look so; SAM sees 1,024 pixels and needs it less.

A small object is shown with much around it, a larger one with less, and its mirror image is asked
as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from .embedding import Embedding, Masks
from .prompt_tensors import NetworkFrame

Prompted = tuple[np.ndarray | None, np.ndarray | None, np.ndarray | None, np.ndarray | None]
Extent = tuple[float, float, float, float]  # x0 y0 x1 y1

CONTEXT = 4.0  # side of the square, in a small object's own
LARGER_CONTEXT = 2.5  # in a larger one's
LEAST_SIDE = 16  # pixels
# The square's side is one of these to the power of n, its corner a multiple of a share of it: a box
# that is dragged a little, or one click more, finds its embedding made.
SIDE_STEP = 1.2
CORNER_SHARE = 0.125
OUTSIDE = -12.0  # the logit of what lies outside the square: surely not the object


@dataclass(frozen=True)
class Crop:
    """A rectangle of an image in whole pixels, ends exclusive."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def shape(self) -> tuple[int, int]:
        """(h, w)."""
        return self.y1 - self.y0, self.x1 - self.x0

    def of(self, array: np.ndarray) -> np.ndarray:
        """The part of an image or mask (H, W[, C])."""
        return np.ascontiguousarray(array[self.y0 : self.y1, self.x0 : self.x1])

    def boxes(self, boxes: np.ndarray | None) -> np.ndarray | None:
        """Boxes (..., 4) in the crop's pixels."""
        corner = np.array([self.x0, self.y0])
        return None if boxes is None else np.asarray(boxes) - np.tile(corner, 2)

    def points(self, points: np.ndarray | None) -> np.ndarray | None:
        """Points (..., 2) in the crop's pixels."""
        return None if points is None else np.asarray(points) - np.array([self.x0, self.y0])

    def mask(self, mask: np.ndarray | None, frame: NetworkFrame) -> np.ndarray | None:
        """A mask prompt, pixels (..., H, W) or logits (..., h, w) of the whole image's frame."""
        if mask is None:
            return None
        mask = np.asarray(mask)
        if np.issubdtype(mask.dtype, np.floating):
            return cropped_logits(mask, frame, self)
        return mask[..., self.y0 : self.y1, self.x0 : self.x1]


@dataclass(frozen=True, eq=False)
class Nearer:
    """A part of an image, its embedding, and the prompts (box, points, labels, mask) in it.

    mirrored: the embedding of its mirror image, where that is asked as well.
    """

    crop: Crop
    embedding: Embedding
    prompts: Prompted
    mirrored: Embedding | None = None

    def in_whole(self, frame: NetworkFrame, found: Masks) -> Masks:
        """What was found in the part, in the whole image and its `frame`."""
        if self.crop.shape == frame.original_size:
            return found
        return Masks(
            whole_masks(found.masks, frame.original_size, self.crop),
            whole_logits(found.logits, frame, self.crop),
            found.scores,
        )


def extent_of(
    box: np.ndarray | None,
    points: np.ndarray | None,
    masks: np.ndarray | None,
) -> Extent | None:
    """The rectangle x0 y0 x1 y1 around boxes (..., 4), points (..., 2) and masks (..., H, W) bool;
    None if there is nothing."""
    corners = []
    if box is not None:
        corners.append(np.asarray(box, dtype=float).reshape(-1, 2))
    if points is not None and np.size(points):
        points = np.asarray(points, dtype=float).reshape(-1, 2)
        corners += [points, points + 1]
    if masks is not None:
        seen = masks.reshape(-1, *masks.shape[-2:]).any(0)
        rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
        if len(rows):
            corners.append(np.array([[columns[0], rows[0]], [columns[-1] + 1, rows[-1] + 1]]))
    if not corners:
        return None
    every = np.concatenate(corners)
    return (*every.min(0), *every.max(0))


def crop_around(extent: Extent, shape: tuple[int, int], share: float) -> Crop | None:
    """The square to look at, cut to the image (H, W); None for an object that is not small."""
    return square_around(extent, shape, CONTEXT) if is_small(extent, shape, share) else None


def is_small(extent: Extent, shape: tuple[int, int], share: float) -> bool:
    """Whether its longer side is less than `share` of the image's (H, W)."""
    return longer_side(extent) < share * max(shape)


def square_around(extent: Extent, shape: tuple[int, int], context: float) -> Crop:
    """A square `context` times as long as what is in it, cut to the image (H, W)."""
    x0, y0, x1, y1 = extent
    wanted = max(context * longer_side(extent), LEAST_SIDE)
    side = SIDE_STEP ** np.ceil(np.log(wanted) / np.log(SIDE_STEP))
    step = max(1.0, CORNER_SHARE * side)
    (top, bottom), (left, right) = (
        _edges((low + high) / 2, side, step, size)
        for low, high, size in ((y0, y1, shape[0]), (x0, x1, shape[1]))
    )
    return Crop(left, top, right, bottom)


def longer_side(extent: Extent) -> float:
    """In pixels."""
    x0, y0, x1, y1 = extent
    return max(x1 - x0, y1 - y0)


def _edges(center: float, side: float, step: float, size: int) -> tuple[int, int]:
    """Where a side about `center` begins and ends, moved into 0..size."""
    low = round((center - side / 2) / step) * step
    low = min(max(low, 0), max(size - side, 0))
    return round(low), min(size, round(low + side))


def cropped_logits(logits: np.ndarray, frame: NetworkFrame, crop: Crop) -> np.ndarray:
    """Logits (..., h, w) of the whole image, as they are in the frame of a crop's embedding."""
    whole, part = max(frame.original_size), max(crop.shape)
    steps = (np.arange(frame.mask_size) + 0.5) * part / whole
    x, y = (steps + corner / whole * frame.mask_size for corner in (crop.x0, crop.y0))
    return _sampled(logits, x, y)


def whole_logits(logits: np.ndarray, frame: NetworkFrame, crop: Crop) -> np.ndarray:
    """Logits (..., h, w) of a crop in the frame of the whole image; OUTSIDE around the crop."""
    whole, part = max(frame.original_size), max(crop.shape)
    steps = (np.arange(frame.mask_size) + 0.5) * whole / part
    x, y = (steps - corner / part * frame.mask_size for corner in (crop.x0, crop.y0))
    height, width = (frame.mask_size * side / part for side in crop.shape)
    inside = ((y > 0) & (y < height))[:, None] & ((x > 0) & (x < width))
    return np.where(inside, _sampled(logits, x, y), np.float32(OUTSIDE))


def whole_masks(masks: np.ndarray, shape: tuple[int, int], crop: Crop) -> np.ndarray:
    """Masks (..., h, w) bool of a crop in the image (H, W), empty around it."""
    whole = np.zeros((*masks.shape[:-2], *shape), dtype=bool)
    whole[..., crop.y0 : crop.y1, crop.x0 : crop.x1] = masks
    return whole


def _sampled(logits: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Bilinear samples at pixel positions x, y (edges at whole numbers): (..., len(y), len(x))."""
    height, width = logits.shape[-2:]
    grid_x, grid_y = (
        torch.as_tensor(2 * place / size - 1, dtype=torch.float32)
        for place, size in ((x, width), (y, height))
    )
    grid = torch.stack(torch.meshgrid(grid_x, grid_y, indexing="xy"), dim=-1)[None]
    values = torch.as_tensor(logits, dtype=torch.float32).reshape(1, -1, height, width)
    found = functional.grid_sample(values, grid, padding_mode="border", align_corners=False)
    return found.reshape(*logits.shape[:-2], len(y), len(x)).numpy()
