"""What the worker does for the review: numbers in, numbers out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from MedSAMLib.errors import MedSAMError
from MedSAMLib.quality.results import Report

from ..session.ports import ModelChoice, Models, Task
from ..translation import tr as _
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

    Reports (slices done, slices to do). Without a range, from the first to the last slice that
    holds anything.
    """
    from MedSAMLib.quality.missed import suggest_missed_in_volume
    from MedSAMLib.quality.slices import slice_stack

    task.checkpoint()
    found = suggest_missed_in_volume(
        judge.load(),
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
    shape, axis = subject.labels.shape, request.settings.axis
    stack = slice_stack(subject.image, shape, subject.affine, axis)
    return stack.array_axis, [_suggested(each, subject) for each in found]


def _suggested(each: Any, subject: Subject) -> Suggested:
    return Suggested(
        slice=each.slice,
        mask=each.mask,
        box=tuple(each.box),
        segment_id=subject.segment_ids[each.label - 1],
        name=each.name,
        confidence=each.confidence,
        stability=each.stability,
        similarity=each.similarity,
    )


def object_mask(case: SliceCase, index: int, box: Sequence[int], connectivity: int) -> np.ndarray:
    """The object that was judged; MedSAMError where the segment is another one by now."""
    from MedSAMLib.quality.objects import find_objects

    objects = find_objects(case.mask, connectivity)
    if index >= len(objects) or objects[index].box != tuple(box):
        raise MedSAMError(_("The segment was changed since it was judged: judge it again."))
    return objects[index].mask


def _within(slices: tuple[int, int] | None) -> range | None:
    return None if slices is None else range(slices[0], slices[1] + 1)
