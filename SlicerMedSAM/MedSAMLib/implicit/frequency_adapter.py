"""The frequency adapter: what the spectrum tells, added to the tokens after every block.

Tokens of the spectrum come from the backbone's own frozen patch embedding. A narrow adapter a
block carries them on, and the block's output gets its share of them (papers.md 2a).
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from .config import ImplicitConfig

# The release adds half of the adapter's output, from the first step on.
RELEASED_STRENGTH = 0.5


class Bottleneck(nn.Module):
    """A residual adapter through a few channels, (B, g, g, C) -> (B, g, g, C)."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.down = nn.Linear(channels, width)
        self.up = nn.Linear(width, channels)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return tokens + self.up(functional.gelu(self.down(tokens)))


class FrequencyAdapter(nn.Module):
    """One bottleneck a block, each reading what the one before it gave.

    `strength` is how much of it a block's output gets: learnt, one number a block, from 0 on, so
    that an untrained adapter changes nothing. With `compat` it is fixed as released.
    """

    def __init__(self, channels: int, depth: int, config: ImplicitConfig) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            Bottleneck(channels, config.adapter_width) for _ in range(depth)
        )
        if config.compat:
            # A constant, no weight: it is not saved, and no optimizer sees it.
            strength = torch.full((depth,), RELEASED_STRENGTH)
            self.register_buffer("strength", strength, persistent=False)
        else:
            self.strength = nn.Parameter(torch.zeros(depth))

    def carry(self, number: int, tokens: torch.Tensor) -> torch.Tensor:
        """The spectrum's tokens after the adapter of a block.

        The release has a norm without training, fixed at the identity, before each adapter.
        """
        return self.blocks[number](functional.layer_norm(tokens, tokens.shape[-1:]))

    def share(self, number: int, tokens: torch.Tensor) -> torch.Tensor:
        """What the output of block `number` gets of the carried tokens."""
        return self.strength[number] * tokens
