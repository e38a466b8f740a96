"""Cross-entropy and Dice over the positions of an object (papers.md 2a)."""

from __future__ import annotations

import torch
import torch.nn.functional as F

SMOOTH = 1e-5
# The paper's shares; the release says .8 and .2, but its cross-entropy is always zero (2e.7).
DICE_SHARE, ENTROPY_SHARE = 0.5, 0.5
RELEASED_DICE_SHARE = 0.8


def dice_loss(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Soft Dice loss with squared denominators an object, (B, N) -> (B,)."""
    p = logits.sigmoid()
    overlap = (p * truth).sum(-1)
    sizes = p.square().sum(-1) + truth.square().sum(-1)
    return 1 - (2 * overlap + SMOOTH) / (sizes + SMOOTH)


def point_loss(logits: torch.Tensor, truth: torch.Tensor, compat: bool = False) -> torch.Tensor:
    """0.5 cross-entropy + 0.5 Dice, a mean over the objects; `compat`: as the release trains."""
    logits = logits.float()
    dice = dice_loss(logits, truth).mean()
    if compat:
        return RELEASED_DICE_SHARE * dice
    entropy = F.binary_cross_entropy_with_logits(logits, truth)
    return DICE_SHARE * dice + ENTROPY_SHARE * entropy


def fine_weight(fraction: float, coarse_until: float, coarse_floor: float = 0.0) -> float:
    """How much the fine answer counts at a `fraction` of the run; the coarse one has the rest.

    The release lets the coarse weight go to nothing. The coarse answer is then free to be wrong
    wherever it is refined, which is the whole object if that is small, and useless by itself and
    for other shares; `coarse_floor` keeps some of its weight.
    """
    most = 1.0 - coarse_floor
    return min(most, most * fraction / coarse_until) if coarse_until else most
