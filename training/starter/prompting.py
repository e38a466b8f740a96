"""Simulated users: boxes drawn loosely or tightly, first clicks and corrective clicks.

All functions work on a batch of B objects; masks are (B, S, S) bool on any device.
Boxes are (B, 4) `x0, y0, x1, y1` with exclusive ends, points (B, P, 2) `x, y`.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from scipy import ndimage

BOX_LOOSENING = 0.25
TIGHT, NOT_LOOSE = 0.5, 0.75  # shares of the tight boxes, and of all but the too large ones


def tight_boxes(masks: torch.Tensor) -> torch.Tensor:
    """The smallest box around each non-empty mask."""
    columns, rows = masks.any(1).float(), masks.any(2).float()
    size = masks.shape[-1]
    x0, y0 = columns.argmax(1), rows.argmax(1)
    x1, y1 = size - columns.flip(1).argmax(1), size - rows.flip(1).argmax(1)
    return torch.stack([x0, y0, x1, y1], 1).float()


def drawn_boxes(masks: torch.Tensor) -> torch.Tensor:
    """Boxes as people draw them: most tight, some with every side off by up to a tenth either
    way, some with every side too far out by up to a quarter of the box.

    With fewer tight ones the network learns to shrink from a box that it cannot trust.
    """
    boxes = tight_boxes(masks)
    size = (boxes[:, 2:] - boxes[:, :2]).repeat(1, 2)
    outward = torch.tensor([-1.0, -1.0, 1.0, 1.0], device=boxes.device)
    jitter = (torch.rand_like(boxes) - 0.5) * 0.2 * size
    loosening = torch.rand_like(boxes) * BOX_LOOSENING * size * outward
    style = torch.rand(len(boxes), 1, device=boxes.device)
    drawn = (
        boxes + jitter * ((style > TIGHT) & (style <= NOT_LOOSE)) + loosening * (style > NOT_LOOSE)
    )
    return drawn.clamp(0, masks.shape[-1])


def random_pixels(masks: torch.Tensor) -> torch.Tensor:
    """One pixel (B, 2) drawn evenly from each mask; half of them from its eroded interior."""
    eroded = F.max_pool2d((~masks).float()[:, None], 7, stride=1, padding=3)[:, 0] == 0
    use_interior = eroded.flatten(1).any(1) & (torch.rand(len(masks), device=masks.device) < 0.5)
    allowed = torch.where(use_interior[:, None, None], eroded, masks)
    weights = allowed.flatten(1).float() + 1e-9
    index = torch.multinomial(weights, 1)[:, 0]
    size = masks.shape[-1]
    return torch.stack([index % size, index // size], 1).float()


def innermost_pixels(masks: torch.Tensor) -> torch.Tensor:
    """The pixel (B, 2) of each mask that is farthest from its outline."""
    depth = np.stack([ndimage.distance_transform_edt(m) for m in masks.cpu().numpy()])
    index = torch.from_numpy(depth.reshape(len(depth), -1).argmax(1))
    size = masks.shape[-1]
    return torch.stack([index % size, index // size], 1).float()


def corrective_clicks(predicted: torch.Tensor, masks: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """A click (B, 2) in what was missed or wrongly taken, with its label (B,) 1 or 0.

    Without an error the click confirms the object.
    """
    errors = predicted ^ masks
    none = ~errors.flatten(1).any(1)
    errors[none] = masks[none]
    points = random_pixels(errors)
    x, y = points.long().unbind(1)
    labels = masks[torch.arange(len(masks), device=masks.device), y, x]
    return points, labels.float()
