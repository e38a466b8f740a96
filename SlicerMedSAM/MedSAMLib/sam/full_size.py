"""Logits of the network's resolution as a mask of the image's size.

`Sam.postprocess_masks` enlarges logits to the network's input, cuts the padding off, and resizes
what is left to the image, each time bilinearly. Both are sums of a few columns, and then of a
few rows, with weights that depend on the sizes alone: here they are one such sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch.nn import functional

from .prompt_tensors import NetworkFrame

# Frames whose weights are kept: of the slices of a volume, and of closer looks.
KEPT_FRAMES = 32


@dataclass(frozen=True, eq=False)
class _Taps:
    """For each of n outputs the numbers (n, k) of the k inputs it sums up, and their weights."""

    numbers: torch.Tensor
    weights: torch.Tensor

    def sums(self, rows: torch.Tensor) -> torch.Tensor:
        """(inputs, m) -> (n, m)."""
        return functional.embedding_bag(
            self.numbers, rows, mode="sum", per_sample_weights=self.weights
        )


def masks_at_full_size(logits: torch.Tensor, frame: NetworkFrame, threshold: float) -> torch.Tensor:
    """Where logits (..., h, w), enlarged to the image, exceed the threshold: (..., H, W) bool.

    On the CPU, one at a time, so that many masks of a large image take no memory for each.
    """
    by_row, by_column = _taps(frame)
    flat = logits.float().cpu().flatten(0, -3)
    masks = torch.empty(len(flat), *frame.original_size, dtype=torch.bool)
    for mask, each in zip(masks, flat, strict=True):
        wide = by_column.sums(each.t().contiguous()).t().contiguous()
        torch.gt(by_row.sums(wide), threshold, out=mask)
    return masks.view(*logits.shape[:-2], *frame.original_size)


@lru_cache(KEPT_FRAMES)
def _taps(frame: NetworkFrame) -> tuple[_Taps, _Taps]:
    """Of rows and of columns."""
    rows, columns = (
        _composed(frame.mask_size, frame.image_size, inner, outer)
        for inner, outer in zip(frame.input_size, frame.original_size, strict=True)
    )
    return rows, columns


def _composed(first: int, second: int, cut: int, last: int) -> _Taps:
    """Of `first` values enlarged to `second`, cut to the first `cut` of them, resized to `last`."""
    enlarged = _resized(torch.eye(first), second)
    weights = _resized(enlarged[:, :cut], last).t()  # (last, first)
    used = int((weights != 0).sum(dim=1).max())
    found = weights.abs().topk(used, dim=1).indices
    return _Taps(found, weights.gather(1, found).contiguous())


def _resized(values: torch.Tensor, size: int) -> torch.Tensor:
    """(m, n) -> (m, size)."""
    return functional.interpolate(values[None], size, mode="linear", align_corners=False)[0]
