"""The objects of a segmentation as the judge's embedding sees them, to compare others with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .features import FeatureMap, directions
from .objects import SliceObject, find_objects

# An object is compared with so many of a class's objects, those nearest to it: the slices of an
# organ differ, and their mean is like none of them. On the two volumes of organs (37 and 22
# classes), leaving out the slices within 2, the nearest object had the right label for 73 % and
# 72 % of the objects, the nearest class mean for 51 % and 57 %.
NEAREST = 3
# Tokens without any label, of each slice: what a class must be told from.
BACKGROUND_TOKENS = 64
# The mean of smaller objects says little of their class.
FEWEST_PIXELS = 10


@dataclass(frozen=True, eq=False)
class Gallery:
    """N objects.

    Attributes:
        features: (N, D) mean features. labels, slices, areas: (N,).
        groups: (N,) objects that overlap from slice to slice, of one label, share a number.
        objects: the N objects themselves.
        background: (M, D) features of tokens without a label; background_slices: (M,).
        center, scale: (D,) by which features are made comparable.
    """

    features: np.ndarray
    labels: np.ndarray
    slices: np.ndarray
    areas: np.ndarray
    groups: np.ndarray
    objects: tuple[SliceObject, ...]
    background: np.ndarray
    background_slices: np.ndarray
    center: np.ndarray
    scale: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def classes(self, fewest: int = 1) -> list[int]:
        """The labels that have at least `fewest` objects, in ascending order."""
        labels, counts = np.unique(self.labels, return_counts=True)
        return labels[counts >= fewest].tolist()

    def similarities(self, features: np.ndarray) -> np.ndarray:
        """(n, N): cosine similarity, -1..1, of features (n, D) to every object."""
        return self._directions(np.atleast_2d(features)) @ self._directions(self.features).T

    def background_similarity(self, features: np.ndarray, usable: np.ndarray) -> np.ndarray:
        """(n,): mean similarity of (n, D) to the NEAREST usable background tokens; or 0."""
        known = self.background[usable]
        if len(known) == 0:
            return np.zeros(len(features))
        similar = self._directions(features) @ self._directions(known).T
        return np.sort(similar, axis=-1)[:, -NEAREST:].mean(axis=-1)

    def _directions(self, features: np.ndarray) -> np.ndarray:
        return directions((features - self.center) / self.scale)

    def similarity_to(self, label: int, similarities: np.ndarray, usable: np.ndarray) -> np.ndarray:
        """Mean over the NEAREST usable objects of a label, along the last axis; -1 without any."""
        chosen = similarities[..., usable & (self.labels == label)]
        if chosen.shape[-1] == 0:
            return np.full(chosen.shape[:-1], -1.0)
        return np.sort(chosen, axis=-1)[..., -NEAREST:].mean(axis=-1)


class GalleryBuilder:
    """Collects the objects of slices, in ascending order of the slices."""

    def __init__(self, connectivity: int = 8) -> None:
        self._connectivity = connectivity
        self._rows: list[tuple[int, int, SliceObject, np.ndarray]] = []
        self._tokens: list[np.ndarray] = []
        self._background: list[tuple[int, np.ndarray]] = []

    def add(self, index: int, masks: Mapping[int, np.ndarray], features: FeatureMap) -> None:
        """Take the objects of slice `index`: label -> mask (H, W)."""
        self._tokens.append(features.of_image())
        self._background.append((index, _background(masks, features)))
        for label, mask in masks.items():
            for each in find_objects(mask, self._connectivity):
                if each.area >= FEWEST_PIXELS:
                    self._rows.append((label, index, each, features.mean(each.mask)))

    def gallery(self) -> Gallery:
        """All that was added."""
        labels, slices, objects, features = (
            list(zip(*self._rows, strict=True)) if self._rows else ([], [], [], [])
        )
        center, scale = self._normalization()
        background = [tokens for _, tokens in self._background]
        return Gallery(
            features=np.array(features).reshape(len(objects), len(center)),
            labels=np.array(labels, dtype=int),
            slices=np.array(slices, dtype=int),
            areas=np.array([each.area for each in objects], dtype=int),
            groups=_groups(labels, slices, objects),
            objects=tuple(objects),
            background=np.concatenate(background or [np.zeros((0, len(center)))]),
            background_slices=np.array(
                [index for index, tokens in self._background for _ in tokens], dtype=int
            ),
            center=center,
            scale=scale,
        )

    def _normalization(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and deviation of the images' tokens: what all tissue shares tells nothing."""
        if not self._tokens:
            return np.zeros(1), np.ones(1)
        tokens = np.concatenate(self._tokens)
        return tokens.mean(axis=0), np.maximum(tokens.std(axis=0), 1e-6)


def _background(masks: Mapping[int, np.ndarray], features: FeatureMap) -> np.ndarray:
    """(m, D): evenly picked tokens of the image that hold no labeled pixel."""
    in_image = features.of_image_grid()
    for mask in masks.values():
        in_image &= features.coverage(mask) == 0
    tokens = features.values[in_image]
    return tokens[:: max(1, -(-len(tokens) // BACKGROUND_TOKENS))]


def _groups(
    labels: Sequence[int], slices: Sequence[int], objects: Sequence[SliceObject]
) -> np.ndarray:
    """Number the objects that overlap through neighboring slices (union-find)."""
    parent = list(range(len(objects)))

    def root(n: int) -> int:
        while parent[n] != n:
            parent[n] = parent[parent[n]]
            n = parent[n]
        return n

    by_place: dict[tuple[int, int], list[int]] = {}
    for n, place in enumerate(zip(labels, slices, strict=True)):
        by_place.setdefault(place, []).append(n)
    for (label, index), members in by_place.items():
        for n in members:
            for other in by_place.get((label, index + 1), ()):
                if overlap(objects[n], objects[other]):
                    parent[root(other)] = root(n)
    return np.array([root(n) for n in range(len(objects))], dtype=int)


def overlap(a: SliceObject, b: SliceObject) -> int:
    """How many pixels two objects of slices of one shape share."""
    x0, y0 = max(a.box[0], b.box[0]), max(a.box[1], b.box[1])
    x1, y1 = min(a.box[2], b.box[2]), min(a.box[3], b.box[3])
    if x0 >= x1 or y0 >= y1:
        return 0

    def cut(each: SliceObject) -> np.ndarray:
        left, top = each.box[:2]
        return each.inside[y0 - top : y1 - top, x0 - left : x1 - left]

    return int(np.count_nonzero(cut(a) & cut(b)))


def relabeled(gallery: Gallery, labels: np.ndarray) -> Gallery:
    """The same objects under other labels, grouped anew."""
    groups = _groups(labels.tolist(), gallery.slices.tolist(), gallery.objects)
    return replace(gallery, labels=np.asarray(labels), groups=groups)
