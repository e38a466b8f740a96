"""Grids of voxels finer than a volume's own, that cover the very same box of space."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..errors import UsageError
from ..geometry import array_axis
from ..images import Volume

Extent = tuple[slice, slice, slice]

# No image knows more; a larger wish is a slip of the finger.
MOST_TIMES_FINER = 64
MOST_VOXELS_A_SIDE = 1 << 16
# Of a wish in mm: 0.9999 mm voxels are not finer than 1 mm ones.
LEAST_TIMES_FINER = 1.01


@dataclass(frozen=True, eq=False)
class FineGrid:
    """Voxels that divide a coarse volume's box; corners coincide, centers do not.

    shape: (K, J, I). affine: 4x4, voxel (i, j, k, 1) -> RAS in mm. coarse_shape: (K, J, I) of the
    volume that it divides.
    """

    shape: tuple[int, int, int]
    affine: np.ndarray
    coarse_shape: tuple[int, int, int]

    @property
    def spacing(self) -> tuple[float, float, float]:
        """mm between voxel centers along i, j, k."""
        return tuple(float(step) for step in np.linalg.norm(self.affine[:3, :3], axis=0))

    @property
    def factors(self) -> tuple[float, float, float]:
        """Fine voxels for a coarse one along k, j, i."""
        return tuple(m / n for m, n in zip(self.shape, self.coarse_shape, strict=True))

    @property
    def coarse_spacing(self) -> tuple[float, float, float]:
        """mm between the centers of the divided voxels along k, j, i."""
        return tuple(step * f for step, f in zip(self.spacing[::-1], self.factors, strict=True))

    @property
    def whole(self) -> Extent:
        """The extent of all voxels."""
        return tuple(slice(0, size) for size in self.shape)

    def covering(self, extent: Extent) -> Extent:
        """The fine voxels (slices k, j, i) that share space with a coarse extent."""
        return tuple(
            slice(_floor(part.start * factor), min(_ceil(part.stop * factor), size))
            for part, factor, size in zip(extent, self.factors, self.shape, strict=True)
        )

    def coarse_positions(self, axis: int, part: slice) -> np.ndarray:
        """Where the centers of the fine voxels `part` of an array axis lie, in coarse indices."""
        return (np.arange(part.start, part.stop) + 0.5) / self.factors[axis] - 0.5

    def coarse_indices(self, extent: Extent) -> list[np.ndarray]:
        """The divided voxels in which the centers of an extent's voxels lie, along k, j, i."""
        return [
            np.floor(self.coarse_positions(axis, part) + 0.5).astype(int)
            for axis, part in enumerate(extent)
        ]

    def affine_of(self, extent: Extent) -> np.ndarray:
        """The affine of the voxels of an extent by themselves."""
        affine = self.affine.copy()
        affine[:3, 3] += affine[:3, :3] @ [part.start for part in extent[::-1]]
        return affine

    def volume(self, array: np.ndarray, extent: Extent | None = None, name: str = "") -> Volume:
        """`array` (k, j, i) as a volume in its place, of all voxels or of an extent."""
        return Volume(array, self.affine_of(self.whole if extent is None else extent), name)


def fine_grid(
    volume: Volume,
    axis: str | None = None,
    scale: float | None = None,
    spacing_mm: float | None = None,
    through_plane: bool = False,
) -> FineGrid:
    """The grid that divides the voxels of `volume`, by a factor or to a spacing.

    Args:
        axis: "axial", "coronal" or "sagittal": the slices that are decoded; default as stored.
        scale: factor above 1, by which rows and columns of these slices become finer.
        spacing_mm: wanted distance of rows and columns instead; they are divided evenly, so that
            the spacing is the nearest that fits. A direction that is as fine already stays.
        through_plane: also between the slices, by the same factor or to the same spacing.

    UsageError for both or neither of them, and for a wish that makes nothing finer.
    """
    if (scale is None) == (spacing_mm is None):
        raise UsageError("Give either a scale or a spacing in mm for the finer grid.")
    along = 0 if axis is None else array_axis(volume, axis)
    factors = [
        1.0 if number == along and not through_plane else _factor(step, scale, spacing_mm)
        for number, step in enumerate(volume.spacing[::-1])
    ]
    if volume.shape[along] == 1:  # between the slices of a single slice there is nothing
        factors[along] = 1.0
    shape = tuple(
        size if factor == 1 else max(size, round(size * factor))
        for size, factor in zip(volume.shape, factors, strict=True)
    )
    _check(volume, shape, scale, spacing_mm)
    return FineGrid(shape, _divided(volume, shape), volume.shape)


def _factor(step: float, scale: float | None, spacing_mm: float | None) -> float:
    """Fine voxels for one of `step` mm."""
    wish, what = (scale, "scale") if spacing_mm is None else (spacing_mm, "spacing")
    wish = float(wish)
    if not (math.isfinite(wish) and wish > 0):
        raise UsageError(f"The {what} must be a positive number, not {wish:g}.")
    factor = wish if spacing_mm is None else step / wish
    if factor > MOST_TIMES_FINER:
        raise UsageError(
            f"The {what} {wish:g} makes voxels of {step:g} mm more than {MOST_TIMES_FINER} times "
            "finer: no image knows that much."
        )
    return factor if factor >= LEAST_TIMES_FINER else 1.0


def _check(volume: Volume, shape: tuple[int, int, int], scale, spacing_mm) -> None:
    if max(shape) > MOST_VOXELS_A_SIDE:
        raise UsageError(
            f"The finer grid would have {max(shape)} voxels a side, at most {MOST_VOXELS_A_SIDE} "
            "are possible: choose a smaller scale or a larger spacing."
        )
    if shape != volume.shape:
        return
    if spacing_mm is None:
        raise UsageError(f"A scale of {scale:g} makes nothing finer: choose more than 1, e.g. 2.")
    told = " x ".join(f"{step:g}" for step in volume.spacing)
    raise UsageError(
        f"A spacing of {spacing_mm:g} mm makes nothing finer: the voxels are {told} mm already."
    )


def _divided(volume: Volume, shape: tuple[int, int, int]) -> np.ndarray:
    """The volume's affine for `shape` voxels in the same box."""
    shares = np.array(volume.shape[::-1]) / np.array(shape[::-1])
    affine = volume.affine.copy()
    affine[:3, :3] *= shares
    affine[:3, 3] += volume.affine[:3, :3] @ (shares / 2 - 0.5)
    return affine


def _floor(position: float) -> int:
    return math.floor(position + 1e-9)


def _ceil(position: float) -> int:
    return math.ceil(position - 1e-9)
