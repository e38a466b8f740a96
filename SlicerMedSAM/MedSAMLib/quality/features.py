"""What the judge's embedding says of an object: the mean of its features inside the mask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..sam.embedding import Embedding
    from ..sam.predictor import SamModel


@dataclass(frozen=True, eq=False)
class FeatureMap:
    """The features of one image on the grid of tokens.

    Attributes:
        values: (g, g, D) float32.
        rows: (g, H) and columns: (g, W): the share of each pixel that lies in each token.
    """

    values: np.ndarray
    rows: np.ndarray
    columns: np.ndarray

    def coverage(self, mask: np.ndarray) -> np.ndarray:
        """(g, g): how many pixels of a mask (H, W) each token holds."""
        ys, xs = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        if not ys.size:
            return np.zeros(self.values.shape[:2], dtype=np.float32)
        y, x = slice(ys[0], ys[-1] + 1), slice(xs[0], xs[-1] + 1)
        inside = mask[y, x].astype(np.float32)
        return self.rows[:, y] @ inside @ self.columns[:, x].T

    def mean(self, mask: np.ndarray) -> np.ndarray:
        """(D,): the mean features inside a mask (H, W); zeros for an empty one."""
        weights = self.coverage(mask)
        total = weights.sum()
        return np.tensordot(weights, self.values, axes=2) / (total if total else 1)

    def at(self, points: np.ndarray) -> np.ndarray:
        """(N, D): the features of the tokens that hold the points (N, 2) as x, y."""
        x, y = np.asarray(points).round().astype(int).T
        return self.values[self.rows[:, y].argmax(axis=0), self.columns[:, x].argmax(axis=0)]

    def of_image_grid(self) -> np.ndarray:
        """(g, g) bool: the tokens that hold any of the image, not only padding."""
        return (self.rows.sum(axis=1) > 0)[:, None] & (self.columns.sum(axis=1) > 0)[None]

    def of_image(self) -> np.ndarray:
        """(n, D): the features of these tokens."""
        return self.values[self.of_image_grid()]


def feature_map(model: SamModel, embedding: Embedding) -> FeatureMap:
    """The features of an embedded image, and where its pixels lie among them."""
    values = embedding.features[0].permute(1, 2, 0).float().cpu().numpy()
    grid = values.shape[0]
    token = model.image_size / grid
    rows, columns = (
        _shares(grid, token, count, size)
        for count, size in zip(embedding.original_size, embedding.input_size, strict=True)
    )
    return FeatureMap(values, rows, columns)


def directions(vectors: np.ndarray) -> np.ndarray:
    """Vectors of length 1 along the last axis, whose products are cosines; zeros stay zeros."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.maximum(lengths, np.finfo(np.float32).tiny)


def _shares(grid: int, token: float, count: int, size: int) -> np.ndarray:
    """(grid, count): the share of each of `count` pixels, scaled to `size`, in each token."""
    edges = np.arange(count + 1) * (size / count)
    low, high = edges[:-1], edges[1:]
    start = np.arange(grid)[:, None] * token
    overlap = np.minimum(high, start + token) - np.maximum(low, start)
    return (np.maximum(overlap, 0) / (high - low)).astype(np.float32)
