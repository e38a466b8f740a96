"""What the worker does for the review: numbers in, numbers out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from MedSAMLib.errors import MedSAMError
from MedSAMLib.quality.results import Report

from ..session.ports import ModelChoice, Models, Task
from .ports import Outlines, Request, SliceCase, Subject
from .suggestions import Suggested


@dataclass(frozen=True)
class Judge:
    """The network that judges; it is loaded in the worker."""

    models: Models
    choice: ModelChoice

    def load(self) -> Any:
        """The `SamModel`."""
        return self.models.load(self.choice)


def judge_all(judge: Judge, subject: Subject, request: Request, task: Task) -> Report:
    """The report; reports (slices done, slices to do)."""
    from MedSAMLib.quality import assess

    task.checkpoint()
    model = judge.load()
    return assess(
        model,
        subject.image,
        subject.labels,
        subject.affine,
        settings=request.settings,
        window=subject.window,
        names=subject.names,
        only_slices=_within(request.slices),
        progress=lambda done, total: task.progress((done, total)),
        checkpoint=task.checkpoint,
    )


def judge_object(
    judge: Judge, case: SliceCase, mask: np.ndarray, request: Request, task: Task
) -> Outlines:
    """The judge's masks of one object."""
    from MedSAMLib.quality import judge_object as judged

    task.checkpoint()
    model = judge.load()
    embedding = model.embed(case.image, window=case.window)
    task.checkpoint()
    answer = judged(model, embedding, mask, request.settings)
    return Outlines(mask, answer.point_mask, answer.box_mask)


def search(
    judge: Judge, subject: Subject, request: Request, task: Task
) -> tuple[int, list[Suggested]]:
    """Objects that the segments lack, and the axis of the array that their slices are cut along.

    Reports (slices done, slices to do). Without a range, slices that have segments are searched.
    """
    from MedSAMLib.quality.label_maps import as_label_map
    from MedSAMLib.quality.slices import slice_stack, slice_window

    task.checkpoint()
    model = judge.load()
    stack = slice_stack(subject.image, subject.labels.shape, subject.affine, request.settings.axis)
    labels = as_label_map(subject.labels, stack.grid, stack.array_axis, subject.names)
    window = slice_window(stack, subject.window)
    todo = list(_within(request.slices) or labels.occupied_slices())
    found: list[Suggested] = []
    for done, index in enumerate(todo):
        task.checkpoint()
        task.progress((done, len(todo)))
        embedding = model.embed(stack.image(index), window=window)
        found += _missed(model, embedding, labels.masks(index), index, subject)
    return stack.array_axis, found


def _missed(
    model: Any, embedding: Any, masks: dict[int, np.ndarray], index: int, subject: Subject
) -> list[Suggested]:
    from MedSAMLib.quality.missed import suggest_missed

    return [
        Suggested(
            slice=index,
            mask=each.mask,
            box=tuple(each.box),
            segment_id=subject.segment_ids[each.label - 1],
            name=subject.names[each.label - 1],
            confidence=each.confidence,
            stability=each.stability,
            similarity=each.similarity,
        )
        for each in suggest_missed(model, embedding, masks)
    ]


def object_mask(case: SliceCase, index: int, box: Sequence[int], connectivity: int) -> np.ndarray:
    """The object that was judged; MedSAMError where the segment is another one by now."""
    from MedSAMLib.quality.objects import find_objects

    objects = find_objects(case.mask, connectivity)
    if index >= len(objects) or objects[index].box != tuple(box):
        raise MedSAMError("The segment was changed since it was judged: judge it again.")
    return objects[index].mask


def _within(slices: tuple[int, int] | None) -> range | None:
    return None if slices is None else range(slices[0], slices[1] + 1)
