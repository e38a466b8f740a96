"""The memory that a whole request takes, all of its segments and slices, foreseen before it begins.

A request that does not fit is refused with what would: the factor or the spacing, the segments.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from MedSAMLib.errors import MedSAMError

from ..translation import tr as _
from .grids import grid_for
from .ports import Request

if TYPE_CHECKING:
    from MedSAMLib.images import Volume
    from MedSAMLib.implicit import FineGrid
    from MedSAMLib.implicit.grids import Extent

# Of a voxel of the box around all objects: three maps as float32 and one more while they are
# filled, the masks of four methods and their copies. Measured at the peak of `put`: 20.
BYTES_IN_SCENE = 24
# Of a fine voxel of every object until all are in the scene: its mask, probability, uncertainty and
# refined voxels, three other ways' masks, and one copy.
BYTES_KEPT = 14
# The steps in which a factor and a spacing (mm) are advised.
FACTOR_STEPS, SPACING_STEPS_A_MM = 10, 100


@dataclass(frozen=True, eq=False)
class Foresight:
    """What is known of a request before it begins.

    extents: of every object, in the voxels of the volume, with a margin as the work takes it.
    whole: of a drawn object, of which only the slice is known, that slice; else None.
    beside: bytes of copies that are not made yet: of the image, of the segments.
    """

    volume: Volume
    extents: Sequence[Extent]
    whole: Extent | None = None
    beside: int = 0

    def needed(self, request: Request) -> int:
        """Bytes at the worst moment; UsageError for a useless wish."""
        from MedSAMLib.implicit import memory

        grid, _axis = grid_for(self.volume, request)
        if not self.extents:
            return 0
        sizes = [_size(grid, extent) for extent in self.extents]
        slice_work = 0 if self.whole is None else memory.BYTES_PER_PIXEL * _size(grid, self.whole)
        kept = BYTES_KEPT * sum(sizes)
        worst = max(
            slice_work,
            (memory.BYTES_PER_FINE_VOXEL - BYTES_KEPT) * max(sizes),
            memory.BYTES_PER_COMPARED_VOXEL * max(sizes),
            BYTES_IN_SCENE * _size(grid, _around(self.extents)),
        )
        return memory.BYTES_OF_WORK + self.beside + kept + worst

    def refusal(self, request: Request, free: int | None) -> str:
        """Why it cannot be done with so many bytes, and what can; "" where it can be done."""
        needed = self.needed(request)
        if free is None or needed <= free:
            return ""
        text = _("Upsampling needs {needed} of memory and {free} are free: {advice}.")
        return text.format(
            needed=bytesText(needed), free=bytesText(free), advice=self._advice(request, free)
        )

    def _advice(self, request: Request, free: int) -> str:
        ways = [self._best_size(request, free)]
        if len(self.extents) > 1:
            ways.append(_("upsample fewer objects at once"))
        if request.through_plane:
            ways.append(_("make no new slices between the slices"))
        ways = [way for way in ways if way]
        return _(", or ").join(ways) if ways else _("crop the volume around the object")

    def _best_size(self, request: Request, free: int) -> str:
        """The factor or the spacing that fits, in words; "" if none does."""
        if request.spacing_mm is None:
            steps, text = FACTOR_STEPS, _("choose a factor of at most {best}")
            ends = math.ceil(request.scale * steps), steps  # too fine, and not finer at all
        else:
            steps, text = SPACING_STEPS_A_MM, _("choose a spacing of at least {best} mm")
            coarsest = max(self.volume.spacing)
            ends = math.floor(request.spacing_mm * steps), math.ceil(coarsest * steps)
        best = self._nearest_that_fits(request, free, ends, steps)
        return "" if best is None else text.format(best=f"{best:g}")

    def _nearest_that_fits(
        self, request: Request, free: int, ends: tuple[int, int], steps: int
    ) -> float | None:
        """The scale or spacing next to the first end, which is too fine; both in steps."""
        fine, coarse = ends
        name = "scale" if request.spacing_mm is None else "spacing_mm"
        while abs(fine - coarse) > 1:
            middle = (fine + coarse) // 2
            needed = self._needed_or_none(replace(request, **{name: middle / steps}))
            if needed is None or needed <= free:
                coarse = middle
            else:
                fine = middle
        best = replace(request, **{name: coarse / steps})
        return None if self._needed_or_none(best) is None else coarse / steps

    def _needed_or_none(self, request: Request) -> int | None:
        """None where nothing would become finer."""
        try:
            return self.needed(request)
        except MedSAMError:
            return None


def copies(volume: Volume, objects: int) -> int:
    """Bytes of a volume's copy for the worker, with the labels and a mask for each object."""
    voxels, labels = math.prod(volume.shape), 2
    return volume.array.nbytes + (labels + objects) * voxels


def refuse(foresight: Foresight, request: Request) -> None:
    """MedSAMError with what to change if the request does not fit into the memory now."""
    from MedSAMLib import memory

    refusal = foresight.refusal(request, memory.available_bytes())
    if refusal:
        raise MedSAMError(refusal)


def bytesText(count: int) -> str:
    """A size for people."""
    if count < 1 << 30:
        return _("{count} MB").format(count=max(1, round(count / 2**20)))
    return _("{count} GB").format(count=f"{count / 2**30:.1f}")


def _size(grid: FineGrid, extent: Extent) -> int:
    """Fine voxels of an extent."""
    return math.prod(part.stop - part.start for part in grid.covering(extent))


def _around(extents: Sequence[Extent]) -> Extent:
    first, second, third = (
        slice(min(e[n].start for e in extents), max(e[n].stop for e in extents)) for n in range(3)
    )
    return first, second, third
