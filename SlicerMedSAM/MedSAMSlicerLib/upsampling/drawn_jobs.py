"""What the worker does for objects that were drawn in a slice: numbers in, numbers out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from MedSAMLib.errors import MedSAMError
from MedSAMLib.prompts import Prompts

from ..session.ports import Task
from ..session.prompts import SliceKey, Target
from ..translation import tr as _
from .foresight import Foresight, copies, refuse
from .grids import grid_for
from .ports import DrawnSlice, Found, Part, Request

if TYPE_CHECKING:
    from MedSAMLib.geometry import Plane
    from MedSAMLib.images import Volume
    from MedSAMLib.implicit import FineGrid, UpsampledObject
    from MedSAMLib.sam import SamModel

_PERCENT = 100


def upsample_drawn(
    load: Callable[[], SamModel], drawn: DrawnSlice, request: Request, task: Task
) -> Found:
    """Each drawn object as the network draws it on the finer grid; reports (percent, 100)."""
    from MedSAMLib.geometry import axis_plane

    task.checkpoint()
    grid, _axis = grid_for(drawn.volume, replace(request, axis=drawn.axis))
    plane = axis_plane(drawn.volume, drawn.axis, drawn.index)
    objects = [in_slice(target, plane) for target in drawn.targets]
    refuse(foreseen(drawn.volume, drawn.axis, drawn.index, objects), request)
    work = _Work(load(), drawn, plane, grid, task)
    found = [work.upsampled(each, n, len(objects)) for n, each in enumerate(objects)]
    parts = [
        work.part(prompts, each)
        for prompts, each in zip(objects, found, strict=True)
        if each.mask.any()
    ]
    if not parts:
        raise MedSAMError(_("The network found nothing there: give another box or point."))
    return Found(grid, tuple(parts))


def foreseen(volume: Volume, axis: str, index: int, objects: Sequence[Prompts]) -> Foresight:
    """What is known of objects drawn in a slice before the network has seen them."""
    from MedSAMLib.geometry import array_axis
    from MedSAMLib.implicit.slice_logits import surroundings

    along = array_axis(volume, axis)
    whole = [slice(0, size) for size in volume.shape]
    whole[along] = slice(index, index + 1)
    rows, columns = (n for n in range(3) if n != along)
    extents = []
    for prompts in objects:
        extent = list(whole)
        if prompts.box is not None:
            shape = volume.shape[rows], volume.shape[columns]
            x0, y0, x1, y1 = surroundings(np.rint(prompts.box).astype(int).tolist(), shape)
            extent[rows], extent[columns] = slice(y0, y1), slice(x0, x1)
        extents.append(tuple(extent))
    return Foresight(volume, extents, tuple(whole), copies(volume, 1))


def in_slice(target: Target, plane: Plane) -> Prompts:
    """What is drawn, in pixels of a plane; UsageError if it is outside."""
    return replace(target, slice=SliceKey.of(target.slice.volume_id, plane)).in_pixels()


@dataclass(frozen=True, eq=False)
class _Work:
    model: SamModel
    drawn: DrawnSlice
    plane: Plane
    grid: FineGrid
    task: Task

    def upsampled(self, prompts: Prompts, number: int, count: int) -> UpsampledObject:
        """Object `number` of so many."""
        from MedSAMLib.implicit import upsample_prompted

        def tell(done: int, total: int) -> None:
            part = (number + done / max(total, 1)) / count
            self.task.progress((round(_PERCENT * part), _PERCENT))

        tell(0, 1)
        drawn = self.drawn
        return upsample_prompted(
            self.model,
            drawn.volume,
            prompts,
            drawn.index,
            self.grid,
            drawn.axis,
            drawn.window,
            progress=tell,
            checkpoint=self.task.checkpoint,
        )

    def part(self, prompts: Prompts, found: UpsampledObject) -> Part:
        """The result beside what other ways make of the network's mask at the voxels."""
        from MedSAMLib.implicit import BASELINES, baseline, compare

        mask = self._at_voxels(prompts)
        if not mask.any():  # an object between the voxels' centers
            nothing = np.zeros_like(found.mask), found.extent
            return Part("", _("Object"), found, dict.fromkeys(BASELINES, nothing), ())
        return Part(
            segment_id="",
            name=_("Object"),
            upsampled=found,
            baselines={method: baseline(mask, self.grid, method) for method in BASELINES},
            comparisons=tuple(compare(mask, found, self.task.checkpoint)),
        )

    def _at_voxels(self, prompts: Prompts) -> np.ndarray:
        """What MedSAMSegment would draw, (K, J, I) bool."""
        from MedSAMLib.geometry import extract, place
        from MedSAMLib.object_mask import segment_object

        volume = self.drawn.volume
        embedding = self.model.embed(extract(volume, self.plane), window=self.drawn.window)
        mask = segment_object(self.model, embedding, prompts).mask
        return place(mask, self.plane, volume)
