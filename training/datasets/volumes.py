"""Slices of label volumes in the three orientations of the array."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from training.datasets.sample import Sample, Window, labels_to_masks

ORIENTATIONS = ("axial", "coronal", "sagittal")


def read_array(path: Path) -> tuple[NDArray, tuple[float, float, float]]:
    """Return the (K, J, I) array of an image file and its (k, j, i) spacing in mm."""
    image = sitk.ReadImage(str(path))
    i, j, k = image.GetSpacing()
    return sitk.GetArrayFromImage(image), (k, j, i)


def volume_slices(
    volume: NDArray,
    labels: NDArray,
    spacing: tuple[float, float, float],
    wanted: Sequence[int],
    name: str,
    group: str,
    window: Window,
) -> Iterator[Sample]:
    """Yield every slice of the three orientations that shows a wanted label.

    A mask is one label on one slice with at least `MIN_OBJECT_PIXELS` pixels.
    """
    for axis, orientation in enumerate(ORIENTATIONS):
        in_plane = tuple(size for other, size in enumerate(spacing) if other != axis)
        for index in range(volume.shape[axis]):
            found = list(labels_to_masks(labels.take(index, axis), wanted))
            if not found:
                continue
            yield Sample(
                image=volume.take(index, axis),
                masks=np.stack([mask for _, mask in found]),
                ids=tuple(f"{name}/{orientation}{index}/label{label}" for label, _ in found),
                group=group,
                spacing=in_plane,
                window=window,
            )
