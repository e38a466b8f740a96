"""SAM's decoder, M times: each mask is fed back, through the cell, into the prompt of the next.

SeqSAM (Towle 2025; `spec/papers.md` section 1a): step m decodes `E + Z_m` with the same prompt
tokens, `Z_m` from the dense prompt of mask m - 1 (raw logits, with gradient) and a hidden state. M
is free at call time. The image embedding `E` is computed once by somebody else.

The cell is linear, and the dense prompt of a mask is a 1x1 convolution of 16 channels, so that
the cell's convolution of it is one of 16 channels, too: of the two convolutions from 512 channels
of the definition (`RecurrentCell.forward`) one of 256 is left, with the same result.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from ..sam.backbone import MaskDecoder, PromptEncoder
from ..sam.decoding import decode_masks
from .cell import RecurrentCell, convolved
from .fast_convolution import FastConvolution

Decode = Callable[..., tuple[torch.Tensor, torch.Tensor]]


@dataclass(frozen=True)
class PromptCodes:
    """One prompt for each of B embeddings, coded.

    sparse: (B, T, C) tokens, the same at every step.
    dense: (B, C, g, g) of step 1: no mask, or the mask that was given, and whatever else the
        prompt encoder draws there (the starter's prompt maps), which stays at every step.
    mask: (B, 1, 4g, 4g) logits that were given, or None.
    """

    sparse: torch.Tensor
    dense: torch.Tensor
    mask: torch.Tensor | None = None


def encode_prompts(
    encoder: PromptEncoder,
    boxes: torch.Tensor | None = None,
    points: tuple[torch.Tensor, torch.Tensor] | None = None,
    masks: torch.Tensor | None = None,
) -> PromptCodes:
    """Code B prompts in the network's frame, as SAM's prompt encoder takes them."""
    sparse, dense = encoder(points=points, boxes=boxes, masks=masks)
    return PromptCodes(sparse, dense, masks)


class RecurrentDecoder(nn.Module):
    """A cell around a SAM prompt encoder and mask decoder, which it does not change in any way."""

    def __init__(
        self, prompt_encoder: PromptEncoder, mask_decoder: MaskDecoder, cell: RecurrentCell
    ) -> None:
        super().__init__()
        self.prompt_encoder, self.mask_decoder, self.cell = prompt_encoder, mask_decoder, cell

    def forward(
        self,
        embeddings: torch.Tensor,
        prompts: PromptCodes,
        count: int,
        stop_gradient: bool = False,
        decode: Decode = decode_masks,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits (B, M, 4g, 4g) and predicted IoUs (B, M) of `count` = M steps.

        `embeddings` (B, C, g, g) or (1, C, g, g) for all. `stop_gradient` detaches what is fed
        back, an ablation of the paper. `decode` takes what `decode_masks` takes; of its masks the
        first is used.
        """
        of_prompt, of_hidden = self.cell.filters()
        positional = self.prompt_encoder.get_dense_pe()
        feedback = _Feedback(self.prompt_encoder, of_prompt, prompts)
        embeddings = embeddings.expand(len(prompts.sparse), -1, -1, -1)
        first = FastConvolution(of_prompt)(prompts.dense) + self.cell.biases().view(1, -1, 1, 1)
        from_hidden = FastConvolution(of_hidden)
        dense, driven, hidden, masks, scores = prompts.dense, first, None, [], []
        for step in range(count):
            if hidden is not None:
                driven = driven + from_hidden(hidden)
            change, hidden = driven.chunk(2, dim=1)
            logits, quality = decode(
                self.mask_decoder, embeddings, positional, prompts.sparse, dense + change
            )
            masks.append(logits[:, :1])
            scores.append(quality[:, :1])
            if step + 1 < count:
                fed = logits[:, :1].detach() if stop_gradient else logits[:, :1]
                dense, driven = feedback(fed, first)
        return torch.cat(masks, dim=1), torch.cat(scores, dim=1)


class _Feedback:
    """From a mask to its dense prompt and to what the cell's filters make of that."""

    def __init__(self, encoder: PromptEncoder, filters: torch.Tensor, prompts: PromptCodes) -> None:
        self.encoder, self.prompts = encoder, prompts
        spread = encoder.mask_downscaling[-1]  # 1x1, from 16 channels
        constant = spread.bias - encoder.no_mask_embed.weight[0]
        # What is not the mask in the prompt of step 1: zero for SAM, the starter's prompt maps.
        others = encoder.no_mask_embed.weight.view(1, -1, 1, 1)
        columns = torch.cat([spread.weight[:, :, 0, 0], constant[:, None]], dim=1)
        if prompts.mask is not None:
            others = encoder.mask_downscaling(prompts.mask)
            columns = spread.weight[:, :, 0, 0]
            self.given = self._codes(prompts.mask)
        self.others = prompts.dense - others
        self.filters = torch.einsum("ocyx,cn->onyx", filters, columns)

    def __call__(
        self, logits: torch.Tensor, first: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The dense prompt (B, C, g, g) of (B, 1, 4g, 4g), and its convolution (B, 2C, g, g).

        `first` is that of step 1; the convolution of the difference is added to it.
        """
        codes = self._codes(logits)
        dense = self.others + self.encoder.mask_downscaling[-1](codes)
        if self.prompts.mask is not None:
            return dense, first + convolved(codes - self.given, self.filters)
        ones = torch.ones_like(codes[:, :1])
        return dense, first + convolved(torch.cat([codes, ones], dim=1), self.filters)

    def _codes(self, logits: torch.Tensor) -> torch.Tensor:
        """(B, 16, g, g), before the last of SAM's mask convolutions."""
        return self.encoder.mask_downscaling[:-1](logits)
