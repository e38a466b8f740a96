"""SAM's mask decoder for prompts on one image: the same numbers by fewer operations.

`segment_anything`'s decoder projects the image's tokens to keys, values and queries anew for
every prompt. There are thousands of them, but a prompt has about seven tokens of its own: it is
cheaper to project these the other way, and to let them meet the image's tokens as they are
(for one head: q (K x)^T = (q K) x^T, and a (V x) = (a x) V). Prompts that draw nothing on the image
share it until they have changed it, and are queries of one attention. The transposed convolutions,
whose strides equal their kernels, are matrix products. Results equal the decoder's but for
rounding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from .backbone import LayerNorm2d, MaskDecoder, TwoWayTransformer
from .engines.fused_encoder import in_precision
from .engines.onednn import linear, linear_gelu

# Image tokens of all prompts at a time: few enough for a processor's cache.
TOKENS_AT_ONCE = 4 * 4096
# And of those that are multiplied and normed together.
TOKENS_OF_AN_IMAGE = 4096


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
    own = torch.cat([decoder.iou_token.weight, decoder.mask_tokens.weight])
    tokens = torch.cat([own.expand(len(sparse), -1, -1), sparse], dim=1)
    picture, added, places = (_tokens(each) for each in (features, dense, positional))
    picture = picture.contiguous()
    chosen = slice(1, None) if multimask else slice(0, 1)
    first = decoder.transformer.layers[0]
    shared = _Image.at(picture + added[:1], places) if _is_shared(dense) else None
    asked = _asked(first, tokens, tokens, [shared]) if shared else None
    step = _at_once(TOKENS_AT_ONCE, added)
    parts = []
    for start in range(0, len(sparse), step):
        part = slice(start, start + step)
        if shared:
            images, queries = shared.each_of(len(tokens[part])), asked[part]
        else:
            images = _Image.at(picture + added[part], places).split()
            queries = _asked(first, tokens[part], tokens[part], images)
        parts.append(_decoded(decoder, queries, tokens[part], images, chosen))
    logits, scores = (torch.cat(each) for each in zip(*parts, strict=True))
    return logits, scores


def _is_shared(dense: torch.Tensor) -> bool:
    """Whether prompts (B, D, g, g) change the image in the same way, before their tokens do."""
    return len(dense) > 1 and dense.stride(0) == 0


@dataclass(frozen=True, eq=False)
class _Image:
    """The image's tokens (b, N, D) for b prompts, with and without their places (1, N, D)."""

    seen: torch.Tensor
    places: torch.Tensor
    placed: torch.Tensor

    @classmethod
    def at(cls, seen: torch.Tensor, places: torch.Tensor) -> _Image:
        """Of tokens (b, N, D)."""
        return cls(seen, places, seen + places)

    def split(self) -> list[_Image]:
        """For as many prompts each as a processor's cache holds; on a GPU one for all."""
        count = _at_once(TOKENS_OF_AN_IMAGE, self.seen)
        parts = zip(self.seen.split(count), self.placed.split(count), strict=True)
        return [_Image(seen, self.places, placed) for seen, placed in parts]

    def each_of(self, count: int) -> list[_Image]:
        """The same for so many prompts that shared it."""
        seen, placed = (each.expand(count, -1, -1) for each in (self.seen, self.placed))
        return _Image(seen, self.places, placed).split()


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
        if dense.stride(0) == 0:  # one for all, which it stays
            dense = dense[:1].to(self.dtype).expand_as(dense)
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


def _tokens(grids: torch.Tensor) -> torch.Tensor:
    """(b, D, g, g) -> (b, N, D)."""
    return grids.flatten(2).transpose(1, 2)


def _at_once(tokens: int, images: torch.Tensor) -> int:
    """How many of images (B, N, D) have so many tokens; on a GPU all."""
    return max(1, tokens // images.shape[1]) if images.device.type == "cpu" else len(images)


def _decoded(
    decoder: MaskDecoder,
    queries: torch.Tensor,
    tokens: torch.Tensor,
    images: list[_Image],
    chosen: slice,
) -> tuple[torch.Tensor, torch.Tensor]:
    """From what the tokens (B, T, D) have asked of the image in the first layer, `queries`."""
    numbers = range(decoder.num_mask_tokens)[chosen]
    wanted = [0, *(1 + number for number in numbers)]
    hidden, images = _transformed(decoder.transformer, queries, tokens, images, wanted)
    filters = torch.stack(
        [decoder.output_hypernetworks_mlps[n](hidden[:, 1 + at]) for at, n in enumerate(numbers)],
        dim=1,
    )
    logits = [
        _filtered(decoder.output_upscaling, image.seen, part)
        for image, part in zip(images, filters.split(len(images[0].seen)), strict=True)
    ]
    return torch.cat(logits), decoder.iou_prediction_head(hidden[:, 0])[:, chosen]


def _transformed(
    transformer: TwoWayTransformer,
    queries: torch.Tensor,
    tokens: torch.Tensor,
    images: list[_Image],
    wanted: list[int],
) -> tuple[torch.Tensor, list[_Image]]:
    """The wanted tokens (B, len(wanted), D) and the images after all layers."""
    first, *others = transformer.layers
    images = _told(first, queries, tokens, images)
    for layer in others:
        queries = _asked(layer, queries, tokens, images)
        images = _told(layer, queries, tokens, images)
    # Of the other tokens nobody asks any more.
    queries, tokens = queries[:, wanted], tokens[:, wanted]
    attended = _from_images(transformer.final_attn_token_to_image, queries + tokens, images)
    return transformer.norm_final_attn(queries + attended), images


def _asked(
    layer: nn.Module, queries: torch.Tensor, tokens: torch.Tensor, images: list[_Image]
) -> torch.Tensor:
    """A layer's tokens (B, T, D), which have attended to each other and to the image."""
    queries = _self_attended(layer, queries, tokens)
    attended = _from_images(layer.cross_attn_token_to_image, queries + tokens, images)
    queries = layer.norm2(queries + attended)
    return layer.norm3(queries + layer.mlp(queries))


def _told(
    layer: nn.Module, queries: torch.Tensor, tokens: torch.Tensor, images: list[_Image]
) -> list[_Image]:
    """A layer's images, which have attended to the tokens (B, T, D)."""
    folded = _to_images(layer.cross_attn_image_to_token, queries + tokens, queries)
    parts = zip(images, *(each.split(len(images[0].seen)) for each in folded), strict=True)
    return [
        _Image.at(layer.norm4(_attending(image, *part)), image.places) for image, *part in parts
    ]


def _self_attended(layer: nn.Module, queries: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
    if layer.skip_first_layer_pe:
        return layer.norm1(layer.self_attn(q=queries, k=queries, v=queries))
    placed = queries + tokens
    return layer.norm1(queries + layer.self_attn(q=placed, k=placed, v=queries))


def _from_images(attention: nn.Module, queries: torch.Tensor, images: list[_Image]) -> torch.Tensor:
    """`attention(q=queries, k=image.placed, v=image.seen)`, (B, T, D).

    The keys' bias adds the same to all places of the image, which the softmax takes out again;
    the values' bias is added after it, because the weights sum to 1.
    """
    batch, count, _ = queries.shape
    if sum(len(image.seen) for image in images) < batch:
        return _from_shared_image(attention, queries, images[0])
    heads = attention.num_heads
    query = _by_head(attention.q_proj(queries), heads)  # (B, h, T, d)
    back = query @ _weights_by_head(attention.k_proj, heads)  # (B, h, T, D)
    back = back.flatten(1, 2) / math.sqrt(query.shape[-1])
    seen = []
    for image, part in zip(images, back.split(len(images[0].seen)), strict=True):
        shares = _product(part, image.placed.transpose(1, 2)).softmax(dim=-1)  # (b, h T, N)
        seen.append(_product(shares, image.seen))
    seen = torch.cat(seen).view(batch, heads, count, -1)
    values = seen @ _weights_by_head(attention.v_proj, heads).transpose(1, 2)  # (B, h, T, d)
    values = values.transpose(1, 2).flatten(2) + attention.v_proj.bias
    return attention.out_proj(values)


def _from_shared_image(attention: nn.Module, queries: torch.Tensor, image: _Image) -> torch.Tensor:
    """The same of one image (1, N, D), whose keys and values are projected once."""
    batch, count, width = queries.shape
    every = (queries.reshape(1, batch * count, width), image.placed, image.seen)
    projections = (attention.q_proj, attention.k_proj, attention.v_proj)
    query, key, value = (
        _by_head(linear(given, layer.weight, layer.bias), attention.num_heads)
        for given, layer in zip(every, projections, strict=True)
    )
    seen = functional.scaled_dot_product_attention(query, key, value)
    return attention.out_proj(seen.transpose(1, 2).reshape(batch, count, -1))


def _to_images(
    attention: nn.Module, keys: torch.Tensor, values: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """What `_attending` needs of `attention(q=image.placed, k=keys, v=values)`, for B prompts.

    Rows to multiply the placed tokens with (B, h, T, D), what is added to these products
    (B, h, T, 1), and rows to sum up by their softmax (B, h, T, D).
    """
    heads = attention.num_heads
    key = _by_head(attention.k_proj(keys), heads)  # (B, h, T, d)
    key = key / math.sqrt(key.shape[-1])
    back = key @ _weights_by_head(attention.q_proj, heads)
    bias = (key * attention.q_proj.bias.view(heads, 1, -1)).sum(dim=-1, keepdim=True)
    value = _by_head(attention.v_proj(values), heads)
    out = attention.out_proj.weight.view(-1, heads, value.shape[-1]).permute(1, 2, 0)  # (h, d, D)
    told = value @ out
    told[:, 0] += attention.out_proj.bias  # once to every place: a head's shares sum to 1
    return back, bias, told


def _attending(
    image: _Image, back: torch.Tensor, bias: torch.Tensor, told: torch.Tensor
) -> torch.Tensor:
    """`image.seen + attention(q=image.placed, ...)`, (b, N, D), of what `_to_images` gives."""
    weights = _product(back.flatten(1, 2), image.placed.transpose(1, 2))  # (b, h T, N)
    shares = weights.view(*back.shape[:3], -1).add_(bias).softmax(dim=2).flatten(1, 2)
    shares, told = shares.transpose(1, 2), told.flatten(1, 2)
    if len(shares) > 1:
        return torch.baddbmm(image.seen, shares, told)
    return torch.addmm(image.seen[0], shares[0], told[0])[None]


def _product(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """(b, m, k) by (b, k, n); of a single pair without the batch, which makes it slow."""
    return left @ right if len(left) > 1 else (left[0] @ right[0])[None]


def _filtered(upscaling: nn.Sequential, image: torch.Tensor, filters: torch.Tensor) -> torch.Tensor:
    """Upscale the image's tokens (b, N, D) fourfold and apply filters (b, C, d): (b, C, 4g, 4g)."""
    first, norm, _, second, _ = upscaling
    batch, count, _ = image.shape
    grid = math.isqrt(count)
    fine = linear(image, *_upscaling_weights(first)).view(batch, 4 * count, -1)
    fine = functional.layer_norm(fine, fine.shape[-1:], norm.weight, norm.bias, norm.eps)
    fine = linear_gelu(functional.gelu(fine), *_upscaling_weights(second))
    logits = _product(fine.view(batch, 16 * count, -1), filters.transpose(1, 2))
    # A token's 4 x 4 pixels are numbered by row and column of the first step, then of the second.
    logits = logits.view(batch, grid, grid, 2, 2, 2, 2, -1).permute(0, 7, 1, 3, 5, 2, 4, 6)
    return logits.reshape(batch, -1, 4 * grid, 4 * grid)


def _upscaling_weights(convolution: nn.ConvTranspose2d) -> tuple[torch.Tensor, torch.Tensor]:
    """Of the linear layer D -> 4 d by which each pixel becomes 2 x 2."""
    weight = convolution.weight.permute(2, 3, 1, 0).flatten(0, 2)  # (2 2 d, D)
    return weight, convolution.bias.repeat(4)


def _by_head(projected: torch.Tensor, heads: int) -> torch.Tensor:
    """(B, T, h d) -> (B, h, T, d)."""
    batch, count, width = projected.shape
    return projected.view(batch, count, heads, width // heads).transpose(1, 2)


def _weights_by_head(projection: nn.Linear, heads: int) -> torch.Tensor:
    """(h, d, D)."""
    return projection.weight.view(heads, -1, projection.in_features)
