"""The starter network: SAM's architecture with an encoder small enough for a laptop.

The encoder is SAM's own `ImageEncoderViT` (Kirillov 2023) whose patch embedding is replaced by a
convolutional stem: early convolutions learn from few images what a patch projection needs
many for (Xiao 2021), and attention then works on 32x32 tokens. The prompt encoder is SAM's with
drawn prompts added (see `prompt_maps`), the mask decoder SAM's unchanged, so that every consumer
of a SAM decoder works on the starter too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import torch
from torch import nn

from .backbone import (
    ImageEncoderViT,
    MaskDecoder,
    Sam,
    TwoWayTransformer,
)
from .prompt_maps import MappedPromptEncoder
from .pyramid_stem import PyramidStem

PROMPT_CHANNELS = 256  # fixed by SAM's decoder
STEM_STRIDE = 8
GROUPS = 8


@dataclass(frozen=True)
class StarterConfig:
    """Shape of a starter network; stored as JSON beside the weights.

    `image_size` is the side of the square input in pixels, a multiple of 8.
    `stem_channels` and `stem_blocks` describe the three stride-2 stages of the stem; the last
    channel count is the token width. `mask_threshold` is the logit above which a pixel belongs to
    the mask, set on validation images. Objects smaller than `closer_share` of the image are looked
    at from close by (`closer_look`); 0: none is. With the `stem` "pyramid" only the last of
    `stem_channels` counts.
    """

    image_size: int = 256
    stem_channels: tuple[int, int, int] = (32, 64, 192)
    stem_blocks: tuple[int, int, int] = (1, 2, 3)
    depth: int = 4
    heads: int = 6
    window: int = 8
    global_blocks: tuple[int, ...] = (1, 3)
    mask_threshold: float = 0.0
    closer_share: float = 0.0
    stem: str = "convolutional"

    @classmethod
    def from_dict(cls, values: dict) -> StarterConfig:
        """Rebuild from JSON, where tuples come back as lists."""
        tuples = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
        return cls(**tuples)

    def to_dict(self) -> dict:
        """Plain values for JSON."""
        return asdict(self)


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions around a skip connection, (B, C, H, W) -> (B, C, H, W)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.GroupNorm(GROUPS, channels),
            nn.GELU(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.GroupNorm(GROUPS, channels),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.body(x)


class ConvolutionalStem(nn.Module):
    """Three stride-2 stages in place of SAM's patch projection: (B, 3, S, S) -> (B, S/8, S/8, C).

    The output is channels-last, as `ImageEncoderViT` expects from its patch embedding.
    """

    def __init__(self, channels: Sequence[int], blocks: Sequence[int]) -> None:
        super().__init__()
        stages: list[nn.Module] = []
        previous = 3
        for width, count in zip(channels, blocks, strict=True):
            stages.append(nn.Conv2d(previous, width, 3, stride=2, padding=1, bias=False))
            stages.append(nn.GroupNorm(GROUPS, width))
            stages.extend(ResidualBlock(width) for _ in range(count))
            previous = width
        self.stages = nn.Sequential(*stages)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.stages(x).permute(0, 2, 3, 1)


def build_starter(config: StarterConfig | dict | None = None) -> Sam:
    """A starter `Sam` with fresh weights, in evaluation mode.

    `config` may be the dictionary stored beside the weights. Input (3, S, S) with S =
    `image_size`, embedding (256, S/8, S/8), low-resolution logits (S/2, S/2).
    """
    if not isinstance(config, StarterConfig):
        config = StarterConfig.from_dict(config or {})
    grid = config.image_size // STEM_STRIDE
    encoder = ImageEncoderViT(
        img_size=config.image_size,
        patch_size=STEM_STRIDE,
        embed_dim=config.stem_channels[-1],
        depth=config.depth,
        num_heads=config.heads,
        out_chans=PROMPT_CHANNELS,
        window_size=config.window,
        global_attn_indexes=config.global_blocks,
    )
    encoder.patch_embed = _stem(config)
    prompts = MappedPromptEncoder(PROMPT_CHANNELS, grid, config.image_size)
    decoder = MaskDecoder(
        transformer_dim=PROMPT_CHANNELS,
        transformer=TwoWayTransformer(
            depth=2, embedding_dim=PROMPT_CHANNELS, num_heads=8, mlp_dim=2048
        ),
    )
    sam = Sam(encoder, prompts, decoder).eval()
    sam.mask_threshold = config.mask_threshold
    sam.closer_share = config.closer_share
    return sam


def _stem(config: StarterConfig) -> nn.Module:
    if config.stem == "pyramid":
        # On a processor convolutions over few channels are faster with the channels last.
        return PyramidStem(config.stem_channels[-1]).to(memory_format=torch.channels_last)
    if config.stem == "convolutional":
        return ConvolutionalStem(config.stem_channels, config.stem_blocks)
    raise ValueError(f"There is no stem {config.stem!r}.")
