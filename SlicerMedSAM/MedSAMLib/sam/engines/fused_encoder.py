"""SAM's image encoder by fewer operations, in PyTorch.

`segment_anything` builds the whole matrix of attention weights, and the bias of the relative
positions beside it: 800 MB each in a global block of ViT-B. Here they are made for a few rows of
queries at a time; linear layers are oneDNN's; and windows that reach beyond the image are padded
after the projection, where padding is a constant, so that no token is projected for nothing.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import nn

from ..backbone import ImageEncoderViT, get_rel_pos, window_partition, window_unpartition
from .attention import Heads, attended
from .onednn import linear, linear_gelu

Size = tuple[int, int]
Module = TypeVar("Module", bound=nn.Module)
Told = Callable[[float], None]


class FusedEncoder:
    """`encoder`'s features (B, 256, g, g) float32 of normalized images (B, 3, S, S).

    In float32 it works on the encoder's own weights and equals it but for rounding (1e-5); in
    bfloat16 on a copy of them, sums staying in float32, with features within about 1 %.
    """

    def __init__(self, encoder: ImageEncoderViT, dtype: torch.dtype = torch.float32) -> None:
        self.dtype = dtype
        self._patches = in_precision(encoder.patch_embed, dtype)
        self._places = encoder.pos_embed
        self._blocks = FusedBlocks(encoder.blocks, dtype)
        self._neck = in_precision(encoder.neck, dtype)

    @torch.inference_mode()
    def __call__(self, images: torch.Tensor, told: Told | None = None) -> torch.Tensor:
        """`told` is called after every block with the part done; what it raises ends the work."""
        tokens = self._patches(images.to(self.dtype)).float()
        if self._places is not None:
            tokens = tokens + self._places
        tokens = self._blocks(tokens, told).to(self.dtype)
        return self._neck(tokens.permute(0, 3, 1, 2)).float()


class FusedBlocks:
    """Transformer blocks of an encoder on tokens (B, H, W, C) float32."""

    def __init__(self, blocks: nn.ModuleList, dtype: torch.dtype) -> None:
        self.dtype = dtype
        self._blocks = in_precision(blocks, dtype)
        self._attentions = [_Attention(block) for block in self._blocks]

    @torch.inference_mode()
    def __call__(self, tokens: torch.Tensor, told: Told | None = None) -> torch.Tensor:
        tokens = tokens.clone()
        pairs = zip(self._blocks, self._attentions, strict=True)
        for number, (block, attention) in enumerate(pairs, start=1):
            tokens += attention(block.norm1(tokens.to(self.dtype)))
            tokens += _perceptron(block.mlp, block.norm2(tokens.to(self.dtype)))
            if told:
                told(number / len(self._attentions))
        return tokens


@dataclass(frozen=True, eq=False)
class _Attention:
    """The attention of a block, on tokens (B, H, W, C)."""

    block: nn.Module

    def __call__(self, tokens: torch.Tensor) -> torch.Tensor:
        layers, window = self.block.attn, self.block.window_size
        projected = _linear(layers.qkv, tokens)
        if not window:
            return _linear(layers.proj, self._mixed(projected))
        size = tuple(tokens.shape[1:3])
        padded = _padded(projected, layers.qkv.bias, window)
        windows, padded_size = window_partition(padded, window)
        mixed = window_unpartition(self._mixed(windows), window, padded_size, size)
        return _linear(layers.proj, mixed)

    def _mixed(self, projected: torch.Tensor) -> torch.Tensor:
        """(N, h, w, 3C), of queries, keys and values -> (N, h, w, C)."""
        count, height, width, _ = projected.shape
        layers = self.block.attn
        shape = (count, height * width, 3, layers.num_heads, -1)
        query, key, value = projected.view(shape).permute(2, 0, 3, 1, 4)
        if layers.use_rel_pos:
            biases = self._position_logits(query, (height, width))
            mixed = attended(Heads(query, key, value, *biases))
        else:
            mixed = F.scaled_dot_product_attention(query, key, value).transpose(1, 2)
        return mixed.reshape(count, height, width, -1)

    def _position_logits(
        self, query: torch.Tensor, size: Size
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Of each query for the keys' rows (N, heads, h, w, h) and columns (N, heads, h, w, w)."""
        layers, (height, width) = self.block.attn, size
        grid = query.reshape(*query.shape[:2], height, width, -1)
        rows = get_rel_pos(height, height, layers.rel_pos_h).transpose(1, 2)
        columns = get_rel_pos(width, width, layers.rel_pos_w).transpose(1, 2)
        by_row = grid.permute(2, 0, 1, 3, 4).flatten(1, 3) @ rows
        by_column = grid.permute(3, 0, 1, 2, 4).flatten(1, 3) @ columns
        count, heads = query.shape[:2]
        return (
            by_row.view(height, count, heads, width, height).permute(1, 2, 0, 3, 4),
            by_column.view(width, count, heads, height, width).permute(1, 2, 3, 0, 4),
        )


def _linear(layer: nn.Linear, x: torch.Tensor) -> torch.Tensor:
    return linear(x, layer.weight, layer.bias)


def _perceptron(mlp: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """The two layers of a block, whose activation is GELU."""
    return _linear(mlp.lin2, linear_gelu(x, mlp.lin1.weight, mlp.lin1.bias))


def _padded(projected: torch.Tensor, bias: torch.Tensor | None, window: int) -> torch.Tensor:
    """(B, H, W, 3C) up to whole windows; the reference pads before the projection, with zeros."""
    count, height, width, channels = projected.shape
    wider = tuple(-(-side // window) * window for side in (height, width))
    if wider == (height, width):
        return projected
    constant = projected.new_zeros(channels) if bias is None else bias
    padded = constant.expand(count, *wider, channels).clone()
    padded[:, :height, :width] = projected
    return padded


def in_precision(module: Module, dtype: torch.dtype) -> Module:
    """The module in a type: itself in float32, otherwise a copy made tensor by tensor."""
    if dtype == torch.float32:
        return module
    tensors = (*module.parameters(), *module.buffers())
    converted = {id(t): _like(t, t.detach().to(dtype)) for t in tensors}
    return copy.deepcopy(module, converted)


def _like(original: torch.Tensor, converted: torch.Tensor) -> torch.Tensor:
    is_parameter = isinstance(original, nn.Parameter)
    return nn.Parameter(converted, requires_grad=False) if is_parameter else converted
