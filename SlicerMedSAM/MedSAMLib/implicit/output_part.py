"""The pixels of an output that show a part of the image, and where they lie in that part."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from ..sam.closer_look import Crop


@dataclass(frozen=True)
class OutputPart:
    """Rows and columns of an output (H, W), and their rectangle in the part's own coordinates.

    corner and size are (x, y) in units of the part: (0, 0) and (1, 1) where both agree.
    """

    rows: slice
    columns: slice
    corner: tuple[float, float]
    size: tuple[float, float]

    @property
    def shape(self) -> tuple[int, int]:
        """(h, w) in pixels of the output."""
        return self.rows.stop - self.rows.start, self.columns.stop - self.columns.start

    def placed(self, positions: torch.Tensor) -> torch.Tensor:
        """Positions (..., 2) in the rectangle of pixels, 0..1, as positions in the part."""
        corner, size = (positions.new_tensor(each) for each in (self.corner, self.size))
        return positions * size + corner


def output_part(crop: Crop, image: tuple[int, int], output: tuple[int, int]) -> OutputPart | None:
    """What of an output (H, W) of an image (h, w) has its centers in the crop; None for nothing."""
    edges = ((crop.y0, crop.y1), (crop.x0, crop.x1))
    steps = [size / pixels for size, pixels in zip(image, output, strict=True)]
    rows, columns = (
        slice(*(math.ceil(edge / step - 0.5) for edge in pair))
        for pair, step in zip(edges, steps, strict=True)
    )
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return None
    y, x = (
        ((place.start * step - low) / (high - low), (place.stop * step - low) / (high - low))
        for place, step, (low, high) in zip((rows, columns), steps, edges, strict=True)
    )
    return OutputPart(rows, columns, (x[0], y[0]), (x[1] - x[0], y[1] - y[0]))
