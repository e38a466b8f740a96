"""A pretrained pyramid of features in place of SAM's patch projection.

EfficientNet-Lite0 (Tan and Le 2019, without squeeze-and-excitation and with ReLU6) up to stride 32,
its batch normalizations folded into the convolutions. It learnt on a million photographs what a few
thousand medical images cannot teach: edges, textures, surfaces. The strides 4 to 32 are joined at
stride 8 as in a feature pyramid (Lin 2017), and SAM's attention goes on from there.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

STEM_CHANNELS = 32
GROUPS = 8


@dataclass(frozen=True)
class Stage:
    """Inverted bottlenecks at one width; the first of them has the stride."""

    channels: int
    blocks: int
    kernel: int
    stride: int
    expansion: int = 6


# Tan and Le 2019, table 1, without the last stage and the head.
STAGES = (
    Stage(16, 1, 3, 1, expansion=1),
    Stage(24, 2, 3, 2),
    Stage(40, 2, 5, 2),
    Stage(80, 3, 3, 2),
    Stage(112, 3, 5, 1),
    Stage(192, 4, 5, 2),
)
TAPPED = (1, 2, 4, 5)  # the last stages of the strides 4, 8, 16 and 32


class InvertedBottleneck(nn.Module):
    """Expand, filter each channel by itself, project (Sandler 2018); with a skip where it fits."""

    def __init__(self, before: int, stage: Stage, stride: int) -> None:
        super().__init__()
        width = before * stage.expansion
        self.expand = nn.Conv2d(before, width, 1) if stage.expansion > 1 else None
        padding = stage.kernel // 2
        self.filter = nn.Conv2d(width, width, stage.kernel, stride, padding, groups=width)
        self.project = nn.Conv2d(width, stage.channels, 1)
        self.skip = stride == 1 and before == stage.channels

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inner = x if self.expand is None else F.relu6(self.expand(x))
        inner = self.project(F.relu6(self.filter(inner)))
        return x + inner if self.skip else inner


class Trunk(nn.Module):
    """EfficientNet-Lite0 without its head: (B, 3, S, S) -> features of the strides 4, 8, 16, 32."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, STEM_CHANNELS, 3, stride=2, padding=1)
        self.stages = nn.ModuleList()
        before = STEM_CHANNELS
        for stage in STAGES:
            blocks = []
            for number in range(stage.blocks):
                blocks.append(InvertedBottleneck(before, stage, stage.stride if not number else 1))
                before = stage.channels
            self.stages.append(nn.Sequential(*blocks))

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        x = F.relu6(self.stem(x))
        found = []
        for number, stage in enumerate(self.stages):
            x = stage(x)
            if number in TAPPED:
                found.append(x)
        return found


class PyramidStem(nn.Module):
    """The trunk's strides joined at stride 8: (B, 3, S, S) -> (B, S/8, S/8, C), channels last."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.trunk = Trunk()
        finest, *others = (STAGES[number].channels for number in TAPPED)
        self.finest = nn.Conv2d(finest, channels, 3, stride=2, padding=1)
        self.lateral = nn.ModuleList(nn.Conv2d(width, channels, 1) for width in others)
        self.join = nn.Sequential(
            nn.GroupNorm(GROUPS, channels),
            nn.GELU(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.GroupNorm(GROUPS, channels),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        finest, *others = self.trunk(x)
        joined = None
        for lateral, features in zip(reversed(self.lateral), reversed(others), strict=True):
            found = lateral(features)
            if joined is not None:
                found = found + F.interpolate(
                    joined, size=found.shape[-2:], mode="bilinear", align_corners=False
                )
            joined = found
        return self.join(joined + self.finest(finest)).permute(0, 2, 3, 1)
