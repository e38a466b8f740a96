"""Carrying the prompts of a slice through the volume, in the worker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from MedSAMLib.geometry import axis_plane
from MedSAMLib.propagation import PropagationOptions, SliceResult, propagate, visited_slices

from .ports import SliceStack, Task, Window
from .prompts import SliceKey, Target

Range = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Found:
    """A slice's mask (H, W) bool, and how far the propagation is, 0 to 1."""

    slice: SliceKey
    mask: np.ndarray
    part: float


@dataclass(frozen=True)
class Ending:
    """Where a direction ended before the end of the range, and why, in plain words."""

    index: int
    reason: str


@dataclass(frozen=True, eq=False)
class Request:
    """What to carry where: `slices` are the first and last slice, both included."""

    stack: SliceStack
    targets: Sequence[Target]
    slices: Range
    window: Window


def work(request: Request, model: Any) -> Callable[[Task], list[Ending]]:
    """The job: reports `Found` slice by slice, and returns where it ended early."""

    def run(task: Task) -> list[Ending]:
        endings = []
        for number, target in enumerate(request.targets):
            endings += _carry(request, model, target, number, task)
        return endings

    return run


def _carry(request: Request, model: Any, target: Target, number: int, task: Task) -> list[Ending]:
    stack = request.stack
    first, last = visited_slices(stack.volume, stack.axis, stack.index, request.slices)
    in_stack = replace(target, slice=_key(target, stack, stack.index))
    results = propagate(
        model,
        stack.volume,
        stack.axis,
        stack.index,
        in_stack.in_pixels(),
        slice_range=(first, last),
        options=PropagationOptions(window=request.window or "auto"),
        cancelled=lambda: task.cancelled,
    )
    endings = []
    for result in results:
        task.checkpoint()
        if result.refusal:
            endings.append(Ending(result.index, result.refusal))
            continue
        part = (number + _part(result, stack.index, first, last)) / len(request.targets)
        task.progress(Found(_key(target, stack, result.index), result.mask, part))
    return endings


def _key(target: Target, stack: SliceStack, index: int) -> SliceKey:
    plane = axis_plane(stack.volume, stack.axis, index)
    return SliceKey.of(target.slice.volume_id, plane)


def _part(result: SliceResult, start: int, first: int, last: int) -> float:
    """Upwards comes first, then downwards."""
    count = last - first + 1
    if result.direction >= 0:
        return (result.index - start + 1) / count
    return (last - start + 1 + start - result.index) / count
