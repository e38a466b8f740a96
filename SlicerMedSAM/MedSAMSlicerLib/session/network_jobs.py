"""What the worker does with the network: numbers in, numbers out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import numpy as np

from MedSAMLib.object_mask import segment_object

from .ports import SliceImage, Task
from .prompts import Target

if TYPE_CHECKING:
    from MedSAMLib.sam import Embedding, SamModel


def embed(model: SamModel, image: SliceImage, task: Task) -> Embedding:
    """The slice's embedding; reports the part done, 0 to 1."""
    task.checkpoint()
    with _watched_encoder(model, task):
        return model.embed(image.pixels, window=image.window)


def segment(
    model: SamModel,
    asked: Sequence[tuple[SliceImage, Target]],
    task: Task,
) -> list[np.ndarray]:
    """A mask (H, W) bool for every target; many boxes on a slice are decoded together."""
    masks: list[np.ndarray | None] = [None] * len(asked)
    for image, indices in _by_slice(asked):
        embedding = embed(model, image, task)
        boxes = [i for i in indices if not asked[i][1].points]
        if len(boxes) > 1:
            prompts = np.stack([asked[i][1].in_pixels().box for i in boxes])
            for index, mask in zip(boxes, model.segment(embedding, box=prompts).masks, strict=True):
                masks[index] = mask
        for index in indices:
            if masks[index] is None:
                task.checkpoint()
                prompts = asked[index][1].in_pixels()
                masks[index] = segment_object(model, embedding, prompts).mask
    return masks


def _by_slice(
    asked: Sequence[tuple[SliceImage, Target]],
) -> Iterator[tuple[SliceImage, list[int]]]:
    indices: dict = {}
    for index, (image, target) in enumerate(asked):
        indices.setdefault(target.slice, (image, []))[1].append(index)
    yield from indices.values()


def _watched_encoder(model: SamModel, task: Task) -> AbstractContextManager:
    """Report and allow cancelling while an image is encoded."""

    def told(part: float) -> None:
        task.checkpoint()
        task.progress(part)

    watched = getattr(model, "watched", None)  # not every network takes long enough to be watched
    return watched(told) if watched else nullcontext()
