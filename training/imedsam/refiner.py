"""What a fine stage could gain: a convolutional one that sees more than the shipped, pointwise one.

It reads the field beside the image and beside what the pretrained trunk makes of it at the
strides 2 and 4, of which the mask decoder gets nothing, and adds to the logits. Its views overlap
by tens of pixels. No head has it: `training.imedsam.causes` asks with it where refinement fails.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import nn
from tqdm import trange

from MedSAMLib.implicit.field import read
from MedSAMLib.implicit.network import ImplicitNetwork
from MedSAMLib.implicit.positions import grid_positions
from MedSAMLib.sam.device import computes_bfloat16
from training.imedsam.losses import point_loss
from training.imedsam.views import View, positions_of
from training.starter.schedule import learning_rate_factor

CPU = torch.device("cpu")
WIDTH = 32
DILATIONS = (1, 2, 4, 1)
# About the size of what is read, so that no input outweighs the others at the start.
LARGE_LOGIT, LARGE_FEATURE = 5.0, 3.0
BATCH, POINTS, NEAR = 8, 40, 1024
RATE, DECAY, WARMUP = 1e-3, 0.02, 10


@dataclass(frozen=True, eq=False)
class Sight:
    """A view, and the trunk's features of its image at the strides 2 and 4, each (1, C, h, w)."""

    view: View
    fine: tuple[torch.Tensor, torch.Tensor]


@torch.no_grad()
def sight_of(network: ImplicitNetwork, view: View) -> Sight:
    """A view seen with a starter's pyramid; AttributeError for other backbones."""
    encoder = network.encoder
    trunk = encoder.encoder.patch_embed.trunk
    image = (view.image.float() / 255 - encoder.mean) / encoder.deviation
    half = trunk.stages[0](F.relu6(trunk.stem(image)))
    return Sight(view, (half.half(), trunk.stages[1](half).half()))


class _Block(nn.Module):
    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.GroupNorm(4, width),
            nn.GELU(),
            nn.Conv2d(width, width, 3, padding=dilation, dilation=dilation),
            nn.GELU(),
            nn.Conv2d(width, width, 1),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.body(x)


class Refiner(nn.Module):
    """Fields of B sights to refined logits (B, 1, h, w); at first the logits as they are."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.enter = nn.Conv2d(inputs, WIDTH, 1)
        self.blocks = nn.Sequential(*(_Block(WIDTH, dilation) for dilation in DILATIONS))
        self.leave = nn.Conv2d(WIDTH, 1, 1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def forward(self, sights: Sequence[Sight]) -> torch.Tensor:
        seen = inputs_of(sights)
        logits = torch.cat([each.view.field.logits.float() for each in sights])
        return logits + self.leave(F.gelu(self.blocks(self.enter(seen)))).float()


def inputs_of(sights: Sequence[Sight]) -> torch.Tensor:
    """Everything side by side at the logits' resolution: (B, C, h, w)."""
    fields = [each.view.field for each in sights]
    logits = torch.cat([field.logits.float() for field in fields])
    images = torch.cat([each.view.image.float() for each in sights]) / 255
    maps = torch.cat([field.maps[0].float() for field in fields]) / LARGE_FEATURE
    parts = [maps, (logits / LARGE_LOGIT).tanh(), logits.clamp(-2, 2) / 2]
    factor = images.shape[-1] // logits.shape[-1]
    parts.append(F.pixel_unshuffle(2 * images - 1, factor))
    for features in zip(*(each.fine for each in sights), strict=True):
        joined = torch.cat([each.float() for each in features]) / LARGE_FEATURE
        parts.append(F.interpolate(joined, size=logits.shape[-2:], mode="bilinear"))
    return torch.cat(parts, dim=1)


def trained_refiner(sights: Sequence[Sight], steps: int, side: int, seed: int) -> Refiner:
    """A refiner after `steps` of BATCH sights; `side` of the network input in pixels."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    refiner = Refiner(inputs_of(sights[:1]).shape[1]).train()
    optimizer = torch.optim.AdamW(refiner.parameters(), RATE, weight_decay=DECAY)
    for step in trange(steps, desc=f"refiner of {len(sights)} views"):
        for group in optimizer.param_groups:
            group["lr"] = RATE * learning_rate_factor(step, step / steps, WARMUP)
        chosen = [sights[index] for index in rng.integers(len(sights), size=BATCH)]
        with torch.autocast("cpu", torch.bfloat16, enabled=computes_bfloat16(CPU)):
            logits = refiner(chosen)
        loss = _loss(logits, chosen, side, rng)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(refiner.parameters(), 1.0)
        optimizer.step()
    return refiner.eval()


def _loss(logits: torch.Tensor, sights: Sequence[Sight], side: int, rng) -> torch.Tensor:
    drawn = [positions_of(each.view, POINTS, NEAR, side, rng) for each in sights]
    positions, truth = (torch.cat(each) for each in zip(*drawn, strict=True))
    extent = torch.cat([each.view.field.extent for each in sights])
    return point_loss(read(logits, positions, extent)[..., 0], truth)


@torch.no_grad()
def logits_of(refiner: Refiner | None, sight: Sight) -> NDArray[np.float32]:
    """(H, W) at the truth's resolution; without a refiner the field's own."""
    field, shape = sight.view.field, sight.view.mask.shape
    logits = field.logits.float() if refiner is None else refiner([sight])
    return read(logits, grid_positions(shape)[None], field.extent)[0, :, 0].reshape(shape).numpy()
