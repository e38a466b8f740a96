"""From prompts in pixels of the image to what SAM's prompt encoder takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from ..errors import UsageError
from .backbone import ResizeLongestSide

# A mask of pixels becomes logits of this probability: sure, but within the range of the logits
# that the network itself returns and was trained to read.
MASK_PROBABILITY = 0.999


@dataclass(frozen=True)
class NetworkFrame:
    """How an image of `original_size` (H, W) lies in the network's square input.

    It is scaled to `input_size` (h, w), at the upper left of a square of `image_size` pixels;
    low-resolution masks cover that square with `mask_size` pixels a side.
    """

    original_size: tuple[int, int]
    input_size: tuple[int, int]
    image_size: int
    mask_size: int


@dataclass(frozen=True)
class PromptTensors:
    """B prompts for one image in the network's frame; kinds that were not given are None.

    boxes (B, 4), points (B, P, 2) with labels (B, P), masks (B, 1, h, w). `is_batch` is False
    where the caller gave one prompt without a batch axis.
    """

    boxes: torch.Tensor | None
    points: torch.Tensor | None
    labels: torch.Tensor | None
    masks: torch.Tensor | None
    is_batch: bool

    def __len__(self) -> int:
        return len(next(t for t in (self.boxes, self.points, self.masks) if t is not None))

    def part(self, start: int, stop: int, device: torch.device) -> dict:
        """The arguments of SAM's prompt encoder for the prompts from `start` to `stop`."""

        def cut(tensor: torch.Tensor | None) -> torch.Tensor | None:
            return None if tensor is None else tensor[start:stop].to(device)

        points = None if self.points is None else (cut(self.points), cut(self.labels))
        return {"points": points, "boxes": cut(self.boxes), "masks": cut(self.masks)}


def prompt_tensors(
    frame: NetworkFrame,
    box: np.ndarray | None = None,
    points: np.ndarray | None = None,
    labels: np.ndarray | None = None,
    mask: np.ndarray | None = None,
) -> PromptTensors:
    """Check and convert the prompts of `SamModel.segment`; UsageError for what means nothing."""
    boxes = None if box is None else _checked_boxes(box, frame)
    points, labels = _checked_points(points, labels)
    masks = None if mask is None else _mask_logits(mask, frame)
    is_batch = _is_batch(boxes, points, masks)
    if not is_batch:
        boxes, points, labels = (a if a is None else a[None] for a in (boxes, points, labels))
        masks = masks[None] if masks is not None and masks.ndim == 2 else masks
    _check_counts(boxes, points, masks, is_batch)
    scale = ResizeLongestSide(frame.image_size)
    return PromptTensors(
        boxes=_tensor(boxes, scale.apply_boxes, frame, torch.float32),
        points=_tensor(points, scale.apply_coords, frame, torch.float32),
        labels=None if labels is None else torch.as_tensor(labels, dtype=torch.int32),
        masks=None if masks is None else masks[:, None],
        is_batch=is_batch,
    )


def _tensor(array, to_network, frame: NetworkFrame, dtype: torch.dtype) -> torch.Tensor | None:
    if array is None:
        return None
    return torch.as_tensor(to_network(array, frame.original_size), dtype=dtype)


def _checked_boxes(box: np.ndarray, frame: NetworkFrame) -> np.ndarray:
    """(4,) or (B, 4); numbers are kept as they are, so that results equal SamPredictor's."""
    boxes = _numbers(box, "A box")
    if boxes.ndim not in (1, 2) or boxes.shape[-1] != 4:
        raise UsageError("A box is four numbers: x0 y0 x1 y1.")
    height, width = frame.original_size
    x0, y0, x1, y1 = np.moveaxis(boxes, -1, 0)
    if np.any((x1 <= x0) | (y1 <= y0)):
        raise UsageError("A box is inverted or has no area: it must have x0 < x1 and y0 < y1.")
    if np.any((x0 >= width) | (y0 >= height) | (x1 <= 0) | (y1 <= 0)):
        raise UsageError(f"A box is outside the image, which is {width} x {height} pixels.")
    return boxes


def _checked_points(points, labels) -> tuple[np.ndarray | None, np.ndarray | None]:
    """(P, 2) with (P,), or (B, P, 2) with (B, P); (None, None) without points."""
    if points is None or np.size(points) == 0:
        if labels is not None and np.size(labels):
            raise UsageError("Point labels were given without points.")
        return None, None
    points = _numbers(points, "A point")
    if points.ndim not in (2, 3) or points.shape[-1] != 2:
        raise UsageError("Points are pairs of numbers: x y.")
    labels = np.asarray([] if labels is None else labels)
    if labels.shape != points.shape[:-1] or not np.isin(labels, (0, 1)).all():
        raise UsageError("Every point needs a label: 1 for foreground or 0 for background.")
    return points, labels.astype(np.int32)


def _mask_logits(mask: np.ndarray, frame: NetworkFrame) -> torch.Tensor:
    """(h, w) or (B, h, w) float32: logits as they are, pixels (H, W) turned into logits."""
    mask = np.asarray(mask)
    is_logits = np.issubdtype(mask.dtype, np.floating)
    expected = (frame.mask_size, frame.mask_size) if is_logits else tuple(frame.original_size)
    if mask.ndim not in (2, 3) or mask.shape[-2:] != expected:
        kind = "Mask logits" if is_logits else "A mask"
        raise UsageError(f"{kind} must have the shape {expected}, not {mask.shape}.")
    if not is_logits:
        return _logits_of_pixels(torch.as_tensor(mask != 0), frame)
    if not np.isfinite(mask).all():
        raise UsageError("Mask logits must be finite numbers.")
    return torch.as_tensor(mask, dtype=torch.float32)


def _logits_of_pixels(mask: torch.Tensor, frame: NetworkFrame) -> torch.Tensor:
    """Logits of a bool mask (..., H, W), carried through the same frame as the image."""
    share = mask.reshape(-1, 1, *frame.original_size).float()
    share = functional.interpolate(share, frame.input_size, mode="bilinear", antialias=True)
    height, width = frame.input_size
    share = functional.pad(share, (0, frame.image_size - width, 0, frame.image_size - height))
    share = functional.interpolate(share, (frame.mask_size, frame.mask_size), mode="area")
    logits = torch.logit(share.clamp(1 - MASK_PROBABILITY, MASK_PROBABILITY))
    return logits.reshape(*mask.shape[:-2], frame.mask_size, frame.mask_size)


def _is_batch(boxes, points, masks) -> bool:
    """Whether the prompts have a batch axis; boxes and points decide before a mask."""
    axes = [a.ndim == rank for a, rank in ((boxes, 2), (points, 3)) if a is not None]
    if not axes and masks is None:
        raise UsageError("No prompt was given: give a box, at least one point, or a mask.")
    if len(set(axes)) > 1:
        raise UsageError("Give boxes and points either both for one object or both for a batch.")
    return axes[0] if axes else masks.ndim == 3


def _check_counts(boxes, points, masks, is_batch: bool) -> None:
    given = {"boxes": boxes, "sets of points": points, "masks": masks}
    counts = {kind: len(a) for kind, a in given.items() if a is not None}
    if 0 in counts.values():
        raise UsageError("The batch of prompts is empty.")
    if len(set(counts.values())) > 1 or (is_batch and masks is not None and masks.ndim == 2):
        told = " and ".join(f"{count} {kind}" for kind, count in counts.items())
        raise UsageError(f"The prompts of a batch must be equally many, not {told}.")


def _numbers(values: np.ndarray, what: str) -> np.ndarray:
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise UsageError(f"{what} must be made of numbers.") from None
    if not np.isfinite(array).all():
        raise UsageError(f"{what} has a number that is not finite.")
    return array
