"""Walking through a volume's slices with the judge's embeddings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from .features import FeatureMap, feature_map
from .gallery import Gallery, GalleryBuilder
from .label_maps import LabelMap, Names, as_label_map
from .settings import Settings
from .slices import SliceStack, slice_stack, slice_window

if TYPE_CHECKING:
    from ..sam.embedding import Embedding
    from ..sam.predictor import SamModel

Window = tuple[float, float] | str | None


def volume_gallery(
    model: SamModel,
    image: np.ndarray,
    labels: np.ndarray,
    affine: np.ndarray | None = None,
    *,
    settings: Settings | None = None,
    window: Window = "auto",
    names: Names = None,
    progress: Callable[[int, int], None] | None = None,
    checkpoint: Callable[[], None] | None = None,
) -> tuple[Gallery, dict[int, str]]:
    """All objects of a volume, and the names of their labels; arguments as for `assess`."""
    settings = settings or Settings()
    stack, label_map = opened(image, labels, affine, settings, names)
    gallery = gallery_of(model, stack, label_map, settings, window, progress, checkpoint)
    return gallery, label_map.names


def opened(
    image: np.ndarray,
    labels: np.ndarray,
    affine: np.ndarray | None,
    settings: Settings,
    names: Names,
) -> tuple[SliceStack, LabelMap]:
    """The image as slices, and the segmentation on them."""
    stack = slice_stack(image, np.shape(labels), affine, settings.axis)
    return stack, as_label_map(labels, stack.grid, stack.array_axis, names)


def gallery_of(
    model: SamModel,
    stack: SliceStack,
    labels: LabelMap,
    settings: Settings,
    window: Window = "auto",
    progress: Callable[[int, int], None] | None = None,
    checkpoint: Callable[[], None] | None = None,
) -> Gallery:
    """All objects of the slices that hold any."""
    builder = GalleryBuilder(settings.connectivity)
    todo = labels.occupied_slices()
    for index, _, features in embedded_slices(model, stack, todo, window, progress, checkpoint):
        builder.add(index, labels.masks(index), features)
    return builder.gallery()


def embedded_slices(
    model: SamModel,
    stack: SliceStack,
    indices: Iterable[int],
    window: Window = "auto",
    progress: Callable[[int, int], None] | None = None,
    checkpoint: Callable[[], None] | None = None,
) -> Iterator[tuple[int, Embedding, FeatureMap]]:
    """(slice, embedding, features), one slice at a time."""
    todo = list(indices)
    window = slice_window(stack, window)
    for done, index in enumerate(todo):
        if checkpoint is not None:
            checkpoint()
        if progress is not None:
            progress(done, len(todo))
        embedding = model.embed(stack.image(index), window=window)
        yield index, embedding, feature_map(model, embedding)
    if progress is not None:
        progress(len(todo), len(todo))
