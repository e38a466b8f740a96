"""Masks of small objects, asked for from close by: which prompts, together or one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .closer_look import Extent, Nearer, Prompted, crop_around, extent_of
from .embedding import Embedding, Masks

if TYPE_CHECKING:
    from .predictor import SamModel

# Prompts share a look while the rectangle around them is at most so many times as long as around
# the first of them: the variants of one object's prompt do, objects far apart do not.
SHARED_GROWTH = 1.5


def looks_closer(model: SamModel, embedding: Embedding) -> bool:
    """Whether the network was trained to, and the embedding has the image that it takes."""
    return bool(model.closer_share) and embedding.image is not None


def nearer(
    model: SamModel, embedding: Embedding, prompts: Prompted, first: Masks | None = None
) -> Nearer | None:
    """Where to look closely for the prompts (box, points, labels, mask) of one object.

    None if they, or without a box the `first` answer to them, tell of nothing small.
    """
    if not looks_closer(model, embedding):
        return None
    box, points, _labels, _mask = prompts
    if box is None:
        first = first or model.segment_whole(embedding, prompts, False)
    extent = _extent(box, points, first.masks if first else None)
    return None if extent is None else _near(model, embedding, extent, prompts)


def segmented(model: SamModel, embedding: Embedding, prompts: Prompted, multimask: bool) -> Masks:
    """`SamModel.segment` for one object."""
    first = model.segment_whole(embedding, prompts, multimask) if prompts[0] is None else None
    near = nearer(model, embedding, prompts, first)
    if near is None:
        return first or model.segment_whole(embedding, prompts, multimask)
    found = model.segment_whole(near.embedding, near.prompts, multimask)
    return near.in_whole(model.frame(embedding), found)


def segmented_batch(
    model: SamModel, embedding: Embedding, prompts: Prompted, multimask: bool
) -> Masks:
    """`SamModel.segment` for a batch: each object as if asked for alone, looks shared."""
    found = model.segment_whole(embedding, prompts, multimask)
    box, points, _labels, _mask = prompts
    extents = [
        _extent(*(each if each is None else each[i] for each in (box, points)), found.masks[i])
        for i in range(len(found.scores))
    ]
    for extent, members in shared_extents(extents):
        part = tuple(each if each is None else np.asarray(each)[members] for each in prompts)
        near = _near(model, embedding, extent, part)
        if near is not None:
            close = model.segment_whole(near.embedding, near.prompts, multimask)
            _put(found, members, near.in_whole(model.frame(embedding), close))
    return found


def shared_extents(extents: list[Extent | None]) -> list[tuple[Extent, list[int]]]:
    """Rectangles that hold the given ones, each with the numbers of those it holds."""
    shared: list[tuple[Extent, float, list[int]]] = []
    for number, extent in enumerate(extents):
        if extent is None:
            continue
        for place, (held, limit, members) in enumerate(shared):
            both = extent_of(np.array([held, extent]), None, None)
            if _longer(both) <= limit:
                shared[place] = (both, limit, [*members, number])
                break
        else:
            shared.append((extent, SHARED_GROWTH * _longer(extent), [number]))
    return [(extent, members) for extent, _limit, members in shared]


def _extent(
    box: np.ndarray | None, points: np.ndarray | None, masks: np.ndarray | None
) -> Extent | None:
    """The box tells where the object is; without one, its first masks do, if there is something."""
    if box is not None:
        return extent_of(box, points, None)
    return extent_of(None, points, masks) if masks.any() else None


def _near(
    model: SamModel, embedding: Embedding, extent: Extent, prompts: Prompted
) -> Nearer | None:
    crop = crop_around(extent, embedding.original_size, model.closer_share)
    if crop is None:
        return None
    box, points, labels, mask = prompts
    moved = crop.mask(mask, model.frame(embedding))
    near = (crop.boxes(box), crop.points(points), labels, moved)
    return Nearer(crop, model.embed_part(embedding, crop), near)


def _put(found: Masks, members: list[int], close: Masks) -> None:
    found.masks[members], found.logits[members] = close.masks, close.logits
    found.scores[members] = close.scores


def _longer(extent: Extent) -> float:
    x0, y0, x1, y1 = extent
    return max(x1 - x0, y1 - y0)
