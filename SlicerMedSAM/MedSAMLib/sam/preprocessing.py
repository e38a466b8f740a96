"""From an image of any type to the network input, as `segment_anything.SamPredictor` makes it."""

from __future__ import annotations

import numpy as np
import torch

from ..errors import UsageError
from ..images import to_uint8
from .backbone import ResizeLongestSide
from .cache import Window


def checked_image(image: np.ndarray) -> np.ndarray:
    """`image` as an array of real numbers or bool, (H, W) or (H, W, C); UsageError otherwise."""
    image = np.asarray(image)
    if image.ndim not in (2, 3) or 0 in image.shape:
        raise UsageError(
            f"An image must have the shape (H, W) or (H, W, 3), this one has {image.shape}."
        )
    if image.dtype.kind not in "biuf":
        raise UsageError(f"An image must be made of real numbers, not of {image.dtype}.")
    return image


def to_rgb(image: np.ndarray, window: Window = "auto") -> np.ndarray:
    """(H, W, 3) uint8 of a gray (H, W) or color (H, W, 3) image; gray is repeated."""
    pixels = to_uint8(image, window)
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    if pixels.shape[2] != 3:
        raise UsageError(f"A color image must have 3 channels, this one has {pixels.shape[2]}.")
    return np.ascontiguousarray(pixels)


def network_image(rgb: np.ndarray, image_size: int) -> torch.Tensor:
    """(1, 3, h, w) uint8: the image with its longest side resized to `image_size`."""
    resize = ResizeLongestSide(image_size)
    if min(resize.get_preprocess_shape(*rgb.shape[:2], image_size)) < 1:
        raise UsageError(
            f"An image of {rgb.shape[1]} x {rgb.shape[0]} pixels is too narrow for the network."
        )
    resized = resize.apply_image(rgb)
    return torch.as_tensor(resized).permute(2, 0, 1)[None].contiguous()
