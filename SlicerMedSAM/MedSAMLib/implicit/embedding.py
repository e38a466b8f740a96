"""Embeddings for an implicit head whose encoder has adapters of its own.

Such a head cannot use the backbone's embedding, but every embedding keeps the pixels that the
network was given, so that the head encodes them again when it is first asked about the image;
the result is kept in the model's cache like any other embedding.
"""

from __future__ import annotations

import hashlib

import numpy as np
import torch
from torch.nn import functional

from ..errors import UsageError
from ..sam.cache import CacheKey, Window
from ..sam.embedding import Embedding
from ..sam.predictor import SamModel
from ..sam.preprocessing import checked_image, network_image, to_rgb
from .adapted_encoder import MEAN
from .heads import ImplicitHead, head_of


def embed(
    model: SamModel, image: np.ndarray, window: Window = "auto", head: ImplicitHead | None = None
) -> Embedding:
    """Encode an image (H, W[, 3]) for the model's implicit head, from its full resolution.

    Worth more than `model.embed` only where the head's input is larger than the backbone's;
    otherwise both can be given to `upsample`. Without a head it is `model.embed`.
    """
    head = head_of(model) if head is None else head
    if head is None:
        return model.embed(image, window)
    rgb = to_rgb(checked_image(image), window)
    pixels = network_image(rgb, head.network.image_size)
    return _encoded(model, head, pixels, rgb.shape[:2])


def adapted(model: SamModel, head: ImplicitHead, embedding: Embedding) -> Embedding:
    """The embedding that the head can use, from its own or from the backbone's.

    UsageError if it is another model's, or does not have the pixels that the head needs.
    """
    if embedding.model_id == head.embedding_id(model):
        return embedding
    if embedding.model_id != model.model_id:
        raise UsageError("The embedding was made by another model: embed the image again.")
    if embedding.pixels is None:
        raise UsageError("The embedding does not keep its image: embed the image again.")
    pixels = _resized(embedding.pixels, head.network.image_size)
    return _encoded(model, head, pixels, embedding.original_size, embedding.features)


def network_input(pixels: torch.Tensor, side: int, device: torch.device) -> torch.Tensor:
    """(1, 3, side, side) in 0..1 of pixels (1, 3, h, w) uint8; padding has the mean color, which
    is what SAM's zeros after normalization mean."""
    image = torch.tensor(MEAN, device=device).view(1, 3, 1, 1).repeat(1, 1, side, side)
    image[:, :, : pixels.shape[2], : pixels.shape[3]] = pixels.to(device) / 255
    return image


def _encoded(
    model: SamModel,
    head: ImplicitHead,
    pixels: torch.Tensor,
    original_size: tuple[int, int],
    plain: torch.Tensor | None = None,
) -> Embedding:
    """From the cache, or by the head's encoder; `plain` are the backbone's features, if known."""
    key = _key(model, head, pixels, original_size)
    with model.alone():
        embedding = model.cache.get(key)
        if embedding is None:
            if plain is None or head.config.adapts_encoder:
                plain = _run_encoder(model, head, pixels)
            embedding = Embedding(
                features=plain,
                original_size=tuple(original_size),
                input_size=tuple(pixels.shape[-2:]),
                model_id=head.embedding_id(model),
                pixels=pixels,
            )
            model.cache.put(key, embedding)
        return embedding


@torch.inference_mode()
def _run_encoder(model: SamModel, head: ImplicitHead, pixels: torch.Tensor) -> torch.Tensor:
    network = head.network.to(model.device)
    image = network_input(pixels, network.image_size, model.device)
    with torch.autocast(model.device.type, torch.bfloat16, enabled=model.precision == "bfloat16"):
        return network.encoder(image).float()


def _key(
    model: SamModel, head: ImplicitHead, pixels: torch.Tensor, original_size: tuple[int, int]
) -> CacheKey:
    facts = f"{tuple(pixels.shape)}{tuple(original_size)}".encode()
    content = hashlib.blake2b(facts, digest_size=20)
    content.update(pixels.numpy().data)
    return CacheKey(
        content.hexdigest(), f"{head.embedding_id(model)}/{model.precision}", "network input"
    )


def _resized(pixels: torch.Tensor, side: int) -> torch.Tensor:
    """uint8 pixels (1, 3, h, w) with their longer side resized to `side`."""
    longest = max(pixels.shape[-2:])
    if longest == side:
        return pixels
    size = tuple(max(1, round(n * side / longest)) for n in pixels.shape[-2:])
    resized = functional.interpolate(pixels.float(), size, mode="bilinear", antialias=True)
    return resized.round().clamp(0, 255).to(torch.uint8)
