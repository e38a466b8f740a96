"""An object that was prompted in one slice, on a grid finer than the volume's voxels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..geometry import array_axis, axis_plane, extract
from ..images import Volume
from ..prompts import Prompts
from ..sam.cache import Window
from .grids import Extent, FineGrid
from .slice_logits import Sampling
from .volume_upsampling import Checkpoint, Progress, UpsampledObject

if TYPE_CHECKING:
    from ..sam.predictor import SamModel
    from .upsampling import Upsampled

# Below it nobody asks whether a pixel belongs to the object.
LEAST_PROBABILITY = 0.01


def upsample_prompted(
    model: SamModel,
    volume: Volume,
    prompts: Prompts,
    index: int,
    grid: FineGrid,
    axis: str,
    window: Window = "auto",
    sampling: Sampling | None = None,
    progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
) -> UpsampledObject:
    """What the network itself draws for prompts in slice `index` along `axis`.

    The slice is looked at as in `SamModel.segment`. Where the grid is finer between the
    slices too, the object is as thick as the slice. Where nothing is found all arrays are empty.
    Arguments as for `upsample_object`, errors as for `SamModel.upsample`.
    """
    sampling = sampling or Sampling()
    plane = axis_plane(volume, axis, index)
    along = array_axis(volume, axis)
    answer = model.upsample(
        model.embed(extract(volume, plane), window),
        box=prompts.box,
        points=prompts.points,
        labels=prompts.labels,
        mask=prompts.mask,
        shape=tuple(size for number, size in enumerate(grid.shape) if number != along),
        refine=sampling.refine,
        samples=sampling.samples,
        seed=sampling.seed,
        progress=progress,
        checkpoint=checkpoint,
    )
    return _in_volume(answer, grid, along, index)


def _in_volume(answer: Upsampled, grid: FineGrid, along: int, index: int) -> UpsampledObject:
    """The slice's answer where the slice is, cut to what may belong to the object."""
    rows, columns = _likely(answer)
    if not answer.mask.any():
        rows = columns = slice(0, 0)
    thick = grid.covering(tuple(slice(index, index + 1) for _ in range(3)))[along]
    extent: list[slice] = [rows, columns]
    extent.insert(along, thick)
    count = thick.stop - thick.start

    def thickened(image: NDArray) -> NDArray:
        return np.repeat(np.expand_dims(image[rows, columns], along), count, axis=along)

    names = ("mask", "probability", "uncertainty", "refined")
    parts = {name: thickened(getattr(answer, name)) for name in names}
    return UpsampledObject(**parts, grid=grid, extent=_as_extent(extent), method=answer.method)


def _likely(answer: Upsampled) -> tuple[slice, slice]:
    """The rows and columns in which the object may be."""
    likely = answer.probability >= LEAST_PROBABILITY
    return tuple(_run(likely.any(axis=1 - axis)) for axis in (0, 1))


def _run(taken: NDArray[np.bool_]) -> slice:
    places = np.flatnonzero(taken)
    return slice(int(places[0]), int(places[-1]) + 1) if places.size else slice(0, 0)


def _as_extent(parts: list[slice]) -> Extent:
    return parts[0], parts[1], parts[2]
