"""Monte Carlo dropout that is alive at inference and the same every time (papers.md 2e.1).

The release draws its two samples with dropout that evaluation switches off, so that they never
differ. Here a sample is a network with some hidden units left out, the same ones at all points:
T samples of a linear head are then one product with T thinned copies of its weights, and an
answer does not depend on how the points were cut into chunks.
"""

from __future__ import annotations

import torch


def thinned_masks(
    samples: int, units: int, share: float, generator: torch.Generator
) -> torch.Tensor:
    """Which hidden units each of T samples keeps, scaled to the same mean: (T, units).

    Drawn on the CPU, so that every device gets the same.
    """
    kept = torch.rand(samples, units, generator=generator) >= share
    return kept / (1 - share)


def sampled_head(
    hidden: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, masks: torch.Tensor
) -> torch.Tensor:
    """Outputs (B, T, N) of a head with one output on hidden units (B, N, U).

    `weight` (B, U) and `bias` (B,) are of each object's own class, `masks` (T, U).
    """
    thinned = weight[:, None] * masks.to(weight)
    return thinned @ hidden.transpose(1, 2) + bias[:, None, None]


def variance_uncertainty(probabilities: torch.Tensor, mean: torch.Tensor) -> torch.Tensor:
    """Four times the variance of samples (B, T, N) about their mean (B, N), 0..1.

    Of numbers in 0..1 a variance is at most a quarter.
    """
    return 4 * (probabilities - mean[:, None]).square().mean(dim=1)


def margin_uncertainty(probability: torch.Tensor) -> torch.Tensor:
    """1 where the probability is 1/2, 0 where it is 0 or 1: the deterministic alternative."""
    return 1 - (2 * probability - 1).abs()
