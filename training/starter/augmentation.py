"""Random views of a training image: one resampling, then what light and scanners change."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from training.starter.normalization import PADDING_VALUE


@dataclass(frozen=True)
class Frame:
    """The square of an image that a view starts from: left and top edge, and side, in pixels."""

    left: float
    top: float
    side: float

    @classmethod
    def whole(cls, shape: Sequence[int]) -> Frame:
        """SAM's own: the image at the top left of a square of its longer side."""
        return cls(0, 0, max(shape[:2]))


def random_view(
    image: np.ndarray,
    masks: np.ndarray,
    side: int,
    rng: np.random.Generator,
    frame: Frame | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """A square random view, in one interpolation from the original pixels.

    `image` (H, W) or (H, W, 3) uint8, `masks` (M, H, W) bool. Returns the view
    (3, side, side) float in 0..255 and the soft masks (M, side, side) in 0..1. Without a random
    change the view is the frame: by default SAM's own, longest side scaled to `side`, padded at the
    bottom and right.
    """
    pixels = torch.from_numpy(image.astype(np.float32))
    pixels = pixels.expand(3, -1, -1) if pixels.ndim == 2 else pixels.permute(2, 0, 1)
    objects = torch.from_numpy(masks.astype(np.float32))
    frame = frame or Frame.whole(image.shape)
    grid = _sampling_grid(image.shape[:2], side, _random_affine(side, rng), frame)
    inside = torch.ones_like(objects[:1])
    stacked = torch.cat([pixels, inside, objects])[None]
    view = F.grid_sample(stacked, grid, align_corners=False)[0]
    fill = PADDING_VALUE.view(3, 1, 1)
    seen = random_intensities(view[:3] / view[3:4].clamp(min=1e-3), image.ndim == 3, rng)
    return seen * view[3:4] + fill * (1 - view[3:4]), view[4:]


def random_intensities(view: torch.Tensor, colored: bool, rng: np.random.Generator) -> torch.Tensor:
    """Gamma, contrast, brightness, inversion or tint, blur and noise; (3, S, S) in 0..255."""
    view = (view / 255).clamp(0, 1)
    if colored:
        tint = torch.tensor(rng.uniform(0.8, 1.2, 3), dtype=torch.float32).view(3, 1, 1)
        view = (view * tint).clamp(0, 1)
        if rng.random() < 0.15:
            view = view.mean(0, keepdim=True).expand(3, -1, -1)
    elif rng.random() < 0.15:
        view = 1 - view
    if rng.random() < 0.7:
        view = view ** math.exp(rng.uniform(-0.5, 0.5))
        view = (view - 0.5) * rng.uniform(0.6, 1.3) + 0.5 + rng.uniform(-0.15, 0.15)
    if rng.random() < 0.2:
        view = _blurred(view, rng.uniform(1.2, 2.5))
    if rng.random() < 0.4:
        noise = torch.from_numpy(rng.standard_normal(view.shape[1:]).astype(np.float32))
        view = view + rng.uniform(0, 0.08) * noise
    return view.clamp(0, 1) * 255


def _random_affine(side: int, rng: np.random.Generator) -> np.ndarray:
    """2x3 map from output to input pixels of the square frame, about its centre."""
    if rng.random() < 0.15:
        return np.eye(3)[:2]
    angle = math.radians(rng.uniform(-30, 30) + 90 * rng.integers(4))
    zoom = math.exp(rng.uniform(math.log(0.65), math.log(1.35)))
    stretch = math.exp(rng.uniform(-0.15, 0.15))
    flip = rng.choice([-1.0, 1.0])
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    shape = np.array([[flip * zoom * stretch, rng.uniform(-0.1, 0.1)], [0, zoom / stretch]])
    linear = turn @ shape
    centre = np.full(2, side / 2)
    shift = rng.uniform(-0.12, 0.12, 2) * side
    return np.column_stack([linear, centre + shift - linear @ centre])


def _sampling_grid(
    shape: tuple[int, int], side: int, affine: np.ndarray, frame: Frame
) -> torch.Tensor:
    """Sampling grid (1, side, side, 2) in the normalised coordinates of the original image."""
    height, width = shape
    scale = frame.side / side
    to_frame = np.array([[side / 2, 0, side / 2], [0, side / 2, side / 2], [0, 0, 1]])
    to_pixels = np.array([[scale, 0, frame.left], [0, scale, frame.top], [0, 0, 1]])
    to_unit = np.array([[2 / width, 0, -1], [0, 2 / height, -1], [0, 0, 1]])
    theta = to_unit @ to_pixels @ np.vstack([affine, [0, 0, 1]]) @ to_frame
    theta = torch.from_numpy(theta[:2]).float()[None]
    return F.affine_grid(theta, [1, 1, side, side], align_corners=False)


def _blurred(view: torch.Tensor, factor: float) -> torch.Tensor:
    """As if taken at a resolution lower by `factor`."""
    size = view.shape[-1]
    small = F.interpolate(
        view[None], size=int(size / factor), mode="bilinear", antialias=True, align_corners=False
    )
    return F.interpolate(small, size=size, mode="bilinear", align_corners=False)[0]
