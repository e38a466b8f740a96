"""What the worker does for upsampling: numbers in, numbers out."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from MedSAMLib.errors import MedSAMError

from ..session.ports import Task
from ..translation import tr as _
from .ports import Found, Part, Request, Subject

if TYPE_CHECKING:
    from MedSAMLib.images import Volume
    from MedSAMLib.implicit import FineGrid
    from MedSAMLib.sam import SamModel

# Of a voxel of the box around all objects: three maps as float32 and one more while they are
# filled, the masks of four methods and their copies. Measured at the peak of `put`: 20.
BYTES_IN_SCENE = 24

AXES = ("axial", "coronal", "sagittal")


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
    _foresee(masks, grid)
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


def grid_for(volume: Volume, request: Request) -> tuple[FineGrid, str]:
    """The finer grid, and the name of the slices' axis; UsageError for a useless wish."""
    from MedSAMLib.implicit import fine_grid

    axis = slicing_axis(volume, request.axis)
    wish = {"scale": request.scale, "spacing_mm": request.spacing_mm}
    return fine_grid(volume, axis, through_plane=request.through_plane, **wish), axis


def slicing_axis(volume: Volume, axis: str) -> str:
    """The name of the slices across the largest spacing for "auto"; others as they are."""
    from MedSAMLib.geometry import array_axis

    if axis != "auto":
        return axis
    along = int(np.argmax(volume.spacing[::-1]))
    return next(name for name in AXES if array_axis(volume, name) == along)


def _foresee(masks: list[np.ndarray], grid: FineGrid) -> None:
    """MedSAMError if the results together would exhaust the memory of the scene."""
    from MedSAMLib.implicit.given_shape import object_extent
    from MedSAMLib.implicit.memory import check_bytes

    extents = [grid.covering(object_extent(mask)) for mask in masks]
    sides = [
        max(e[axis].stop for e in extents) - min(e[axis].start for e in extents)
        for axis in range(3)
    ]
    check_bytes(BYTES_IN_SCENE * math.prod(sides))


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
