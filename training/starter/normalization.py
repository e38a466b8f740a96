"""SAM's pixel statistics, in 0..255."""

from __future__ import annotations

import torch

PIXEL_MEAN = torch.tensor([123.675, 116.28, 103.53])
PIXEL_STD = torch.tensor([58.395, 57.12, 57.375])
PADDING_VALUE = PIXEL_MEAN  # SAM pads with zeros after normalisation


def normalized(images: torch.Tensor) -> torch.Tensor:
    """(B, 3, S, S) in 0..255 -> zero mean and unit variance by ImageNet's statistics."""
    mean, std = (v.to(images.device).view(1, 3, 1, 1) for v in (PIXEL_MEAN, PIXEL_STD))
    return (images - mean) / std
