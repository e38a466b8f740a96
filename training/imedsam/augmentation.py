"""The augmentation of I-MedSAM's training: a few of many changes of pixels and shape
(papers.md 2a, "level 5")."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

# How many changes of pixels and of shape go together; one pair is drawn an image.
COUNTS = ((1, 2), (0, 3), (0, 2), (1, 1))
ATTEMPTS = 20  # to find a view that shows the object

Pixels = NDArray[np.float32]
PixelChange = Callable[[Pixels, np.random.Generator], Pixels]


def augmented(
    image: NDArray[np.uint8], mask: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """A changed view of an image (H, W, 3) and its mask (H, W), which is never empty."""
    for _ in range(ATTEMPTS):
        pixel_count, shape_count = COUNTS[rng.integers(len(COUNTS))]
        matrix = _random_shape(image.shape[:2], shape_count, rng)
        moved = _moved(mask.astype(np.uint8), matrix, cv2.INTER_NEAREST) > 0
        if moved.any():
            pixels = _moved(image, matrix, cv2.INTER_LINEAR).astype(np.float32)
            for change in rng.permutation(len(PIXEL_CHANGES))[:pixel_count]:
                pixels = PIXEL_CHANGES[change](pixels, rng)
            return np.clip(np.rint(pixels), 0, 255).astype(np.uint8), moved
    return image, mask


def _brightness(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    return pixels + np.float32(255 * rng.uniform(-0.2, 0.2))


def _contrast(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    return (pixels - pixels.mean()) * np.float32(rng.uniform(0.8, 1.2)) + pixels.mean()


def _posterize(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Four bits a channel."""
    return np.floor(np.clip(pixels, 0, 255) / 16) * 16


def _sharpen(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    share = rng.uniform(0.2, 0.5)
    return pixels + np.float32(share) * (pixels - cv2.GaussianBlur(pixels, (0, 0), 1.5))


def _blur(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    side = int(rng.choice((3, 5, 7)))
    return cv2.blur(pixels, (side, side))


def _noise(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Of a variance of 10 to 50."""
    deviation = np.sqrt(rng.uniform(10, 50))
    return pixels + (deviation * rng.standard_normal(pixels.shape)).astype(np.float32)


PIXEL_CHANGES: tuple[PixelChange, ...] = (
    *(_brightness, _contrast, _posterize, _sharpen, _blur, _noise),
)


def _rotation(rng: np.random.Generator) -> NDArray:
    angle = np.deg2rad(rng.uniform(-20, 20))
    return np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0]])


def _horizontal_flip(rng: np.random.Generator) -> NDArray:
    return np.array([[-1.0, 0, 0], [0, 1, 0]])


def _vertical_flip(rng: np.random.Generator) -> NDArray:
    return np.array([[1.0, 0, 0], [0, -1, 0]])


def _scale(rng: np.random.Generator) -> NDArray:
    factor = rng.uniform(0.8, 1.2)
    return np.array([[factor, 0, 0], [0, factor, 0]])


def _shear_x(rng: np.random.Generator) -> NDArray:
    return np.array([[1, np.tan(np.deg2rad(rng.uniform(0, 10))), 0], [0, 1, 0]])


def _shear_y(rng: np.random.Generator) -> NDArray:
    return np.array([[1, 0, 0], [np.tan(np.deg2rad(rng.uniform(0, 10))), 1, 0]])


def _shift_x(rng: np.random.Generator) -> NDArray:
    return np.array([[1, 0, rng.uniform(0, 0.1)], [0, 1, 0]])


def _shift_y(rng: np.random.Generator) -> NDArray:
    return np.array([[1, 0, 0], [0, 1, rng.uniform(0, 0.1)]])


# Each a 2 x 3 matrix about the middle of the image; shifts are shares of its sides.
SHAPE_CHANGES = (
    *(_rotation, _horizontal_flip, _vertical_flip, _scale),
    *(_shear_x, _shear_y, _shift_x, _shift_y),
)


def _random_shape(shape: tuple[int, int], count: int, rng: np.random.Generator) -> NDArray:
    """The matrix (2, 3), in pixels, of `count` different changes one after the other."""
    matrix = np.eye(3)
    for number in rng.permutation(len(SHAPE_CHANGES))[:count]:
        change = np.vstack([SHAPE_CHANGES[number](rng), [0, 0, 1]])
        change[:2, 2] *= shape[::-1]
        matrix = change @ matrix
    middle = np.eye(3)
    middle[:2, 2] = (np.array(shape[::-1]) - 1) / 2
    return (middle @ matrix @ np.linalg.inv(middle))[:2]


def _moved(pixels: NDArray, matrix: NDArray, interpolation: int) -> NDArray:
    """Black comes in from outside, as in the release."""
    return cv2.warpAffine(pixels, matrix, pixels.shape[1::-1], flags=interpolation)
