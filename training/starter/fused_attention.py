"""Attention of a network in training by PyTorch's fused kernel, which also has its gradient.

`segment_anything` builds the matrix of attention weights and keeps it for the way back: of eight
views and six heads 100 MB a block. The numbers are the same to rounding; the weights are shared.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from MedSAMLib.sam.backbone import ImageEncoderViT


def fuse_attention(encoder: ImageEncoderViT) -> None:
    """Let every block of `encoder` attend by the fused kernel from now on.

    ValueError for blocks with relative positions, which the kernel has no gradient for.
    """
    for block in encoder.blocks:
        if block.attn.use_rel_pos:
            raise ValueError("Attention with relative positions cannot be fused for training.")
        block.attn = FusedAttention(block.attn)


class FusedAttention(nn.Module):
    """The attention `layers` on tokens (B, H, W, C) -> the same; parameters keep their names."""

    def __init__(self, layers: nn.Module) -> None:
        super().__init__()
        self.num_heads = layers.num_heads
        self.use_rel_pos = False
        self.qkv, self.proj = layers.qkv, layers.proj

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        count, height, width, channels = tokens.shape
        projected = self.qkv(tokens).view(count, height * width, 3, self.num_heads, -1)
        query, key, value = projected.permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(query, key, value)
        return self.proj(mixed.transpose(1, 2).reshape(count, height, width, channels))
