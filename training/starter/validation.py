"""Dice on the validation splits during training: tight box, and one click."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from MedSAMLib.images import to_uint8
from MedSAMLib.sam.backbone import Sam
from training.datasets import Sample
from training.starter.model_step import first_answer
from training.starter.normalization import PADDING_VALUE, normalized


@torch.no_grad()
def validation_dice(sam: Sam, sets: dict[str, list[Sample]], device: torch.device) -> dict:
    """Mean Dice a set and prompt at the network's resolution, `{"lidc/box": 0.9, ...}`."""
    scores: dict[str, float] = {}
    for name, samples in sets.items():
        found = [_sample_dice(sam, sample, device) for sample in samples]
        for kind in ("box", "point"):
            scores[f"{name}/{kind}"] = float(np.mean([f[kind] for f in found]))
    return scores


def _sample_dice(sam: Sam, sample: Sample, device: torch.device) -> dict[str, float]:
    image, objects = framed(sample, sam.image_encoder.img_size)
    image, objects = image.to(device), objects.to(device)
    embedding = sam.image_encoder(normalized(image[None]))
    scores = {}
    for kind in ("box", "point"):
        logits = first_answer(sam, embedding, objects, kind)
        predicted = F.interpolate(logits, objects.shape[-2:], mode="bilinear")[:, 0] > 0
        overlap = (predicted & objects).flatten(1).sum(1)
        sizes = predicted.flatten(1).sum(1) + objects.flatten(1).sum(1)
        scores[kind] = (2 * overlap / sizes).mean().item()
    return scores


def framed(sample: Sample, side: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Image (3, side, side) in 0..255 and masks (M, side, side) bool in SAM's padded frame."""
    pixels = torch.from_numpy(to_uint8(sample.image, sample.window).copy()).float()
    pixels = pixels.expand(3, -1, -1) if pixels.ndim == 2 else pixels.permute(2, 0, 1)
    scale = side / max(pixels.shape[-2:])
    size = [round(n * scale) for n in pixels.shape[-2:]]
    frame = PADDING_VALUE.view(3, 1, 1).repeat(1, side, side)
    frame[:, : size[0], : size[1]] = F.interpolate(
        pixels[None], size, mode="bilinear", antialias=True, align_corners=False
    )[0]
    soft = torch.from_numpy(sample.masks).float()[None]
    objects = torch.zeros(soft.shape[1], side, side, dtype=torch.bool)
    resized = F.interpolate(soft, size, mode="bilinear", align_corners=False)[0]
    objects[:, : size[0], : size[1]] = resized > 0.5
    return frame, objects[objects.flatten(1).any(1)]
