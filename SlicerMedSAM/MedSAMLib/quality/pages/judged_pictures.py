"""Thumbnails of the worst objects, with what the judge drew for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...images import to_uint8
from ..judging import judge_objects
from ..label_maps import LabelMap
from ..objects import find_objects
from ..results import TINY, ObjectScore
from ..settings import Settings
from ..slices import SliceStack
from .display import display_of
from .thumbnails import Thumbnail, thumbnail

if TYPE_CHECKING:
    from ...sam.predictor import SamModel

Key = tuple[int, int, int]  # label, slice, index: one object of a report


def key_of(each: ObjectScore) -> Key:
    """What tells an object of a report from all others."""
    return each.label, each.slice, each.index


def pictures(
    objects: Sequence[ObjectScore],
    stack: SliceStack,
    labels: LabelMap,
    settings: Settings,
    window,
    model: SamModel | None,
) -> dict[Key, Thumbnail]:
    """A thumbnail of each object; without a model the judge's outlines are left out.

    window: resolved, one for all slices. The judge is asked again, because a report keeps no
    masks: embeddings of slices that are still in the model's cache cost nothing.
    """
    by_slice: dict[int, list[ObjectScore]] = defaultdict(list)
    for each in objects:
        by_slice[each.slice].append(each)
    display = display_of(stack.volume.affine, stack.axis, stack.array_axis)
    made = {}
    for index, group in by_slice.items():
        image = stack.image(index)
        embedding = None if model is None else model.embed(image, window=window)
        masks = _outlined(group, labels.masks(index), settings, model, embedding)
        shown = to_uint8(image, window)
        for each, outlines in zip(group, masks, strict=True):
            made[key_of(each)] = thumbnail(shown, outlines, display)
    return made


def _outlined(
    group: Sequence[ObjectScore], by_label: dict, settings: Settings, model, embedding
) -> list[dict[str, np.ndarray]]:
    """For each object of a slice its masks by the name of the outline."""
    components = {
        label: find_objects(by_label[label], settings.connectivity)
        for label in {each.label for each in group}
    }
    outlines = [{"given": components[each.label][each.index].mask} for each in group]
    judged = [n for n, each in enumerate(group) if each.status != TINY]
    if model is not None and judged:
        answers = judge_objects(model, embedding, [outlines[n]["given"] for n in judged], settings)
        for number, answer in zip(judged, answers, strict=True):
            outlines[number]["judge-box"] = answer.box_mask
            outlines[number]["judge-point"] = answer.point_mask
    return outlines
