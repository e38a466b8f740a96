"""Bringing a segmentation onto the grid of its image."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from ...errors import MedSAMError
from ...images import Volume
from .segmentation_file import PICTURES, Segmentation

# Grids count as the same where no corner is farther away than this share of a voxel.
_SAME_WITHIN_VOXELS = 0.01


def on_image_grid(found: Segmentation, image: Volume, what: str) -> tuple[Segmentation, str]:
    """The segmentation on the image's grid, and a sentence on what was done to it, "" if nothing.

    A segmentation on another grid is resampled in patient space by the nearest voxel. what: how
    messages call it. MedSAMError where the two do not overlap, and for pictures of another size,
    which have no place in space.
    """
    shape = found.layers.shape[1:]
    if _is_picture(image) or found.is_picture:
        if shape != image.shape:
            raise MedSAMError(
                f"The {what} is {_size(shape)} pixels and the image {_size(image.shape)}: "
                "pictures must be of the same size, because they carry no positions."
            )
        return found, ""
    if shape == image.shape and _is_same_place(found.affine, image.affine, shape):
        return found, ""
    layers = np.stack([_resampled(layer, found.affine, image) for layer in found.layers])
    before, after = (int(np.count_nonzero(each)) for each in (found.layers, layers))
    if (before and not after) or not _boxes_overlap(found, image):
        raise MedSAMError(
            f"The {what} and the image do not overlap in space: check that they belong together "
            "and that neither has lost its position."
        )
    return found.on_grid(layers, image.affine), _told(found, image, what)


def _told(found: Segmentation, image: Volume, what: str) -> str:
    text = (
        f"The {what} was on another grid ({_size(found.layers.shape[1:])}) than the image "
        f"({_size(image.shape)}) and was resampled to it by the nearest voxel"
    )
    outside = _share_outside(found, image)
    if outside >= 0.001:
        text += f"; {outside:.1%} of its labeled voxels lie outside the image"
    return f"{text}."


def _is_picture(image: Volume) -> bool:
    return image.source is not None and image.source.suffix.lower() in PICTURES


def _size(shape: tuple[int, ...]) -> str:
    sides = shape[1:] if shape[0] == 1 else shape
    return " × ".join(str(side) for side in reversed(sides))


def _is_same_place(affine: np.ndarray, other: np.ndarray, shape: tuple[int, ...]) -> bool:
    """Whether all corners of the grid lie at the same voxels of both."""
    corners = _corners(shape)
    moved = np.linalg.solve(other, affine @ corners)
    return bool(np.abs(moved - corners).max() < _SAME_WITHIN_VOXELS)


def _corners(shape: tuple[int, ...]) -> np.ndarray:
    """(4, 8): the voxels (i, j, k, 1) at the corners of a grid (K, J, I)."""
    ends = [(0, count - 1) for count in reversed(shape)]
    return np.array([(i, j, k, 1) for i in ends[0] for j in ends[1] for k in ends[2]], float).T


def _kji_matrix(target: np.ndarray, source: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Index (k, j, i) of the target -> index of the source, as matrix and offset."""
    ijk = np.linalg.solve(source, target)
    return ijk[2::-1, 2::-1], ijk[2::-1, 3]


def _resampled(layer: np.ndarray, affine: np.ndarray, image: Volume) -> np.ndarray:
    matrix, offset = _kji_matrix(image.affine, affine)
    # A slice has thickness: half a voxel beside the last center still belongs to it.
    padded = np.pad(layer, 1)
    result = ndimage.affine_transform(
        padded, matrix, offset + 1, output_shape=image.shape, order=0, mode="constant"
    )
    return result.astype(layer.dtype, copy=False)


def _boxes_overlap(found: Segmentation, image: Volume) -> bool:
    """Whether any voxel center of the coarser look at the segmentation lies in the image."""
    corners = np.linalg.solve(image.affine, found.affine @ _corners(found.layers.shape[1:]))[:3]
    ends = np.array(image.shape[::-1]) - 0.5
    return bool(((corners.max(axis=1) > -0.5) & (corners.min(axis=1) < ends)).all())


def _share_outside(found: Segmentation, image: Volume) -> float:
    """Share of the labeled voxels whose centers are not in the image."""
    kji = np.argwhere(found.layers.any(axis=0))
    if not len(kji):
        return 0.0
    matrix, offset = _kji_matrix(found.affine, image.affine)
    places = kji @ matrix.T + offset
    inside = ((places >= -0.5) & (places < np.array(image.shape) - 0.5)).all(axis=1)
    return float(1 - inside.mean())
