"""Attention of an image encoder without the whole matrix of weights or of its biases.

SAM adds to the weight of a key for a query a bias of their distance in rows and one of their
distance in columns (decomposed relative positions, Li 2022, section 4.1).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from .onednn import linear

# Of a head's weights at a time: what a processor's cache holds.
BLOCK_BYTES = 4 << 20
# Of all heads' biases at a time on a GPU.
BIAS_BYTES = 16 << 20
# Up to so many tokens, a window's, all weights are computed at a time.
WINDOW_TOKENS = 256


@dataclass(frozen=True, eq=False)
class Heads:
    """Queries, keys and values (N, heads, h w, c), and a query's biases for the keys' rows
    (N, heads, h, w, h) and columns (N, heads, h, w, w)."""

    query: torch.Tensor
    key: torch.Tensor
    value: torch.Tensor
    by_row: torch.Tensor
    by_column: torch.Tensor

    @property
    def size(self) -> tuple[int, int]:
        """(h, w)."""
        return self.by_row.shape[2], self.by_row.shape[3]


def attended(heads: Heads) -> torch.Tensor:
    """What the queries see of the values: (N, h w, heads c)."""
    if heads.query.device.type != "cpu":
        return _fused(heads).transpose(1, 2).flatten(2)
    if heads.query.shape[2] <= WINDOW_TOKENS:
        return _whole(heads).transpose(1, 2).flatten(2)
    return _in_blocks(heads)


def _whole(heads: Heads) -> torch.Tensor:
    """Of small windows: the biases are products of longer queries and keys.

    A key's other elements are 1 at its row's and its column's number and 0 elsewhere.
    """
    height, width = heads.size
    scaled = heads.query * heads.query.shape[-1] ** -0.5
    queries = torch.cat([scaled, heads.by_row.flatten(2, 3), heads.by_column.flatten(2, 3)], dim=-1)
    rows, columns = (torch.eye(n, dtype=queries.dtype) for n in (height, width))
    places = torch.cat([rows.repeat_interleave(width, 0), columns.repeat(height, 1)], dim=1)
    keys = torch.cat([heads.key, places.expand(*heads.key.shape[:2], -1, -1)], dim=-1)
    return (queries @ keys.transpose(-1, -2)).softmax(dim=-1) @ heads.value


def _in_blocks(heads: Heads) -> torch.Tensor:
    """Head by head, some rows of queries at a time."""
    count, number, tokens, channels = heads.query.shape
    scaled = heads.query * channels**-0.5
    seen = heads.query.new_empty(count, tokens, number, channels)
    for n in range(count):
        for head in range(number):
            key, value = heads.key[n, head].contiguous(), heads.value[n, head].t().contiguous()
            for rows, queries in _blocks(heads.size, heads.query.element_size(), BLOCK_BYTES):
                weights = linear(scaled[n, head, queries], key)
                weights = weights.view(-1, heads.size[1], *heads.size)
                weights += heads.by_row[n, head, rows, :, :, None]
                weights += heads.by_column[n, head, rows, :, None, :]
                shares = weights.view(-1, tokens).softmax(dim=-1)
                seen[n, queries, head] = linear(shares, value)
    return seen.flatten(2)


def _fused(heads: Heads) -> torch.Tensor:
    """PyTorch's own, which wants the biases as a matrix: of some rows of queries at a time."""
    parts = []
    bytes_a_weight = heads.query.element_size() * heads.query[..., 0, 0].numel()
    for rows, queries in _blocks(heads.size, bytes_a_weight, BIAS_BYTES):
        bias = heads.by_row[:, :, rows, :, :, None] + heads.by_column[:, :, rows, :, None, :]
        bias = bias.flatten(4).flatten(2, 3)
        query = heads.query[:, :, queries]
        parts.append(F.scaled_dot_product_attention(query, heads.key, heads.value, attn_mask=bias))
    return torch.cat(parts, dim=2)


def _blocks(size: tuple[int, int], bytes_a_weight: int, most: int) -> list[tuple[slice, slice]]:
    """Rows of a grid (h, w), and their tokens, whose weights take no more than `most` bytes."""
    height, width = size
    rows = max(1, most // (bytes_a_weight * height * width**2))
    return [
        (slice(start, start + rows), slice(start * width, (start + rows) * width))
        for start in range(0, height, rows)
    ]
