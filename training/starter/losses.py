"""Mask and quality losses of the starter model."""

from __future__ import annotations

import torch
import torch.nn.functional as F

SMOOTH_PIXELS = 16.0  # keeps the loss of a few-pixel object from jumping
# Added to the size by which the cross-entropy is divided: without it the smallest objects
# outweigh all others, most so in the first steps.
LEAST_SIZE = 1000.0


def dice_loss(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Soft Dice loss a mask, (..., h, w) -> (...); targets may be soft, in 0..1."""
    p = logits.sigmoid().flatten(-2)
    t = targets.flatten(-2)
    overlap = (p * t).sum(-1)
    return 1 - (2 * overlap + SMOOTH_PIXELS) / (p.sum(-1) + t.sum(-1) + SMOOTH_PIXELS)


def boundary_cross_entropy(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Cross-entropy a mask, (..., h, w) -> (...), summed and divided by the object's size.

    An average over the picture would leave a small object without weight.
    """
    entropy = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    area = targets.flatten(-2).sum(-1)
    return entropy.flatten(-2).sum(-1) / (2 * area + LEAST_SIZE)


def mask_loss(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Dice plus object-sized cross-entropy a mask, (..., h, w) -> (...)."""
    return dice_loss(logits, targets) + 0.5 * boundary_cross_entropy(logits, targets)


@torch.no_grad()
def true_iou(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """IoU of the thresholded masks, what the quality head learns to predict."""
    p, t = logits > 0, targets > 0.5
    union = (p | t).flatten(-2).sum(-1)
    return (p & t).flatten(-2).sum(-1) / union.clamp(min=1)


def starter_loss(
    logits: torch.Tensor, quality: torch.Tensor, targets: torch.Tensor
) -> dict[str, torch.Tensor]:
    """Loss terms, each a mean over the batch.

    `logits` (B, 4, h, w) with the single mask first, `quality` (B, 4), `targets` (B, h, w) soft.
    The three alternative masks are trained by the best of them only (Kirillov 2023, section 3),
    with a little for the others so that none dies.
    """
    targets = targets[:, None].expand_as(logits)
    losses = mask_loss(logits, targets)
    alternatives = losses[:, 1:]
    best = alternatives.min(1).values
    return {
        "single": losses[:, 0].mean(),
        "best_of_three": (0.9 * best + 0.1 * alternatives.mean(1)).mean(),
        "quality": F.mse_loss(quality, true_iou(logits, targets).to(quality.dtype)),
    }
