"""SAM's mask decoder for prompts on one image: the same numbers by fewer operations.

`segment_anything`'s decoder projects the image's tokens to keys, values and queries anew for
every prompt. There are thousands of them, but a prompt has about seven tokens of its own: it is
cheaper to project these the other way, and to let them meet the image's tokens as they are
(for one head: q (K x)^T = (q K) x^T, and a (V x) = (a x) V). The transposed convolutions, whose
strides equal their kernels, are matrix products. Results equal the decoder's but for rounding.
"""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional

from .backbone import LayerNorm2d, MaskDecoder, TwoWayTransformer
from .engines.fused_encoder import in_precision

# Image tokens of all prompts at a time: few enough for a processor's cache (measured: of 64 x 64
# tokens one prompt at a time takes 0.55 of the time of four, of 32 x 32 four take 0.86 of one).
TOKENS_AT_ONCE = 4096


def can_decode_jointly(decoder: nn.Module) -> bool:
    """Whether the decoder is SAM's own, and not a kind whose numbers would differ."""
    return (
        type(decoder) is MaskDecoder
        and type(decoder.transformer) is TwoWayTransformer
        and [type(each) for each in decoder.output_upscaling]
        == [nn.ConvTranspose2d, LayerNorm2d, nn.GELU, nn.ConvTranspose2d, nn.GELU]
    )


def decode_jointly(
    decoder: MaskDecoder,
    features: torch.Tensor,
    positional: torch.Tensor,
    sparse: torch.Tensor,
    dense: torch.Tensor,
    multimask: bool,
) -> tuple[torch.Tensor, torch.Tensor]:
    """What `decoder(...)` answers: logits (B, C, 4g, 4g) and predicted IoUs (B, C).

    features, positional: (1, D, g, g); sparse: (B, T, D); dense: (B, D, g, g). C is 1, or 3 with
    `multimask`.
    """
    places = positional.flatten(2).transpose(1, 2)
    chosen = slice(1, None) if multimask else slice(0, 1)
    step = _prompts_at_once(features, len(sparse))
    parts = [
        _decoded(
            decoder,
            (features + dense[start : start + step]).flatten(2).transpose(1, 2),
            places,
            sparse[start : start + step],
            chosen,
        )
        for start in range(0, len(sparse), step)
    ]
    logits, scores = (torch.cat(each) for each in zip(*parts, strict=True))
    return logits, scores


class BatchDecoder:
    """`decode_jointly` in a precision; results are float32.

    In bfloat16 a processor with units for it takes half the time for several prompts, and no less
    for a single one.
    """

    def __init__(self, decoder: MaskDecoder, dtype: torch.dtype) -> None:
        self.dtype = dtype
        self._decoder = in_precision(decoder, dtype)

    def __call__(
        self,
        features: torch.Tensor,
        positional: torch.Tensor,
        sparse: torch.Tensor,
        dense: torch.Tensor,
        multimask: bool,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        given = (tensor.to(self.dtype) for tensor in (features, positional, sparse, dense))
        logits, scores = decode_jointly(self._decoder, *given, multimask)
        return logits.float(), scores.float()


def decode_single(
    decoder: MaskDecoder,
    features: torch.Tensor,
    positional: torch.Tensor,
    sparse: torch.Tensor,
    dense: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor]:
    """`decode_masks` for prompts on one image, its first mask only: (B, 1, 4g, 4g) and (B, 1)."""
    return decode_jointly(decoder, features, positional, sparse, dense, multimask=False)


def _prompts_at_once(features: torch.Tensor, count: int) -> int:
    if features.device.type != "cpu":
        return count
    return max(1, TOKENS_AT_ONCE // features[0, 0].numel())


def _decoded(
    decoder: MaskDecoder,
    image: torch.Tensor,
    places: torch.Tensor,
    sparse: torch.Tensor,
    chosen: slice,
) -> tuple[torch.Tensor, torch.Tensor]:
    """For the image's tokens (B, N, D) with their places (1, N, D)."""
    own = torch.cat([decoder.iou_token.weight, decoder.mask_tokens.weight])
    tokens = torch.cat([own.expand(len(sparse), -1, -1), sparse], dim=1)
    wanted = [0, *range(1, 1 + decoder.num_mask_tokens)[chosen]]
    hidden, image = _transformed(decoder.transformer, image.contiguous(), places, tokens, wanted)
    numbers = range(decoder.num_mask_tokens)[chosen]
    filters = torch.stack(
        [decoder.output_hypernetworks_mlps[n](hidden[:, 1 + at]) for at, n in enumerate(numbers)],
        dim=1,
    )
    logits = _filtered(decoder.output_upscaling, image, filters)
    return logits, decoder.iou_prediction_head(hidden[:, 0])[:, chosen]


def _transformed(
    transformer: TwoWayTransformer,
    image: torch.Tensor,
    places: torch.Tensor,
    tokens: torch.Tensor,
    wanted: list[int],
) -> tuple[torch.Tensor, torch.Tensor]:
    """The wanted tokens (B, len(wanted), D) and the image's tokens (B, N, D) after all layers."""
    queries = tokens
    for layer in transformer.layers:
        queries = _self_attended(layer, queries, tokens)
        placed = image + places
        attended = _from_image(layer.cross_attn_token_to_image, queries + tokens, placed, image)
        queries = layer.norm2(queries + attended)
        queries = layer.norm3(queries + layer.mlp(queries))
        attention = layer.cross_attn_image_to_token
        image = layer.norm4(_to_image(attention, image, placed, queries + tokens, queries))
    # Of the other tokens nobody asks any more.
    queries, tokens = queries[:, wanted], tokens[:, wanted]
    attention = transformer.final_attn_token_to_image
    attended = _from_image(attention, queries + tokens, image + places, image)
    return transformer.norm_final_attn(queries + attended), image


def _self_attended(layer: nn.Module, queries: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
    if layer.skip_first_layer_pe:
        return layer.norm1(layer.self_attn(q=queries, k=queries, v=queries))
    placed = queries + tokens
    return layer.norm1(queries + layer.self_attn(q=placed, k=placed, v=queries))


def _from_image(
    attention: nn.Module, queries: torch.Tensor, placed: torch.Tensor, image: torch.Tensor
) -> torch.Tensor:
    """`attention(q=queries, k=placed, v=image)`, (B, T, D).

    The keys' bias adds the same to all places of the image, which the softmax takes out again;
    the values' bias is added after it, because the weights sum to 1.
    """
    batch, count, _ = queries.shape
    heads = attention.num_heads
    query = _by_head(attention.q_proj(queries), heads)  # (B, h, T, d)
    back = query @ _weights_by_head(attention.k_proj, heads)  # (B, h, T, D)
    back = back.flatten(1, 2) / math.sqrt(query.shape[-1])
    shares = torch.bmm(back, placed.transpose(1, 2)).softmax(dim=-1)  # (B, h T, N)
    seen = torch.bmm(shares, image).view(batch, heads, count, -1)
    values = seen @ _weights_by_head(attention.v_proj, heads).transpose(1, 2)  # (B, h, T, d)
    values = values.transpose(1, 2).flatten(2) + attention.v_proj.bias
    return attention.out_proj(values)


def _to_image(
    attention: nn.Module,
    image: torch.Tensor,
    placed: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
) -> torch.Tensor:
    """`image + attention(q=placed, k=keys, v=values)`, (B, N, D)."""
    batch, count, _ = keys.shape
    heads = attention.num_heads
    key = _by_head(attention.k_proj(keys), heads)  # (B, h, T, d)
    key = key / math.sqrt(key.shape[-1])
    back = (key @ _weights_by_head(attention.q_proj, heads)).flatten(1, 2)  # (B, h T, D)
    bias = (key * attention.q_proj.bias.view(heads, 1, -1)).sum(dim=-1).view(batch, -1, 1)
    weights = torch.baddbmm(bias, back, placed.transpose(1, 2))  # (B, h T, N)
    shares = weights.view(batch, heads, count, -1).softmax(dim=2).flatten(1, 2)
    value = _by_head(attention.v_proj(values), heads)
    out = attention.out_proj.weight.view(-1, heads, value.shape[-1]).permute(1, 2, 0)  # (h, d, D)
    told = (value @ out).flatten(1, 2)  # (B, h T, D)
    return torch.baddbmm(image + attention.out_proj.bias, shares.transpose(1, 2), told)


def _filtered(upscaling: nn.Sequential, image: torch.Tensor, filters: torch.Tensor) -> torch.Tensor:
    """Upscale the image's tokens (B, N, D) fourfold and apply filters (B, C, d): (B, C, 4g, 4g)."""
    first, norm, _, second, _ = upscaling
    batch, count, _ = image.shape
    grid = math.isqrt(count)
    fine = _upscaled(first, image).view(batch, 4 * count, -1)
    fine = functional.layer_norm(fine, fine.shape[-1:], norm.weight, norm.bias, norm.eps)
    fine = _upscaled(second, functional.gelu(fine)).view(batch, 16 * count, -1)
    logits = torch.bmm(functional.gelu(fine), filters.transpose(1, 2))
    # A token's 4 x 4 pixels are numbered by row and column of the first step, then of the second.
    logits = logits.view(batch, grid, grid, 2, 2, 2, 2, -1).permute(0, 7, 1, 3, 5, 2, 4, 6)
    return logits.reshape(batch, -1, 4 * grid, 4 * grid)


def _upscaled(convolution: nn.ConvTranspose2d, pixels: torch.Tensor) -> torch.Tensor:
    """(B, n, D) -> (B, n, 4 d): each pixel becomes 2 x 2."""
    weight = convolution.weight.permute(2, 3, 1, 0).flatten(0, 2)  # (2 2 d, D)
    return functional.linear(pixels, weight, convolution.bias.repeat(4))


def _by_head(projected: torch.Tensor, heads: int) -> torch.Tensor:
    """(B, T, h d) -> (B, h, T, d)."""
    batch, count, width = projected.shape
    return projected.view(batch, count, heads, width // heads).transpose(1, 2)


def _weights_by_head(projection: nn.Linear, heads: int) -> torch.Tensor:
    """(h, d, D)."""
    return projection.weight.view(heads, -1, projection.in_features)
