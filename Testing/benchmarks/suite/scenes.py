"""The image, the boxes and the volume that every way is asked about."""

from __future__ import annotations

from pathlib import Path

import numpy as np

SIDE = 512
BOX = np.array([60, 60, 190, 170])
WINDOW = (100.0, 300.0)  # center and width


def boxes(count: int) -> np.ndarray:
    """(count, 4) of objects that are neither tiny nor the whole image."""
    random = np.random.default_rng(0)
    corners = random.integers(0, SIDE - 220, (count, 2))
    return np.concatenate([corners, corners + random.integers(110, 220, (count, 2))], axis=1)


def as_rgb(image: np.ndarray) -> np.ndarray:
    """(H, W) -> (H, W, 3), as `SamPredictor` wants it."""
    return np.repeat(image[..., None], 3, axis=2)


def write_volume(path: Path, slices: int) -> None:
    """A bright ball in noise, (slices, 512, 512) int16, as NIfTI."""
    import SimpleITK as sitk

    random = np.random.default_rng(0)
    y, x = np.indices((SIDE, SIDE)) - SIDE // 2
    array = random.integers(-8, 8, (slices, SIDE, SIDE), np.int16)
    for number in range(slices):
        radius = 120 * np.sin(np.pi * (number + 1) / (slices + 1))
        array[number] += np.where(y**2 + x**2 < radius**2, 180, 60).astype(np.int16)
    sitk.WriteImage(sitk.GetImageFromArray(array), str(path))
