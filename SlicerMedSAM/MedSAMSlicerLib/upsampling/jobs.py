"""What the worker does for upsampling: numbers in, numbers out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from MedSAMLib.errors import MedSAMError

from ..session.ports import Task
from ..translation import tr as _
from .foresight import Foresight, refuse
from .grids import grid_for
from .ports import Found, Part, Request, Subject

if TYPE_CHECKING:
    from MedSAMLib.images import Volume
    from MedSAMLib.sam import SamModel


def upsample_all(
    load: Callable[[], SamModel], subject: Subject, request: Request, task: Task
) -> Found:
    """The segments of the subject on the finer grid; reports (slices done, slices to do)."""
    from MedSAMLib.images import Volume
    from MedSAMLib.implicit import upsample_objects

    task.checkpoint()
    volume = Volume(subject.image, subject.affine)
    grid, axis = grid_for(volume, request)
    numbers, masks = _filled(subject)
    _foresee(volume, masks, request)
    model = load()
    found = upsample_objects(
        model,
        volume,
        masks,
        grid,
        axis,
        subject.window,
        progress=lambda done, total: task.progress((done, total)),
        checkpoint=task.checkpoint,
    )
    parts = [
        _part(subject, number, mask, upsampled, task)
        for number, mask, upsampled in zip(numbers, masks, found, strict=True)
    ]
    return Found(grid, tuple(parts))


def _foresee(volume: Volume, masks: list[np.ndarray], request: Request) -> None:
    """MedSAMError with what to change if the request would exhaust the memory."""
    from MedSAMLib.implicit.given_shape import object_extent

    refuse(Foresight(volume, [object_extent(mask) for mask in masks]), request)


def _filled(subject: Subject) -> tuple[list[int], list[np.ndarray]]:
    """Numbers and masks (K, J, I) of the segments that have any voxel."""
    labels, count = subject.labels, len(subject.segment_ids)
    are_masks = labels.ndim == 4
    masks = [labels[n] if are_masks else labels == n + 1 for n in range(count)]
    numbers = [number for number, mask in enumerate(masks) if mask.any()]
    if not numbers:
        raise MedSAMError(_("The chosen segments are empty: there is nothing to upsample."))
    return numbers, [masks[number] for number in numbers]


def _part(subject: Subject, number: int, mask: np.ndarray, upsampled, task: Task) -> Part:
    from MedSAMLib.implicit import BASELINES, baseline, compare

    comparisons = compare(mask, upsampled, task.checkpoint)
    return Part(
        segment_id=subject.segment_ids[number],
        name=subject.names[number],
        upsampled=upsampled,
        baselines={method: baseline(mask, upsampled.grid, method) for method in BASELINES},
        comparisons=tuple(comparisons),
    )
