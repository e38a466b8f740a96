"""Where a mask is cut, by how it fills the box that was drawn.

Trained with tight and with loose boxes, the network expects something between the two. How much of
the box its mask fills tells which one this is: one that is filled badly is loose, and what the
network adds in order to fill it is cut off again.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn import functional

FINER = 8  # parts of a pixel in which sides are measured


@dataclass(frozen=True)
class BoxFit:
    """How far the cut is raised, as `python -m training.starter.box_fit` chose it.

    filled: the intersection over union of the mask's bounding box with the drawn one from which
        on that is taken to be tight.
    loose: the one up to which the cut is raised by all of `raised`; less above it.
    raised: the most by which it is raised, in logits.
    """

    filled: float = 0.8
    loose: float = 0.6
    raised: float = 1.5


CHOSEN = BoxFit()
UNMOVED = BoxFit(raised=0.0)


def cut_by_box(
    logits: torch.Tensor, boxes: torch.Tensor, threshold: float, fit: BoxFit
) -> torch.Tensor:
    """Logits (B, C, h, w), each mask's lowered by a number so that `threshold` is where to cut it.

    boxes: (B, 4), x0 y0 x1 y1 in pixels of the logits, edges at whole numbers.
    """
    filled = box_overlap(logits, boxes, threshold)
    raised = fit.raised * ((fit.filled - filled) / (fit.filled - fit.loose)).clamp(0, 1)
    return logits - raised[..., None, None]


def box_overlap(logits: torch.Tensor, boxes: torch.Tensor, threshold: float) -> torch.Tensor:
    """Intersection over union (B, C) of the boxes with those around `logits > threshold`; 0 for an
    empty mask."""
    (x0, x1), (y0, y1) = (_span(logits.amax(axis).float(), threshold) for axis in (-2, -1))
    left, top, right, bottom = boxes.to(x0).T[:, :, None]
    width = torch.minimum(x1, right) - torch.maximum(x0, left)
    height = torch.minimum(y1, bottom) - torch.maximum(y0, top)
    shared = width.clamp(min=0) * height.clamp(min=0)
    union = (x1 - x0) * (y1 - y0) + (right - left) * (bottom - top) - shared
    return shared / union.clamp(min=1e-6)


def _span(profile: torch.Tensor, threshold: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Where what is above the threshold begins and ends in profiles (B, C, n), in pixels (B, C);
    0 and 0 for nothing."""
    above = functional.interpolate(profile, scale_factor=FINER, mode="linear") > threshold
    numbers = torch.arange(above.shape[-1], device=profile.device)
    first = torch.where(above, numbers, above.shape[-1]).amin(-1)
    last = torch.where(above, numbers + 1, 0).amax(-1)
    return torch.minimum(first, last) / FINER, last / FINER
