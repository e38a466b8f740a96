"""I-MedSAM as one network: adapted encoder, SAM's prompt path, and the implicit decoder.

What is trained: the adapters, the prompt encoder, the upscaling, and the decoder; of SAM all the
rest is frozen and shared with the backbone (papers.md 2a).
"""

from __future__ import annotations

import copy

import torch
from torch import nn

from ..sam.backbone import PromptEncoder, Sam
from .adapted_encoder import AdaptedEncoder, sharing_copy
from .config import ImplicitConfig
from .decoder import ImplicitDecoder
from .discrete_decoder import DiscreteDecoder
from .field import Field
from .lora import lora_state
from .released_decoder import ReleasedDecoder

SINGLE_MASK = 1  # the single-mask token's place: after the one for the predicted quality


class DetailStem(nn.Module):
    """What the image itself shows at every pixel of the network input: (B, 3, S, S) in 0..1 to
    (B, C, S, S). The embedding's cells are 8 or 16 pixels wide, too coarse for a contour."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, channels, 3, padding=1),
            nn.GELU(),
            nn.Conv2d(channels, channels, 3, padding=1),
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.layers(2 * images - 1)


class ImplicitNetwork(nn.Module):
    """An image and a prompt become a `Field`, of which the decoder tells the mask anywhere."""

    def __init__(self, sam: Sam, config: ImplicitConfig) -> None:
        """`sam` keeps its weights; those that stay as they are are shared, and frozen."""
        super().__init__()
        self.config = config
        self.encoder = AdaptedEncoder(sam.image_encoder, config)
        self.prompt_encoder = _for_grid(copy.deepcopy(sam.prompt_encoder), self.encoder.img_size)
        self.frozen = nn.ModuleDict(
            {
                name: sharing_copy(getattr(sam.mask_decoder, name))
                for name in ("transformer", "iou_token", "mask_tokens")
            }
        ).requires_grad_(False)
        self.upscaling = copy.deepcopy(sam.mask_decoder.output_upscaling)
        self.threshold = sam.mask_threshold
        width = sam.mask_decoder.transformer_dim
        self.filters = self.detail = None
        self.decoder: nn.Module = DiscreteDecoder()
        if not (config.compat and config.inr):
            self.filters = copy.deepcopy(sam.mask_decoder.output_hypernetworks_mlps[0])
        for part in (self.prompt_encoder, self.upscaling, self.filters):
            if part is not None:
                part.requires_grad_(True)
        if config.inr:
            self._add_decoder(width)

    def _add_decoder(self, width: int) -> None:
        config, channels = self.config, width // 8
        if config.compat:
            self.decoder = ReleasedDecoder(channels + width, config)
            return
        if config.detail:
            self.detail = DetailStem(config.detail)
        self.decoder = ImplicitDecoder(channels + config.detail, width, config)

    @property
    def image_size(self) -> int:
        """Side of the square network input in pixels."""
        return self.encoder.img_size

    def field(
        self,
        embedding: torch.Tensor,
        images: torch.Tensor,
        extent: torch.Tensor,
        points: tuple[torch.Tensor, torch.Tensor] | None = None,
        boxes: torch.Tensor | None = None,
        masks: torch.Tensor | None = None,
    ) -> Field:
        """The field of B prompts, each on its own of B embeddings (B, 256, g, g).

        `images` (B, 3, S, S) in 0..1, `extent` (B, 2) the share of the square that they fill.
        Prompts are in pixels of the network input, as SAM's prompt encoder takes them.
        """
        sparse, dense = self.prompt_encoder(points=points, boxes=boxes, masks=masks)
        positional = self.prompt_encoder.get_dense_pe().expand_as(embedding)
        tokens = torch.cat([self.frozen["iou_token"].weight, self.frozen["mask_tokens"].weight])
        tokens = torch.cat([tokens.expand(len(sparse), -1, -1), sparse], dim=1)
        hidden, source = self.frozen["transformer"](embedding + dense, positional, tokens)
        upscaled = self.upscaling(source.transpose(1, 2).reshape(embedding.shape))
        if self.filters is None:
            return Field((upscaled, positional), torch.zeros_like(upscaled[:, :1]), None, extent)
        code = hidden[:, SINGLE_MASK]
        logits = torch.einsum("bc,bchw->bhw", self.filters(code), upscaled)[:, None]
        maps = (upscaled,) if self.detail is None else (upscaled, self.detail(images))
        return Field(maps, logits - self.threshold, code, extent)

    def trained_state(self) -> dict[str, torch.Tensor]:
        """Everything that training changes, by name: what a head's file holds."""
        lora = lora_state(self.encoder.encoder)
        trained = {name: p.detach() for name, p in self.named_parameters() if p.requires_grad}
        state = {name: p for name, p in trained.items() if not name.startswith(LORA_PLACE)}
        state |= {LORA_PLACE + name: weight for name, weight in lora.items()}
        return state | {f"decoder.{n}": b.detach() for n, b in self.decoder.named_buffers()}


LORA_PLACE = "encoder.encoder."


def _for_grid(prompts: PromptEncoder, image_size: int) -> PromptEncoder:
    """The prompt encoder for an input of another size, with cells of the same size."""
    grid = prompts.image_embedding_size[0] * image_size // prompts.input_image_size[0]
    prompts.image_embedding_size = (grid, grid)
    prompts.input_image_size = (image_size, image_size)
    if hasattr(prompts, "maps"):  # the starter's drawn prompts
        prompts.maps.fine = prompts.maps.fine * grid * 4 // prompts.mask_input_size[0]
    prompts.mask_input_size = (4 * grid, 4 * grid)
    return prompts
