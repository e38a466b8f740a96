"""A volume as plain data: voxels, where they lie in the patient, and how to window them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import MedSAMError


@dataclass(frozen=True, eq=False)
class Volume:
    """Voxels with their place in the patient.

    array: (K, J, I), or (K, J, I, 3) for color, in the type the file has; a 2-D image is K = 1.
    affine: 4x4, voxel (i, j, k, 1) -> RAS in mm, the same matrix as Slicer's IJKToRAS.
    window: (center, width) that the file's header proposes, None where it proposes none.
    """

    array: np.ndarray
    affine: np.ndarray
    name: str = ""
    window: tuple[float, float] | None = None
    source: Path | None = None

    def __post_init__(self) -> None:
        label = f"Volume {self.name!r}" if self.name else "The volume"
        object.__setattr__(self, "affine", np.asarray(self.affine, dtype=np.float64))
        if self.array.ndim not in (3, 4) or self.array.shape[3:] not in ((), (3,)):
            raise MedSAMError(
                f"{label} has the shape {self.array.shape}; (K, J, I) or (K, J, I, 3) is needed."
            )
        if self.array.size == 0:
            raise MedSAMError(f"{label} has no voxels.")
        if self.affine.shape != (4, 4) or not np.isfinite(self.affine).all():
            raise MedSAMError(f"{label} has no valid position in space (its affine is not 4x4).")
        if abs(np.linalg.det(self.affine[:3, :3])) < np.finfo(np.float64).tiny:
            raise MedSAMError(f"{label} has voxels of zero size (its affine cannot be inverted).")

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxel counts (K, J, I), color not counted."""
        return self.array.shape[:3]

    @property
    def is_color(self) -> bool:
        """Whether a voxel has three values."""
        return self.array.ndim == 4

    @property
    def spacing(self) -> tuple[float, float, float]:
        """Distance between voxel centers in mm, in the order i, j, k."""
        return tuple(float(s) for s in np.linalg.norm(self.affine[:3, :3], axis=0))
