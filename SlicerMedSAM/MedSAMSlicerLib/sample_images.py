"""Made images to try the modules with: the same every time, and nobody's patient."""

from __future__ import annotations

import numpy as np
import scipy

PHANTOM_SHAPE = (40, 96, 96)
PHANTOM_SPACING = (2.0, 2.0, 3.0)  # i, j, k in mm
# Brightness, center and half axes (r, a, s) in mm of ellipsoids, later ones over earlier ones.
_BODY = (300, (0, 0, 0), (85, 70, 57))
ORGANS = {
    "Large organ": (700, (32, 18, 4), (24, 30, 32)),
    "Middle organ": (520, (-36, 12, -6), (26, 22, 28)),
    "Bright organ": (820, (-6, -38, 10), (14, 12, 16)),
    "Small organ": (880, (12, -34, -18), (9, 9, 9)),
}
_NOISE = 25

NODULE_SHAPE = (9, 128, 128)
NODULE_SPACING = (0.7, 0.7, 2.0)  # i, j, k in mm
NODULE_CENTER = (64, 66)  # x, y in pixels
# Where vessels pass (x, y), their direction in radians, and their width in pixels.
_VESSELS = (((20, 22), 0.35, 2.6), ((100, 96), 1.9, 2.0), ((20, 96), -0.2, 1.5))


def affine_of(shape: tuple[int, int, int], spacing: tuple[float, float, float]) -> np.ndarray:
    """IJK to RAS of a volume around the origin, stored as scanners do: to the left and back, up."""
    matrix = np.diag([-spacing[0], -spacing[1], spacing[2], 1.0])
    matrix[:3, 3] = -matrix[:3, :3] @ ((np.array(shape[::-1]) - 1) / 2)
    return matrix


def phantom(affine: np.ndarray) -> np.ndarray:
    """(40, 96, 96) int16: a body with four organs and a little noise."""
    image = np.where(_inside(_BODY, affine), float(_BODY[0]), 0.0)
    for organ in ORGANS.values():
        image[_inside(organ, affine)] = organ[0]
    noise = np.random.default_rng(0).normal(0, _NOISE, PHANTOM_SHAPE)
    return np.rint(image + noise).astype(np.int16)


def organ_masks(affine: np.ndarray) -> dict[str, np.ndarray]:
    """The phantom's organs by name, (40, 96, 96) bool each; none shares a voxel with another."""
    masks: dict[str, np.ndarray] = {}
    for name, organ in ORGANS.items():
        masks[name] = _inside(organ, affine)
        for earlier in list(masks)[:-1]:
            masks[earlier] &= ~masks[name]
    return masks


def spoilt(mask: np.ndarray) -> np.ndarray:
    """A mask (K, J, I) that is moved aside, leaks, and lacks a part in three of its slices."""
    mask = mask.astype(bool)
    occupied = np.flatnonzero(mask.any(axis=(1, 2)))
    moved, leaking, cut = occupied[[len(occupied) // 2, len(occupied) // 4, 3 * len(occupied) // 4]]
    mask[moved] = np.roll(mask[moved], 6, axis=1)
    disc = np.hypot(*np.mgrid[-4:5, -4:5]) <= 4
    mask[leaking] = scipy.ndimage.binary_dilation(mask[leaking], disc)
    mask[cut] &= np.arange(mask.shape[2]) > np.median(np.nonzero(mask[cut])[1])
    return mask


def nodule(seed: int = 4) -> np.ndarray:
    """(9, 128, 128) int16 in Hounsfield units: lung, three vessels, and a nodule in the middle.

    The nodule has a dense core and a hazy rim, so that its border can be drawn in more than one
    way.
    """
    rng = np.random.default_rng(seed)
    k, j, i = np.indices(NODULE_SHAPE, dtype=float)
    x, y = i - NODULE_CENTER[0], j - NODULE_CENTER[1]
    z = (k - NODULE_SHAPE[0] // 2) * NODULE_SPACING[2] / NODULE_SPACING[0]
    angle = np.arctan2(y, x)
    bumps = 1 + 0.10 * np.sin(3 * angle + 0.6) + 0.07 * np.sin(5 * angle + 2)
    distance = np.sqrt(x**2 + y**2 + z**2) / bumps
    rim = 1 / (1 + np.exp((distance - 13) / 1.6))
    core = 1 / (1 + np.exp((distance - 7) / 1.0))
    texture = scipy.ndimage.gaussian_filter(rng.normal(0, 1, NODULE_SHAPE), (0.5, 2.5, 2.5))
    image = -860 + 330 * rim * (1 + 1.2 * texture) + 560 * core
    for (x0, y0), direction, width in _VESSELS:
        across = (i - x0) * -np.sin(direction) + (j - y0) * np.cos(direction)
        image += 620 * np.exp(-((across / width) ** 2))
    return np.rint(image + rng.normal(0, 28, NODULE_SHAPE)).astype(np.int16)


def _inside(ellipsoid: tuple, affine: np.ndarray) -> np.ndarray:
    """(40, 96, 96) bool: the voxels of an ellipsoid."""
    k, j, i = np.indices(PHANTOM_SHAPE)
    ras = np.einsum("ab,b...->a...", affine, np.stack([i, j, k, np.ones(PHANTOM_SHAPE)]))[:3]
    place, size = (np.reshape(values, (3, 1, 1, 1)) for values in ellipsoid[1:])
    return (((ras - place) / size) ** 2).sum(axis=0) < 1
