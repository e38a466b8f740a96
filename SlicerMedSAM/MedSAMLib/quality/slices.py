"""An image with its segmentation on one grid, and the slices that it is assessed in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..default_window import default_window
from ..errors import UsageError
from ..geometry import array_axis
from ..images import Volume

# Spacings that differ by less than this share count as the same.
_SAME_SPACING = 0.01
AXES = ("axial", "coronal", "sagittal")


@dataclass(frozen=True, eq=False)
class SliceStack:
    """An image as a stack of slices.

    Attributes:
        volume: (K, J, I[, 3]) with its place; a picture is K = 1.
        grid: (K, J, I). shape: as the caller gave it, (H, W) or (K, J, I).
        axis: "axial", "coronal" or "sagittal"; array_axis: the same as an axis of the array.
    """

    volume: Volume
    shape: tuple[int, ...]
    axis: str
    array_axis: int

    @property
    def grid(self) -> tuple[int, int, int]:
        """Size (K, J, I) of the voxels."""
        return self.volume.shape

    @property
    def pixel_spacing(self) -> tuple[float, float]:
        """(y, x) of a slice in mm."""
        spacing = self.volume.spacing[::-1]
        return tuple(s for axis, s in enumerate(spacing) if axis != self.array_axis)

    def image(self, index: int) -> np.ndarray:
        """(H, W[, 3]) of slice `index`, in the image's own type."""
        return self.volume.array.take(index, axis=self.array_axis)


def slice_stack(
    image: np.ndarray, labels_shape: tuple[int, ...], affine: np.ndarray | None, axis: str
) -> SliceStack:
    """Read the image's form, gray or color, picture or volume, off the shape of the labels.

    image: (H, W[, 3]) or (K, J, I[, 3]); labels on the same grid, or with a leading axis of
    segments. affine: 4x4, voxel (i, j, k) -> RAS mm; None: 1 mm voxels, k axial.
    UsageError where the shapes do not fit.
    """
    image = np.asarray(image)
    grid = _common_grid(image, labels_shape)
    color = image.shape[len(grid) :]
    array = image.reshape((1,) * (3 - len(grid)) + grid + color)
    if image.size == 0:
        raise UsageError("The image has no pixels.")
    volume = Volume(array, np.eye(4) if affine is None else affine)
    is_picture = len(grid) == 2
    name = "axial" if is_picture else _axis_name(volume, axis)
    along = 0 if is_picture else array_axis(volume, name)
    return SliceStack(volume, grid, name, along)


def slice_window(stack: SliceStack, window):
    """The window for every slice; "auto" is one for the whole volume, so that scores compare."""
    if not (isinstance(window, str) and window == "auto"):
        return window
    return default_window(stack.volume)


def _common_grid(image: np.ndarray, labels: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of the grid without colors and without segments as channels."""
    candidates = [image.shape]
    if image.ndim in (3, 4) and image.shape[-1] == 3:
        candidates.append(image.shape[:-1])
    for grid in candidates:
        if len(grid) in (2, 3) and labels == grid:
            return grid
    for grid in candidates:
        if len(grid) in (2, 3) and labels[1:] == grid:
            return grid
    if image.ndim not in (2, 3, 4) or (image.ndim == 4 and image.shape[-1] != 3):
        raise UsageError(
            f"An image must be (H, W) or (K, J, I), gray or with 3 colors; this has {image.shape}."
        )
    raise UsageError(
        f"The segmentation's shape {labels} does not fit the image's {image.shape}: "
        "resample it to the image's grid."
    )


def _axis_name(volume: Volume, axis: str) -> str:
    """Of "auto": the axis across the largest spacing, axial where it is not one alone."""
    if axis != "auto":
        return axis
    spacing = volume.spacing[::-1]
    steps = {name: spacing[array_axis(volume, name)] for name in AXES}
    largest = max(steps.values())
    return next(name for name in AXES if steps[name] >= largest * (1 - _SAME_SPACING))
