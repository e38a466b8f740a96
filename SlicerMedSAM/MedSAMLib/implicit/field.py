"""What the network knows of one prompted object, to be read at any position of the image."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn import functional


@dataclass(frozen=True, eq=False)
class Field:
    """Maps over the square network input for B prompted objects.

    Attributes:
        maps: each (B, C, h, w); what a position reads is all of them side by side.
        logits: (B, 1, h, w), the discrete mask decoder's answer, 0 at its threshold.
        code: (B, D), what the decoder's mask token knows of the object; None in the release.
        extent: (B, 2), the share of the square that the image covers (x, y), the rest is padding.
    """

    maps: tuple[torch.Tensor, ...]
    logits: torch.Tensor
    code: torch.Tensor | None
    extent: torch.Tensor

    def at(self, positions: torch.Tensor) -> torch.Tensor:
        """All maps at positions (B, N, 2) of the image: (B, N, C)."""
        return torch.cat([read(each, positions, self.extent) for each in self.maps], dim=-1)

    def logits_at(self, positions: torch.Tensor) -> torch.Tensor:
        """The discrete decoder's logits (B, N)."""
        return read(self.logits, positions, self.extent)[..., 0]

    def one(self, number: int) -> Field:
        """The field of one of the objects, as a batch of one."""
        part = slice(number, number + 1)
        code = None if self.code is None else self.code[part]
        maps = tuple(each[part] for each in self.maps)
        return Field(maps, self.logits[part], code, self.extent[part])


def read(maps: torch.Tensor, positions: torch.Tensor, extent: torch.Tensor) -> torch.Tensor:
    """Bilinear values (B, N, C) of maps (B, C, h, w) at positions (B, N, 2) of the image."""
    grid = 2 * positions * extent[:, None] - 1
    values = functional.grid_sample(
        maps, grid[:, None].to(maps.dtype), padding_mode="border", align_corners=False
    )
    return values[:, :, 0].transpose(1, 2)
