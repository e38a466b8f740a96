"""Planes at any angle."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from ..errors import UsageError
from ..images.volume import Volume
from .plane import Plane

_ANTERIOR, _SUPERIOR = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])


def oblique_plane(
    volume: Volume,
    center_ras: Sequence[float],
    normal: Sequence[float],
    up: Sequence[float] | None = None,
    spacing: float | tuple[float, float] | None = None,
) -> Plane:
    """The plane through `center_ras` across `normal` (RAS), just large enough for the volume.

    x runs to the right, y down (away from `up`) for an eye that looks along the normal: with the
    normal to superior that is the radiological axial view. `up` is superior, or anterior where the
    normal is steeper than 45 degrees. `center_ras` falls on a pixel center. spacing: mm of a
    pixel, one number or (along x, along y), by default the volume's smallest.
    UsageError where the plane misses the volume, and for directions without length.
    """
    normal = _unit(normal, "normal")
    if up is None:
        up = _ANTERIOR if abs(normal @ _SUPERIOR) > np.sqrt(0.5) else _SUPERIOR
    x_direction = _unit(np.cross(normal, _unit(up, "up direction")), "up direction")
    in_plane = np.stack([x_direction, np.cross(normal, x_direction)], axis=1)
    pixel = np.broadcast_to(min(volume.spacing) if spacing is None else spacing, 2)
    if not (np.isfinite(pixel).all() and (pixel > 0).all()):
        raise UsageError("The pixel spacing of a plane must be positive.")
    center = np.asarray(center_ras, dtype=np.float64)
    corners = (_outline(volume, center, normal) - center) @ in_plane / pixel
    first, last = np.floor(corners.min(axis=0)), np.ceil(corners.max(axis=0))
    affine = np.eye(4)
    affine[:3, :2] = in_plane * pixel
    affine[:3, 2] = normal / np.linalg.norm(np.linalg.inv(volume.affine[:3, :3]) @ normal)
    affine[:3, 3] = center + affine[:3, :2] @ first
    width, height = (last - first).astype(int) + 1
    return Plane((int(height), int(width)), affine)


def _unit(vector: Sequence[float], what: str) -> np.ndarray:
    vector = np.asarray(vector, dtype=np.float64)
    length = np.linalg.norm(vector)
    # Unit vectors that are nearly parallel leave a cross product of rounding errors only.
    if vector.shape != (3,) or not np.isfinite(length) or length < 1e-9:
        raise UsageError(f"The {what} of a plane must be a direction in RAS, across the normal.")
    return vector / length


def _outline(volume: Volume, center: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Where the plane cuts the twelve edges of the volume's box, (N, 3) in RAS."""
    size = np.array(volume.shape[::-1])
    corners = np.array(list(product((0, 1), repeat=3)))
    edges = [(a, b) for a, b in product(range(8), repeat=2) if b - a in (1, 2, 4) and a & b == a]
    ras = (corners * size - 0.5) @ volume.affine[:3, :3].T + volume.affine[:3, 3]
    start, end = ras[[a for a, _ in edges]], ras[[b for _, b in edges]]
    before, after = (start - center) @ normal, (end - center) @ normal
    cut = (before * after <= 0) & (before != after)
    if not cut.any():
        raise UsageError("The plane does not cross the volume.")
    share = (before[cut] / (before[cut] - after[cut]))[:, np.newaxis]
    return start[cut] + share * (end[cut] - start[cut])
