"""Where the decoder is asked, and how it is told: positions in the image and their codes.

A position is (x, y) in units of the image: (0, 0) its upper left corner, (1, 1) its lower right
one, so that it is the same place at every resolution. Pixel j of n has its center at
(j + 0.5) / n.
"""

from __future__ import annotations

import math

import torch

# The release's frequencies go evenly from 2^0 to 2^10 (papers.md 2a); the paper's are 2^0..2^9.
RELEASED_TOP_OCTAVE = 10
# Of the third, constant coordinate of the release.
RELEASED_DEPTH = -1.0


def grid_positions(shape: tuple[int, int], device: torch.device | str = "cpu") -> torch.Tensor:
    """Centers (H W, 2) of the pixels of an image of `shape` (H, W), row after row."""
    height, width = shape
    y = (torch.arange(height, device=device) + 0.5) / height
    x = (torch.arange(width, device=device) + 0.5) / width
    rows, columns = torch.meshgrid(y, x, indexing="ij")
    return torch.stack([columns, rows], dim=-1).reshape(-1, 2)


def coordinate_code(positions: torch.Tensor, octaves: int) -> torch.Tensor:
    """Positions (..., 2) as sines and cosines of L octaves, then plain: (..., 4 L + 2).

    sin and cos of 2^l pi c for l = 0..L-1 and c in -1..1, the paper's equation.
    """
    centered = 2 * positions - 1
    scales = math.pi * 2.0 ** torch.arange(octaves, device=positions.device)
    angles = (centered[..., None] * scales).flatten(-2)
    return torch.cat([angles.sin(), angles.cos(), centered], dim=-1)


def code_length(octaves: int) -> int:
    """Numbers a position is coded by."""
    return 4 * octaves + 2


def released_code(positions: torch.Tensor, shape: tuple[int, int], octaves: int) -> torch.Tensor:
    """The release's code (..., 6 L + 3): three coordinates, ends inclusive, uneven octaves.

    The coordinates are a constant depth, y and x, where -1 and 1 are the centers of the first
    and the last pixel of the output's `shape` (H, W): they depend on the output's resolution.
    """
    size = torch.tensor(shape[::-1], device=positions.device)
    inclusive = (positions * size - 0.5) / (size - 1).clamp(min=1) * 2 - 1
    depth = torch.full_like(inclusive[..., :1], RELEASED_DEPTH)
    coordinates = torch.cat([depth, inclusive.flip(-1)], dim=-1)
    top = torch.linspace(0, RELEASED_TOP_OCTAVE, octaves, device=positions.device)
    angles = (coordinates[..., None] * 2 * math.pi * 2.0**top).flatten(-2)
    return torch.cat([angles.sin(), (angles + math.pi / 2).sin(), coordinates], dim=-1)


def released_code_length(octaves: int) -> int:
    """Numbers a position is coded by in the release: 63 for ten octaves."""
    return 6 * octaves + 3
