"""What the embedding must tell by itself, without prompt and decoder.

Trained through the decoder alone, the encoder of a network that sees its prompts collapses: the
mean shape of an object in its box is learnt within a hundred steps, the image is noise until
then and is suppressed. Two linear heads, thrown away afterwards, keep it alive: the embedding must
reconstruct the image, and the pixels of an object must resemble each other more than their
surroundings.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

FINENESS = 4  # pixels of the targets a token and side
FEATURES = 32
SURROUNDINGS = 9  # pixels of the targets by which an object's neighborhood exceeds it


class AuxiliaryHeads(nn.Module):
    """Losses of the embedding (B, C, g, g) against image and objects at 4g x 4g pixels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.reconstruct = nn.Conv2d(channels, 3 * FINENESS**2, kernel_size=1)
        self.project = nn.Conv2d(channels, FEATURES * FINENESS**2, kernel_size=1)
        self.scale = nn.Parameter(torch.tensor(8.0))
        self.threshold = nn.Parameter(torch.tensor(0.5))

    def forward(
        self, embeddings: torch.Tensor, images: torch.Tensor, targets: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        """`images` (B, 3, 8g, 8g) normalised, `targets` (B, N, 4g, 4g) soft in 0..1."""
        small = F.avg_pool2d(images, 2)
        seen = F.pixel_shuffle(self.reconstruct(embeddings), FINENESS)
        features = F.pixel_shuffle(self.project(embeddings), FINENESS).float()
        return {
            "reconstruction": F.smooth_l1_loss(seen.float(), small),
            "contrast": self.contrast(features, targets),
        }

    def contrast(self, features: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Cross-entropy of telling an object from its surroundings by its mean feature.

        `features` (B, F, h, w), `targets` (B, N, h, w). Object and surroundings count alike.
        """
        features = F.normalize(features, dim=1)
        prototypes = F.normalize(torch.einsum("bchw,bnhw->bnc", features, targets), dim=-1)
        likeness = torch.einsum("bnc,bchw->bnhw", prototypes, features)
        logits = self.scale * (likeness - self.threshold)
        entropy = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
        inside = (targets > 0.5).float()
        around = F.max_pool2d(inside, 2 * SURROUNDINGS + 1, stride=1, padding=SURROUNDINGS) - inside
        return (_mean(entropy, inside) + _mean(entropy, around)) / 2


def _mean(values: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    sums = (values * weights).flatten(2).sum(2)
    return (sums / weights.flatten(2).sum(2).clamp(min=1)).mean()
