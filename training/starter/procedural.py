"""Generated training images: shapes of any kind, so that the starter does not only know organs.

Each image has a smooth background and a handful of overlapping objects (deformed ellipses,
smooth blobs, tubes, polygons, objects inside objects) of another brightness or another texture,
seen through one of the ways in which scanners spoil a picture: noise, speckle, blur, shading.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

SIDE = 256
MIN_PIXELS = 40


def smooth_noise(rng: np.random.Generator, sigma: float, side: int = SIDE) -> np.ndarray:
    """(side, side) float noise of unit variance that varies over about `sigma` pixels."""
    coarse = max(4, int(side / max(sigma, 1)))
    field = ndimage.zoom(rng.standard_normal((coarse, coarse)), side / coarse, order=3)
    field = field[:side, :side]
    return (field - field.mean()) / (field.std() + 1e-6)


def radial_outline(rng: np.random.Generator, roughness: float) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of a closed outline: an ellipse deformed by a few random harmonics."""
    angle = np.linspace(0, 2 * np.pi, 128, endpoint=False)
    radius = np.ones_like(angle)
    for order in range(2, 8):
        amplitude = roughness * rng.standard_normal() / order
        radius += amplitude * np.cos(order * angle + rng.uniform(0, 2 * np.pi))
    size = np.exp(rng.uniform(np.log(8), np.log(90)))
    aspect = rng.uniform(0.35, 1.0)
    x, y = size * radius * np.cos(angle), size * aspect * radius * np.sin(angle)
    turn = rng.uniform(0, np.pi)
    cx, cy = rng.uniform(20, SIDE - 20, 2)
    return cy + x * np.sin(turn) + y * np.cos(turn), cx + x * np.cos(turn) - y * np.sin(turn)


def deformed_ellipse(rng: np.random.Generator) -> np.ndarray:
    """A lesion-like or organ-like outline, from smooth to lobed."""
    rows, columns = radial_outline(rng, rng.uniform(0.02, 0.35))
    return _filled(rows, columns)


def polygon(rng: np.random.Generator) -> np.ndarray:
    """A figure of 3 to 8 straight sides."""
    rows, columns = radial_outline(rng, 0.1)
    corners = np.sort(rng.choice(len(rows), rng.integers(3, 9), replace=False))
    return _filled(rows[corners], columns[corners])


def tube(rng: np.random.Generator) -> np.ndarray:
    """A vessel-like band along a random walk of slowly turning direction."""
    steps = int(rng.integers(30, 200))
    heading = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.12, steps))
    path = rng.uniform(40, SIDE - 40, 2) + np.stack([np.sin(heading), np.cos(heading)], 1).cumsum(0)
    inside = path[np.all((path >= 0) & (path < SIDE), axis=1)].astype(int)
    line = np.ones((SIDE, SIDE), bool)
    line[tuple(inside.T)] = False
    return ndimage.distance_transform_edt(line) <= rng.uniform(1.5, 9)


def blob(rng: np.random.Generator) -> np.ndarray:
    """One component of a thresholded smooth field: bays, bridges and holes."""
    field = smooth_noise(rng, rng.uniform(20, 70))
    labels, count = ndimage.label(field > rng.uniform(0.4, 1.2))
    return labels == rng.integers(1, count + 1) if count else np.zeros((SIDE, SIDE), bool)


SHAPES: tuple[Callable[[np.random.Generator], np.ndarray], ...] = (
    deformed_ellipse,
    deformed_ellipse,
    blob,
    tube,
    polygon,
)


def generate(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """One image (256, 256) uint8 and its visible objects (M, 256, 256) bool, M >= 1."""
    while True:
        image = rng.uniform(0.1, 0.9) + rng.uniform(0, 0.15) * smooth_noise(rng, 60)
        objects: list[np.ndarray] = []
        for _ in range(int(rng.integers(1, 8))):
            shape = SHAPES[rng.integers(len(SHAPES))](rng)
            image = _painted(rng, image, shape)
            objects = [other & ~shape for other in objects] + [shape]
        visible = [m for m in objects if MIN_PIXELS <= m.sum() <= 0.7 * m.size]
        if visible:
            return _scanned(rng, image), np.stack(visible)


def _filled(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    canvas = Image.new("1", (SIDE, SIDE))
    corners = list(zip(columns.tolist(), rows.tolist(), strict=True))
    ImageDraw.Draw(canvas).polygon(corners, fill=1)
    return np.array(canvas)


def _painted(rng: np.random.Generator, image: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """Blend an object of another brightness and texture over the image with a soft edge."""
    contrast = rng.choice([-1, 1]) * rng.uniform(0.06, 0.5)
    texture = rng.uniform(0, 0.12) * smooth_noise(rng, np.exp(rng.uniform(0, 3)))
    level = np.mean(image[shape]) if shape.any() else 0.5
    alpha = ndimage.gaussian_filter(shape.astype(np.float32), rng.uniform(0.3, 2.0))
    return image * (1 - alpha) + alpha * (level + contrast + texture)


def _scanned(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """What the scanner does: shading, blur, additive noise or speckle, then 8 bits."""
    image = image * (1 + rng.uniform(0, 0.15) * smooth_noise(rng, 120))
    image = ndimage.gaussian_filter(image, rng.uniform(0, 1.2))
    grain = smooth_noise(rng, rng.choice([1, 1, 2, 3]))
    if rng.random() < 0.3:
        image = image * np.maximum(0, 1 + rng.uniform(0.05, 0.4) * grain)
    else:
        image = image + rng.uniform(0, 0.1) * grain
    low, high = np.percentile(image, [0.5, 99.5])
    return np.clip((image - low) / (high - low + 1e-6) * 255, 0, 255).astype(np.uint8)
