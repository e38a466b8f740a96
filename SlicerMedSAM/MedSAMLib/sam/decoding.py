"""SAM's mask decoder over a batch in which every prompt may belong to another image."""

from __future__ import annotations

import torch

from .backbone import MaskDecoder


def decode_masks(
    decoder: MaskDecoder,
    embeddings: torch.Tensor,
    positional: torch.Tensor,
    sparse: torch.Tensor,
    dense: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor]:
    """All four masks of SAM for B prompts, each on its own image embedding.

    `segment_anything`'s decoder takes one image a call; training and batches of slices need
    one image a prompt. `embeddings` and `dense` are (B, 256, g, g), `positional`
    (1, 256, g, g), `sparse` (B, T, 256). Returns logits (B, 4, 4g, 4g), the single-mask token
    first, and predicted IoUs (B, 4).
    """
    batch = len(sparse)
    output_tokens = torch.cat([decoder.iou_token.weight, decoder.mask_tokens.weight])
    tokens = torch.cat([output_tokens.expand(batch, -1, -1), sparse], dim=1)
    hidden, source = decoder.transformer(
        embeddings + dense, positional.expand(batch, -1, -1, -1), tokens
    )
    upscaled = decoder.output_upscaling(source.transpose(1, 2).reshape(embeddings.shape))
    mask_tokens = hidden[:, 1 : 1 + decoder.num_mask_tokens]
    filters = torch.stack(
        [mlp(mask_tokens[:, i]) for i, mlp in enumerate(decoder.output_hypernetworks_mlps)], dim=1
    )
    logits = torch.einsum("bnc,bchw->bnhw", filters, upscaled)
    return logits, decoder.iou_prediction_head(hidden[:, 0])
