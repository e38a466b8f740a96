"""A plane through a volume, as the grid of pixels that it is looked at with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Plane:
    """A grid of H x W pixels in space.

    affine: 4x4, pixel (x, y, 0, 1) -> RAS in mm. The columns are one step in x, one step in y,
    the unit normal times the slice thickness, and the center of pixel (0, 0). Steps in x and y
    may differ in length (pixels that are not square).
    """

    shape: tuple[int, int]
    affine: np.ndarray

    @property
    def pixel_spacing(self) -> tuple[float, float]:
        """Distance between pixel centers in mm: (along x, along y)."""
        sx, sy = np.linalg.norm(self.affine[:3, :2], axis=0)
        return float(sx), float(sy)

    @property
    def thickness(self) -> float:
        """Slice thickness in mm."""
        return float(np.linalg.norm(self.affine[:3, 2]))

    @property
    def normal(self) -> np.ndarray:
        """Unit normal (3,) in RAS."""
        return self.affine[:3, 2] / self.thickness
