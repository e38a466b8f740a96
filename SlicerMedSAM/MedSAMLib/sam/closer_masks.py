"""Masks of objects, asked for from close by: which prompts, together or one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from .closer_look import (
    CONTEXT,
    LARGER_CONTEXT,
    Crop,
    Extent,
    Nearer,
    Prompted,
    extent_of,
    is_small,
    longer_side,
    square_around,
)
from .embedding import Embedding, Masks

if TYPE_CHECKING:
    from .predictor import SamModel

# Pixels of the image in a token's side: with no more of them enlarging shows nothing new.
FEW_PIXELS = 2
# Prompts share a look while the rectangle around them is at most so many times as long as around
# the first of them: the variants of one object's prompt do, objects far apart do not.
SHARED_GROWTH = 1.5


def looks_closer(model: SamModel, embedding: Embedding) -> bool:
    """Whether the network was trained to, and the embedding has the image that it takes."""
    return bool(model.closer_share) and embedding.image is not None


def nearer(model: SamModel, embedding: Embedding, prompts: Prompted) -> Nearer | None:
    """Where to look closely for the prompts (box, points, labels, mask) of one small object.

    None if they, or without a box the first answer to them, tell of nothing small.
    """
    if not looks_closer(model, embedding):
        return None
    box, points, _labels, _mask = prompts
    first = model.segment_whole(embedding, prompts, False).masks if box is None else None
    extent = _extent(box, points, first)
    if extent is None or not _small(model, embedding, extent):
        return None
    return look(model, embedding, extent, prompts)


def segmented(model: SamModel, embedding: Embedding, prompts: Prompted, multimask: bool) -> Masks:
    """`SamModel.segment` for one object."""
    box, points, _labels, _mask = prompts
    first = model.segment_whole(embedding, prompts, multimask) if box is None else None
    extent = _extent(box, points, first.masks if first else None)
    if extent is None:
        return first
    if _is_first_click(prompts) and not _small(model, embedding, extent):
        return first
    near = look(model, embedding, extent, prompts)
    return near.in_whole(model.frame(embedding), model.segment_near(near, multimask))


def segmented_batch(
    model: SamModel, embedding: Embedding, prompts: Prompted, multimask: bool
) -> Masks:
    """`SamModel.segment` for a batch: each object as if asked for alone, looks shared."""
    box, points, _labels, _mask = prompts
    found = model.segment_whole(embedding, prompts, multimask) if box is None else None
    count = len(found.scores if box is None else box)
    extents = [
        _extent(*(a if a is None else a[i] for a in (box, points, found and found.masks)))
        for i in range(count)
    ]
    if _is_first_click(prompts):
        extents = [each if each and _small(model, embedding, each) else None for each in extents]
    for extent, members in shared_extents(extents):
        part = tuple(each if each is None else np.asarray(each)[members] for each in prompts)
        near = look(model, embedding, extent, part)
        close = near.in_whole(model.frame(embedding), model.segment_near(near, multimask))
        found = found or close.room_for(count)
        found.put(members, close)
    return found


def shared_extents(extents: list[Extent | None]) -> list[tuple[Extent, list[int]]]:
    """Rectangles that hold the given ones, each with the numbers of those it holds."""
    shared: list[tuple[Extent, float, list[int]]] = []
    for number, extent in enumerate(extents):
        if extent is None:
            continue
        for place, (held, limit, members) in enumerate(shared):
            both = extent_of(np.array([held, extent]), None, None)
            if longer_side(both) <= limit:
                shared[place] = (both, limit, [*members, number])
                break
        else:
            shared.append((extent, SHARED_GROWTH * longer_side(extent), [number]))
    return [(extent, members) for extent, _limit, members in shared]


def _extent(
    box: np.ndarray | None, points: np.ndarray | None, masks: np.ndarray | None
) -> Extent | None:
    """The box tells where the object is; without one, its first masks do, if there is something."""
    if box is not None:
        return extent_of(box, points, None)
    return extent_of(None, points, masks) if masks.any() else None


def _small(model: SamModel, embedding: Embedding, extent: Extent) -> bool:
    return is_small(extent, embedding.original_size, model.closer_share)


def _is_first_click(prompts: Prompted) -> bool:
    """A single click is answered at once, corrections with more care."""
    box, points, _labels, mask = prompts
    return box is None and mask is None and np.shape(points)[-2] == 1


def look(model: SamModel, embedding: Embedding, extent: Extent, prompts: Prompted) -> Nearer:
    """Where an object of this extent is looked at with the prompts, and from how near.

    A larger one of an image that has few pixels is seen well enough in the whole of it.
    """
    shape = embedding.original_size
    if _small(model, embedding, extent):
        crop = square_around(extent, shape, CONTEXT)
        return _near(model, embedding, crop, prompts)
    if max(shape) <= FEW_PIXELS * embedding.features.shape[-1]:
        return Nearer(Crop(0, 0, *shape[::-1]), embedding, prompts)
    crop = square_around(extent, shape, LARGER_CONTEXT)
    near = _near(model, embedding, crop, prompts)
    return replace(near, mirrored=model.embed_mirrored(near.embedding))


def _near(model: SamModel, embedding: Embedding, crop: Crop, prompts: Prompted) -> Nearer:
    part = embedding if crop.shape == embedding.original_size else model.embed_part(embedding, crop)
    box, points, labels, mask = prompts
    moved = crop.mask(mask, model.frame(embedding))
    return Nearer(crop, part, (crop.boxes(box), crop.points(points), labels, moved))
