"""A backbone's image encoder with the head's adapters, sharing all weights that they leave alone.

Works with every encoder of the catalogue: SAM's ViT-B, ViT-L and ViT-H, and the starter.
"""

from __future__ import annotations

import copy

import torch
from torch import nn
from torch.nn import functional

from ..sam.backbone import ImageEncoderViT
from .config import ImplicitConfig
from .frequency_adapter import FrequencyAdapter
from .lora import add_lora
from .spectrum import spectrum_image

# Of ImageNet's RGB values in 0..1, as SAM has them.
MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)


class AdaptedEncoder(nn.Module):
    """Images (B, 3, S, S) in 0..1, padded as SAM does it, to an embedding (B, 256, g, g).

    The release does not normalize its images (papers.md 2e.6); `compat` does not either.
    """

    def __init__(self, encoder: ImageEncoderViT, config: ImplicitConfig) -> None:
        """`encoder` is not changed. Its LoRA must be added (`add_adapters`) or merged."""
        super().__init__()
        self.config = config
        self.encoder = sharing_copy(encoder)
        self.encoder.requires_grad_(False)
        if config.image_size and config.image_size != encoder.img_size:
            _resize(self.encoder, config.image_size)
        self.frequency = None
        if config.frequency != "none":
            channels = encoder.neck[0].in_channels
            self.frequency = FrequencyAdapter(channels, len(encoder.blocks), config)
        constant = {"mean": MEAN, "deviation": DEVIATION}
        for name, values in constant.items():
            self.register_buffer(name, torch.tensor(values).view(3, 1, 1), persistent=False)

    def add_adapters(self) -> None:
        """Fresh LoRA adapters for training, if the configuration has them."""
        if self.config.lora_rank:
            add_lora(self.encoder, self.config.lora_rank, gated=self.config.compat)

    @property
    def img_size(self) -> int:
        """Side of the square input in pixels."""
        return self.encoder.img_size

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        waves = self._waves(images)
        tokens = self._tokens(self._normalized(images))
        for number, block in enumerate(self.encoder.blocks):
            tokens = block(tokens)
            if waves is not None:
                waves = self.frequency.carry(number, waves)
                tokens = tokens + self.frequency.share(number, waves)
        return self.encoder.neck(tokens.permute(0, 3, 1, 2))

    def _waves(self, images: torch.Tensor) -> torch.Tensor | None:
        """Tokens (B, g, g, C) of the images' spectra."""
        if self.frequency is None:
            return None
        compat = self.config.compat
        with torch.no_grad():
            spectra = spectrum_image(images, self.config.frequency, compat)
            return self._tokens(self._normalized(spectra))

    def _normalized(self, images: torch.Tensor) -> torch.Tensor:
        return images if self.config.compat else (images - self.mean) / self.deviation

    def _tokens(self, images: torch.Tensor) -> torch.Tensor:
        tokens = self.encoder.patch_embed(images)
        return tokens if self.encoder.pos_embed is None else tokens + self.encoder.pos_embed


def sharing_copy(module: nn.Module) -> nn.Module:
    """A copy whose structure may be changed, with the very parameters of the original."""
    shared = {id(tensor): tensor for tensor in (*module.parameters(), *module.buffers())}
    return copy.deepcopy(module, shared)


def _resize(encoder: ImageEncoderViT, size: int) -> None:
    """Let the encoder take another input size; relative positions adapt by themselves."""
    grid = encoder.pos_embed.shape[1] * size // encoder.img_size
    positions = encoder.pos_embed.detach().permute(0, 3, 1, 2)
    positions = functional.interpolate(positions, (grid, grid), mode="bilinear")
    encoder.pos_embed = nn.Parameter(positions.permute(0, 2, 3, 1), requires_grad=False)
    encoder.img_size = size
