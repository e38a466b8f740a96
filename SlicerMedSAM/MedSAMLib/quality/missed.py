"""Objects that the segmentation lacks, as suggestions to look at.

SQA-SAM scores the objects that are there and says itself that it cannot see missed ones (arXiv
2312.09899). Here the judge is prompted with points on a grid outside the segmentation. Of its
masks (three a point, part to whole), less what is segmented already, those are kept of which it
is sure, which hardly change with the threshold, and which look, in its embedding, like the objects
of a class of the same segmentation. In a volume the judge is also shown, by its box, every object
that both neighboring slices have and the slice between them has not.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from ..prompts import tight_box
from .features import FeatureMap, feature_map
from .gallery import FEWEST_PIXELS, Gallery, GalleryBuilder
from .label_maps import LabelMap, Names, names_of
from .objects import find_objects
from .settings import Settings

if TYPE_CHECKING:
    from ..sam.embedding import Embedding
    from ..sam.predictor import SamModel

Window = tuple[float, float] | str | None


@dataclass(frozen=True)
class Search:
    """How to look for missed objects, and what is worth suggesting.

    Attributes:
        grid: prompts along the longer side of the image.
        most_prompts: of these, how many are decoded: those whose token looks most like a class.
        min_confidence: the judge's predicted overlap. min_stability: see `Suggestion`.
        min_similarity: to the class, 0..1.
        similarity_quantile: and at least that of this share of the class's own objects.
        min_contrast: how much nearer to the class than to what bears no label.
        size_range: area, as a share of the smallest and of the largest object of the class.
        max_overlap: share of the judge's mask that may lie on what is segmented already; that
            part is taken off, because the known objects bound the missed one.
        max_iou: of two suggestions that overlap more, the less similar one is dropped.
        most: suggestions a slice.
    """

    grid: int = 24
    most_prompts: int = 32
    min_confidence: float = 0.5
    min_stability: float = 0.6
    min_similarity: float = 0.3
    similarity_quantile: float = 0.1
    min_contrast: float = 0.0
    size_range: tuple[float, float] = (0.5, 2.0)
    max_overlap: float = 0.7
    max_iou: float = 0.3
    most: int = 5


@dataclass(frozen=True, eq=False)
class Suggestion:
    """An object that may be missing.

    Attributes:
        mask: (H, W) bool, without what is segmented already. box: (x0, y0, x1, y1).
        label, name: the class it looks like.
        confidence: the overlap that the judge predicts for its mask, 0..1.
        stability: overlap (IoU) of its masks at a higher and a lower threshold, 0..1.
        similarity: to the class's nearest objects, 0..1 (cosine; negative ones are 0).
        contrast: by how much it is nearer to these than to what bears no label.
        slice: where it is.
        is_expected: whether both neighboring slices have it, rather than that it looks alike.
    """

    mask: np.ndarray
    label: int
    box: tuple[int, int, int, int]
    confidence: float
    stability: float
    similarity: float
    contrast: float = 0.0
    name: str = ""
    slice: int = 0
    is_expected: bool = False


def suggest_missed(
    model: SamModel,
    embedding: Embedding,
    masks: Mapping[int, np.ndarray],
    names: Names = None,
    *,
    gallery: Gallery | None = None,
    search: Search | None = None,
    slice_index: int = 0,
    expected: Sequence[tuple[int, np.ndarray]] = (),
) -> list[Suggestion]:
    """Suggestions for one embedded image, the expected first, then the most similar.

    masks: label -> (H, W) bool of what is segmented. gallery: the objects to look for more of;
    without it those of this image alone, where a class that is missed altogether is not known.
    expected: (label, box) of objects that should be here; see `expected_between`.
    """
    search = search or Search()
    features = feature_map(model, embedding)
    gallery = gallery or _gallery_of_slice(masks, features, slice_index)
    if len(gallery) == 0:
        return []
    finder = _Finder(model, embedding, features, gallery, search, slice_index)
    occupied = np.zeros(embedding.original_size, dtype=bool)
    for mask in masks.values():
        occupied |= mask
    known = names_of(gallery.classes(), names)
    found = finder.expected(occupied, expected) + finder.suggestions(occupied)
    found = without_repeats(found, search.max_iou)[: search.most]
    return [replace(each, name=known[each.label]) for each in found]


def suggest_missed_in_volume(
    model: SamModel,
    image: np.ndarray,
    labels: np.ndarray,
    affine: np.ndarray | None = None,
    *,
    settings: Settings | None = None,
    window: Window = "auto",
    names: Names = None,
    only_slices: Iterable[int] | None = None,
    search: Search | None = None,
    progress: Callable[[int, int], None] | None = None,
    checkpoint: Callable[[], None] | None = None,
) -> list[Suggestion]:
    """Suggestions for a volume, the most similar first; the arguments are those of `assess`.

    Objects are compared with those of the whole volume. Searched are `only_slices`, without them
    all from the first to the last slice that holds anything.
    """
    from .volume_search import embedded_slices, gallery_of, opened

    settings = settings or Settings()
    stack, label_map = opened(image, labels, affine, settings, names)
    occupied = label_map.occupied_slices()
    if not occupied:
        return []
    gallery = gallery_of(model, stack, label_map, settings, window, None, checkpoint)
    todo = range(occupied[0], occupied[-1] + 1) if only_slices is None else sorted(only_slices)
    found: list[Suggestion] = []
    for index, embedding, _ in embedded_slices(model, stack, todo, window, progress, checkpoint):
        found += suggest_missed(
            model,
            embedding,
            label_map.masks(index),
            label_map.names,
            gallery=gallery,
            search=search,
            slice_index=index,
            expected=expected_between(label_map, index),
        )
    return sorted(found, key=_most_convincing)


@dataclass(frozen=True, eq=False)
class _ClassLooks:
    """What is known of a class: how similar its own objects are to each other, and their sizes."""

    own_similarity: float
    areas: tuple[int, int]


@dataclass(frozen=True, eq=False)
class _Finder:
    """The search in one image."""

    model: SamModel
    embedding: Embedding
    features: FeatureMap
    gallery: Gallery
    search: Search
    slice_index: int
    looks: dict[int, _ClassLooks] = field(init=False)

    def __post_init__(self) -> None:
        looks = class_looks(self.gallery, self.search.similarity_quantile)
        object.__setattr__(self, "looks", looks)

    def expected(
        self, occupied: np.ndarray, expected: Sequence[tuple[int, np.ndarray]]
    ) -> list[Suggestion]:
        """What the judge finds of objects that should be here: the place stands for the rest."""
        if not expected:
            return []
        boxes = np.array([box for _, box in expected])
        answers = self.model.segment(self.embedding, box=boxes, closer=False)
        stable = stabilities(answers.logits, self.model.sam.mask_threshold)
        found = []
        for n, (label, _) in enumerate(expected):
            mask = answers.masks[n] & ~occupied
            if answers.scores[n] < self.search.min_confidence or not mask.any():
                continue
            each = self._suggestion(mask, label, float(answers.scores[n]), float(stable[n]))
            found.append(replace(each, is_expected=True))
        return found

    def _suggestion(
        self, mask: np.ndarray, label: int, confidence: float, stability: float
    ) -> Suggestion:
        own = self.features.mean(mask)[None]
        every = np.ones(len(self.gallery), dtype=bool)
        similar = self.gallery.similarities(own)
        similarity = float(self.gallery.similarity_to(label, similar, every)[0])
        elsewhere = np.abs(self.gallery.background_slices - self.slice_index) > 1
        background = float(self.gallery.background_similarity(own, elsewhere)[0])
        return Suggestion(
            mask=mask,
            label=label,
            box=tuple(int(edge) for edge in tight_box(mask)),
            confidence=confidence,
            stability=stability,
            similarity=min(1.0, max(0.0, similarity)),
            contrast=similarity - background,
            slice=self.slice_index,
        )

    def suggestions(self, occupied: np.ndarray) -> list[Suggestion]:
        points = self._promising(grid_points(occupied, self.search.grid))
        if len(points) == 0:
            return []
        ones = np.ones((len(points), 1), dtype=np.int64)
        answers = self.model.segment(
            self.embedding, points=points[:, None], labels=ones, multimask=True, closer=False
        )
        stable = [stabilities(each, self.model.sam.mask_threshold) for each in answers.logits]
        found = [
            self._judged(_part_at(mask & ~occupied, point), mask, float(score), float(stability))
            for n, point in enumerate(points)
            for mask, score, stability in zip(
                answers.masks[n], answers.scores[n], stable[n], strict=True
            )
        ]
        return [each for each in found if each is not None]

    def _promising(self, points: np.ndarray) -> np.ndarray:
        """The points whose token looks most like any class."""
        if len(points) <= self.search.most_prompts:
            return points
        _, similarity = self._best_class(self.features.at(points))
        best = np.argsort(-similarity, kind="stable")[: self.search.most_prompts]
        return points[np.sort(best)]

    def _best_class(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n,) labels and (n,) similarities to them, of features (n, D)."""
        similar = self.gallery.similarities(features)
        every = np.ones(len(self.gallery), dtype=bool)
        classes = np.array(self.gallery.classes())
        table = np.stack([self.gallery.similarity_to(c, similar, every) for c in classes])
        best = table.argmax(axis=0)
        return classes[best], table.max(axis=0)

    def _judged(
        self, mask: np.ndarray, whole: np.ndarray, confidence: float, stability: float
    ) -> Suggestion | None:
        """A suggestion, or None where the mask is not good enough for one."""
        search, area = self.search, int(np.count_nonzero(mask))
        if confidence < search.min_confidence or stability < search.min_stability or area == 0:
            return None
        if area < (1 - search.max_overlap) * np.count_nonzero(whole):
            return None
        own = self.features.mean(mask)[None]
        labels, similarities = self._best_class(own)
        label, similarity = int(labels[0]), float(similarities[0])
        looks = self.looks[label]
        smallest, largest = np.multiply(looks.areas, search.size_range)
        if not smallest <= area <= largest:
            return None
        if similarity < max(search.min_similarity, looks.own_similarity):
            return None
        suggestion = self._suggestion(mask, label, confidence, stability)
        return suggestion if suggestion.contrast >= search.min_contrast else None


def grid_points(occupied: np.ndarray, count: int) -> np.ndarray:
    """(N, 2) points x, y on a grid of `count` along the longer side, outside the occupied pixels.

    The pixels next to these are left out, too: what is prompted there is the object itself.
    """
    height, width = occupied.shape
    step = max(height, width) / count
    xs = np.arange(step / 2, width, step).astype(int)
    ys = np.arange(step / 2, height, step).astype(int)
    free = ~ndimage.binary_dilation(occupied, np.ones((3, 3)))
    y, x = np.meshgrid(ys, xs, indexing="ij")
    is_free = free[y, x]
    return np.stack([x[is_free], y[is_free]], axis=-1).astype(np.float64)


def stabilities(logits: np.ndarray, threshold: float, shift: float = 1.0) -> np.ndarray:
    """(N,): SAM's stability of logits (N, h, w): IoU of the masks at `threshold` +- `shift`."""
    inner = (logits > threshold + shift).sum(axis=(1, 2))
    outer = (logits > threshold - shift).sum(axis=(1, 2))
    return inner / np.maximum(outer, 1)


@lru_cache(maxsize=2)
def class_looks(gallery: Gallery, quantile: float) -> dict[int, _ClassLooks]:
    """Of each class: the `quantile` of its objects' similarity to the others, and its sizes.

    An object is compared with the other slices; with the same slice where there is no other.
    """
    similar = gallery.similarities(gallery.features)
    found = {}
    for label in gallery.classes():
        members = np.flatnonzero(gallery.labels == label)
        own = [_own_similarity(gallery, label, n, similar[n]) for n in members]
        areas = gallery.areas[members]
        low = float(np.quantile(own, quantile))
        found[label] = _ClassLooks(low, (int(areas.min()), int(areas.max())))
    return found


def without_repeats(found: list[Suggestion], max_iou: float) -> list[Suggestion]:
    """The expected and most similar first, without those that overlap an earlier one too much."""
    kept: list[Suggestion] = []
    for each in sorted(found, key=_most_convincing):
        if all(_overlap_share(each.mask, other.mask) <= max_iou for other in kept):
            kept.append(each)
    return kept


def expected_between(labels: LabelMap, index: int) -> list[tuple[int, np.ndarray]]:
    """(label, box) of what both neighbors of slice `index` have and the slice has nothing of.

    The box is the mean of the two objects' boxes; the objects overlap each other.
    """
    if not 0 < index < labels.slice_count - 1:
        return []
    before, here, after = (labels.masks(n) for n in (index - 1, index, index + 1))
    found = []
    for label in before.keys() & after.keys():
        own = here.get(label, np.zeros_like(before[label]))
        pairs = itertools.product(find_objects(before[label]), find_objects(after[label]))
        for one, other in pairs:
            is_large = min(one.area, other.area) >= FEWEST_PIXELS
            is_missing = not (own & (one.mask | other.mask)).any()
            if is_large and is_missing and (one.mask & other.mask).any():
                found.append((label, np.add(one.box, other.box) / 2))
    return sorted(found, key=lambda each: (each[0], *each[1]))


def _most_convincing(each: Suggestion) -> tuple[bool, float]:
    return not each.is_expected, -each.similarity


def _own_similarity(gallery: Gallery, label: int, n: int, similar: np.ndarray) -> float:
    elsewhere = gallery.slices != gallery.slices[n]
    others = np.arange(len(gallery)) != n
    is_elsewhere = np.any(elsewhere & (gallery.labels == label))
    return float(gallery.similarity_to(label, similar, elsewhere if is_elsewhere else others))


def _gallery_of_slice(masks: Mapping[int, np.ndarray], features: FeatureMap, index: int) -> Gallery:
    builder = GalleryBuilder()
    builder.add(index, masks, features)
    return builder.gallery()


def _part_at(mask: np.ndarray, point: np.ndarray) -> np.ndarray:
    """The component of a mask that the point (x, y) is in; nothing where it is in none."""
    x, y = point.astype(int)
    if not mask[y, x]:
        return np.zeros_like(mask)
    numbered, _ = ndimage.label(mask, np.ones((3, 3)))
    return numbered == numbered[y, x]


def _overlap_share(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over the smaller of two masks: a part repeats the whole."""
    smaller = min(np.count_nonzero(a), np.count_nonzero(b))
    return np.count_nonzero(a & b) / max(smaller, 1)
