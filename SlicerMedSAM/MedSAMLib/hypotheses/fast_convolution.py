"""A 3x3 convolution with a quarter of the multiplications (Winograd's F(4x4, 3x3)).

Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, CVPR 2016: 4x4 pixels of the
result are computed from 6x6 pixels of the input by 36 products instead of 144. PyTorch's
processor kernels for float32 do not use it, and the cell's convolution from 256 to 512
channels, once a mask, is the larger part of what hypotheses cost. Results differ in rounding only.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

TILE, INPUT = 4, 6  # pixels a side of what is computed at a time, and of what it is computed from

# Lavin and Gray 2016, section 4.3: of the filter, of the input, of the result.
_FILTER = (
    (1 / 4, 0, 0),
    (-1 / 6, -1 / 6, -1 / 6),
    (-1 / 6, 1 / 6, -1 / 6),
    (1 / 24, 1 / 12, 1 / 6),
    (1 / 24, -1 / 12, 1 / 6),
    (0, 0, 1),
)
_INPUT = (
    (4, 0, -5, 0, 1, 0),
    (0, -4, -4, 1, 1, 0),
    (0, 4, -4, -1, 1, 0),
    (0, -2, -1, 2, 1, 0),
    (0, 2, -1, -2, 1, 0),
    (0, 4, 0, -5, 0, 1),
)
_RESULT = ((1, 1, 1, 1, 1, 0), (0, 1, -1, 2, -2, 0), (0, 1, 1, 4, 4, 0), (0, 1, -1, 8, -8, 1))


class FastConvolution:
    """Convolution with fixed filters (O, C, 3, 3) and zero padding of one pixel, without bias.

    The filters are transformed once; gradients reach them and the input.
    """

    def __init__(self, filters: torch.Tensor) -> None:
        options = {"dtype": filters.dtype, "device": filters.device}
        of_filter, of_input, of_result = (
            torch.tensor(matrix, **options) for matrix in (_FILTER, _INPUT, _RESULT)
        )
        both = torch.kron(of_filter, of_filter)
        flat = filters.flatten(2).permute(2, 0, 1).flatten(1)
        self.filters = (both @ flat).reshape(INPUT * INPUT, *filters.shape[:2])
        self.of_input = torch.kron(of_input, of_input)
        self.of_result = torch.kron(of_result, of_result)

    def __call__(self, maps: torch.Tensor) -> torch.Tensor:
        """(B, C, h, w) -> (B, O, h, w)."""
        batch, channels, height, width = maps.shape
        rows, columns = -(-height // TILE), -(-width // TILE)
        padding = (1, TILE * columns - width + 1, 1, TILE * rows - height + 1)
        tiles = F.pad(maps, padding).unfold(2, INPUT, TILE).unfold(3, INPUT, TILE)
        tiles = tiles.permute(4, 5, 1, 0, 2, 3).reshape(INPUT * INPUT, -1)
        tiles = (self.of_input @ tiles).reshape(INPUT * INPUT, channels, -1)
        products = torch.bmm(self.filters, tiles)
        found = self.of_result @ products.flatten(1)
        found = found.reshape(TILE, TILE, -1, batch, rows, columns).permute(3, 2, 4, 0, 5, 1)
        found = found.reshape(batch, -1, TILE * rows, TILE * columns)
        return found[:, :, :height, :width]
