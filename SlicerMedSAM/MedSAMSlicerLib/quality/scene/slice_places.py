"""Where the pixels of a judged slice lie in the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...transforms import mapped


@dataclass(frozen=True, eq=False)
class SlicePlace:
    """Slice `index` along an axis of the array (0 k, 1 j, 2 i) of a volume.

    worldFromVoxels: (4, 4). Pixels are (x, y): of the two other axes of the array, the later
    one runs along x; centers of pixels are at integers.
    """

    worldFromVoxels: np.ndarray
    arrayAxis: int
    index: int

    def world(self, pixels: Sequence | np.ndarray, beyond: float = 0.0) -> np.ndarray:
        """Pixels (N, 2) -> world mm (N, 3); `beyond`: so many slices above the slice."""
        pixels = np.asarray(pixels, float).reshape(-1, 2)
        rows, columns = self._others
        kji = np.empty((len(pixels), 3))
        kji[:, self.arrayAxis] = self.index + beyond
        kji[:, rows], kji[:, columns] = pixels[:, 1], pixels[:, 0]
        return mapped(self.worldFromVoxels, kji[:, ::-1])

    def middle(self, box: Sequence[int]) -> np.ndarray:
        """The world point (3,) in the middle of a box (x0, y0, x1, y1)."""
        x0, y0, x1, y1 = box
        return self.world([((x0 + x1 - 1) / 2, (y0 + y1 - 1) / 2)])[0]

    @property
    def pixelSize(self) -> tuple[float, float]:
        """(x, y) in mm."""
        sizes = np.linalg.norm(self.worldFromVoxels[:3, 2::-1], axis=0)
        rows, columns = self._others
        return float(sizes[columns]), float(sizes[rows])

    @property
    def normal(self) -> np.ndarray:
        """Unit vector (3,) across the slice."""
        steps = self.worldFromVoxels[:3, 2::-1]
        rows, columns = self._others
        normal = np.cross(steps[:, columns], steps[:, rows])
        return normal / np.linalg.norm(normal)

    def extent(self, shape: Sequence[int]) -> tuple[slice, slice, slice]:
        """The slice as a part (k, j, i) of an array of this shape."""
        runs = [slice(0, count) for count in shape]
        runs[self.arrayAxis] = slice(self.index, self.index + 1)
        return tuple(runs)

    @property
    def _others(self) -> tuple[int, int]:
        """Axes of the array along y and x."""
        rows, columns = (axis for axis in range(3) if axis != self.arrayAxis)
        return rows, columns
