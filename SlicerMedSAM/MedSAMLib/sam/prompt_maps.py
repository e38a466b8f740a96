"""Boxes and clicks drawn as pictures, beside the tokens by which SAM knows them.

SAM's decoder must learn from positional codes alone where a prompt is, which takes millions of
images. A network trained on a few thousand learns it at once from maps that show the prompt in
place (as in click-based networks such as RITM, Sofiiuk 2022). The maps are added to SAM's dense
prompt, so that everything else that uses a SAM prompt encoder stays as it is.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from .backbone import LayerNorm2d, PromptEncoder

CLICK_RADII = (3.0, 15.0)  # pixels of the network input: where exactly, and whereabouts
CHANNELS = 4 + 2 * len(CLICK_RADII)
FINENESS = 4  # map pixels a token and side
MAPS_AT_ONCE = 4  # prompts whose maps a processor's cache holds

Points = tuple[torch.Tensor, torch.Tensor]


def box_maps(boxes: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Four maps (B, 4, h, w) of boxes (B, 4) on the coordinates `x` (w,) and `y` (h,).

    The first is 1 in the box. The others are 1 in its middle, 0 on the border and -1 far
    outside: of the column, of the row, and of the inscribed ellipse.
    """
    x0, y0, x1, y1 = (edge[:, None, None] for edge in boxes.unbind(1))
    u = (2 * x[None, None, :] - x0 - x1) / (x1 - x0).clamp(min=1)
    v = (2 * y[None, :, None] - y0 - y1) / (y1 - y0).clamp(min=1)
    u, v = torch.broadcast_tensors(u, v)
    inside = ((u.abs() <= 1) & (v.abs() <= 1)).to(u.dtype)
    depths = [1 - u.abs(), 1 - v.abs(), 1 - (u.square() + v.square()).sqrt()]
    return torch.stack([inside, *(depth.clamp(-1, 1) for depth in depths)], dim=1)


def click_maps(points: Points, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """A bump at every click, (B, 4, h, w): positive then negative clicks, narrow then wide.

    `points` are coordinates (B, P, 2) and labels (B, P): 1, 0, or -1 for none.
    """
    coordinates, labels = points
    dx = x[None, None, None, :] - coordinates[:, :, 0, None, None]
    dy = y[None, None, :, None] - coordinates[:, :, 1, None, None]
    squared = dx.square() + dy.square()
    maps = []
    for label in (1, 0):
        given = (labels == label)[..., None, None]
        for radius in CLICK_RADII:
            bumps = torch.exp(-squared / (2 * radius**2)) * given
            maps.append(bumps.amax(dim=1))
    return torch.stack(maps, dim=1)


class PromptMaps(nn.Module):
    """Draw boxes and clicks and code them for each token: -> (B, channels, grid, grid)."""

    def __init__(self, channels: int, grid: int, image_size: int) -> None:
        super().__init__()
        self.code = nn.Sequential(
            nn.Conv2d(CHANNELS, 32, kernel_size=2, stride=2),
            LayerNorm2d(32),
            nn.GELU(),
            nn.Conv2d(32, 64, kernel_size=2, stride=2),
            LayerNorm2d(64),
            nn.GELU(),
            nn.Conv2d(64, channels, kernel_size=1),
        )
        self.fine = FINENESS * grid
        self.pixel = image_size / self.fine

    def forward(
        self, points: Points | None, boxes: torch.Tensor | None, batch: int
    ) -> torch.Tensor:
        device = self.code[0].weight.device
        centres = (torch.arange(self.fine, device=device) + 0.5) * self.pixel - 0.5
        nothing = torch.zeros(batch, 4, self.fine, self.fine, device=device)
        boxed = nothing if boxes is None else box_maps(boxes.reshape(-1, 4), centres, centres)
        clicked = nothing if points is None else click_maps(points, centres, centres)
        maps = torch.cat([boxed.expand_as(nothing), clicked.expand_as(nothing)], dim=1)
        if torch.is_grad_enabled() or device.type != "cpu":
            return self.code(maps)
        return torch.cat([_channels_last(self.code, part) for part in maps.split(MAPS_AT_ONCE)])


def _channels_last(code: nn.Sequential, maps: torch.Tensor) -> torch.Tensor:
    """`code(maps)` with the channels of a pixel side by side, which a processor is faster at."""
    maps = maps.contiguous(memory_format=torch.channels_last)
    for layer in code:
        if isinstance(layer, LayerNorm2d):
            pixels = maps.permute(0, 2, 3, 1)
            width = (pixels.shape[-1],)
            pixels = functional.layer_norm(pixels, width, layer.weight, layer.bias, layer.eps)
            maps = pixels.permute(0, 3, 1, 2)
        else:
            maps = layer(maps)
    return maps


class MappedPromptEncoder(PromptEncoder):
    """SAM's prompt encoder whose dense prompt also shows boxes and clicks as maps."""

    def __init__(self, embed_dim: int, grid: int, image_size: int) -> None:
        super().__init__(
            embed_dim=embed_dim,
            image_embedding_size=(grid, grid),
            input_image_size=(image_size, image_size),
            mask_in_chans=16,
        )
        self.maps = PromptMaps(embed_dim, grid, image_size)

    def forward(
        self,
        points: Points | None,
        boxes: torch.Tensor | None,
        masks: torch.Tensor | None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        sparse, dense = super().forward(points, boxes, masks)
        return sparse, self.maps(points, boxes, len(dense)) + dense
