"""The network of the learned judge: what the object probably is, given image and segmentation.

It reads the backbone's frozen embedding and the segmentation and returns, for every pixel, the
probability that it belongs to what the segmentation was meant to be. The expected Dice follows
from that (`learned_judge.py`). In the spirit of EvanySeg (arXiv 2409.14874, see the spec's section
4), which regresses Dice from a crop; here the regression is explained by a map.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

CHANNELS = 256  # of a SAM embedding
FINENESS = 4  # pixels of the mask a token and side
WIDTH = 32
DILATIONS = (1, 2, 4, 1)
GROUPS = 4


class JudgeNetwork(nn.Module):
    """(B, 256, g, g) features and (B, 4g, 4g) mask shares -> logits (B, 4g, 4g), Dice (B,)."""

    def __init__(self) -> None:
        super().__init__()
        self.project = nn.Conv2d(CHANNELS, WIDTH, kernel_size=1)
        self.join = nn.Conv2d(WIDTH + FINENESS**2 + 3, WIDTH, kernel_size=1)
        self.blocks = nn.ModuleList(_Block(dilation) for dilation in DILATIONS)
        self.draw = nn.Conv2d(WIDTH, FINENESS**2, kernel_size=1)
        self.grade = nn.Sequential(nn.Linear(3 * WIDTH + 4, WIDTH), nn.GELU(), nn.Linear(WIDTH, 1))

    def forward(
        self, features: torch.Tensor, masks: torch.Tensor, inside: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """`inside` (B, 4g, 4g): 1 where the image is, 0 in the padding of the network's square."""
        projected = self.project(features)
        mask_tokens = F.pixel_unshuffle(masks[:, None], FINENESS)
        coarse = mask_tokens.mean(1, keepdim=True)
        valid = F.avg_pool2d(inside[:, None], FINENESS)
        likeness = _likeness(projected, coarse, valid)
        hidden = self.join(torch.cat([projected, mask_tokens, likeness, valid], dim=1))
        for block in self.blocks:
            hidden = block(hidden, coarse, valid)
        logits = F.pixel_shuffle(self.draw(hidden), FINENESS)[:, 0]
        return logits, self._grade(hidden, coarse, valid, logits, masks, inside)

    def _grade(self, hidden, coarse, valid, logits, masks, inside) -> torch.Tensor:
        """Dice in 0..1: the expected one, corrected by what the tokens in and around tell."""
        outside = (valid - coarse).clamp(min=0)
        border = coarse * (1 - coarse) + 1e-4
        pooled = [_pooled(hidden, weight) for weight in (coarse, border, outside)]
        expected = expected_dice(torch.sigmoid(logits) * inside, masks).clamp(1e-3, 1 - 1e-3)
        sizes = torch.stack([masks.mean((1, 2)), (torch.sigmoid(logits) * inside).mean((1, 2))], 1)
        facts = torch.cat(
            [torch.logit(expected)[:, None], (sizes + 1e-4).log(), expected[:, None]], 1
        )
        correction = self.grade(torch.cat([*pooled, facts], dim=1))[:, 0]
        return torch.sigmoid(torch.logit(expected) + correction)


class _Block(nn.Module):
    """A dilated convolution that also hears what lies in and outside the mask on the whole."""

    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(GROUPS, WIDTH)
        self.near = nn.Conv2d(WIDTH, WIDTH, 3, padding=dilation, dilation=dilation)
        self.whole = nn.Linear(2 * WIDTH, WIDTH)
        self.out = nn.Conv2d(WIDTH, WIDTH, kernel_size=1)

    def forward(self, x: torch.Tensor, coarse: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
        normed = self.norm(x)
        summary = torch.cat([_pooled(normed, coarse), _pooled(normed, valid - coarse)], dim=1)
        hidden = self.near(normed) + self.whole(summary)[:, :, None, None]
        return x + self.out(F.gelu(hidden))


def expected_dice(probability: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
    """2 sum(p m) / (sum p + sum m) over the last two axes: Soft Dice Confidence's formula."""
    common = (probability * masks).sum((-2, -1))
    return (2 * common + 1e-6) / (probability.sum((-2, -1)) + masks.sum((-2, -1)) + 1e-6)


def _likeness(features: torch.Tensor, coarse: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
    """Cosine of each token with the mean inside and with the mean outside, (B, 2, g, g)."""
    means = [_pooled(features, weight) for weight in (coarse, valid - coarse)]
    return torch.stack(
        [F.cosine_similarity(features, mean[:, :, None, None], dim=1) for mean in means], dim=1
    )


def _pooled(features: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Weighted mean over the tokens, (B, C)."""
    total = weights.sum((2, 3)).clamp(min=1e-3)
    return (features * weights).sum((2, 3)) / total
