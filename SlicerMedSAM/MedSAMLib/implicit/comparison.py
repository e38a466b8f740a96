"""What upsampling did to an object, beside the ways that know nothing of the image.

nearest: the voxels themselves. linear: their interpolation, cut at 1/2. smoothed: their smoothed
signed distance, with their volume, interpolated by cubic splines; it is the shape that
`upsample_object` begins with, see `given_shape`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..errors import UsageError
from ..metrics.boundary import SurfaceDistances, surface_distances
from .given_shape import given_shape, object_extent, read_between, read_smoothly
from .grids import Extent, FineGrid
from .memory import BYTES_PER_COMPARED_VOXEL, check_bytes
from .volume_upsampling import UpsampledObject

BASELINES = ("nearest", "linear", "smoothed")


@dataclass(frozen=True)
class Comparison:
    """One way of upsampling an object, measured.

    method: one of BASELINES, or `UpsampledObject.method`. volume_mm3, surface_mm2: of its mask, the
    surface estimated by Crofton's formula (Lehmann and Legland 2012), which does not count the
    steps of a staircase. mean_shift_mm, shift95_mm: how far its boundary lies from that of the
    voxels (nearest), on average and the greater of both directions' 95th percentiles; where the
    grid is finer in the slices only, the outlines in the slices.
    """

    method: str
    volume_mm3: float
    surface_mm2: float
    mean_shift_mm: float
    shift95_mm: float

    def to_dict(self) -> dict[str, str | float]:
        """Plain values, for JSON and tables."""
        return asdict(self)


def baseline(mask: NDArray[np.bool_], grid: FineGrid, method: str) -> tuple[NDArray, Extent]:
    """A mask (K, J, I) on the finer grid by one of BASELINES: (k, j, i) bool, and its extent.

    The extent is that of `upsample_object`. UsageError for an empty mask or another shape.
    """
    _check(mask, grid)
    coarse = object_extent(mask)
    fine = grid.covering(coarse)
    return _upsampled(mask, grid, fine, coarse, method), fine


def compare(
    mask: NDArray[np.bool_],
    found: UpsampledObject,
    checkpoint: Callable[[], None] | None = None,
) -> list[Comparison]:
    """BASELINES and then `found`, which was made of `mask` (K, J, I), each against the voxels.

    checkpoint: raises to cancel. MedSAMError if the memory would not do.
    """
    grid = found.grid
    _check(mask, grid)
    coarse = object_extent(mask)
    own = grid.covering(coarse)
    fine = _around(own, found.extent) if found.mask.size else own
    check_bytes(BYTES_PER_COMPARED_VOXEL * int(np.prod([part.stop - part.start for part in fine])))
    voxels = _moved(_upsampled(mask, grid, own, coarse, "nearest"), own, fine)
    rows = []
    for method in (*BASELINES, found.method):
        if checkpoint is not None:
            checkpoint()
        if method in BASELINES:
            shape = _moved(_upsampled(mask, grid, own, coarse, method), own, fine)
        else:
            shape = _moved(found.mask, found.extent, fine)
        rows.append(_measured(method, shape, voxels, grid))
    return rows


def surface_mm2(mask: NDArray[np.bool_], spacing: tuple[float, float, float]) -> float:
    """The surface of a mask (K, J, I) by Crofton's formula; spacing along i, j, k in mm."""
    import SimpleITK as sitk

    if not mask.any():
        return 0.0
    image = sitk.GetImageFromArray(np.pad(mask, 1).astype(np.uint8))
    image.SetSpacing(spacing)
    measuring = sitk.LabelShapeStatisticsImageFilter()
    measuring.ComputePerimeterOn()
    measuring.Execute(image)
    return float(measuring.GetPerimeter(1))


def _upsampled(mask, grid: FineGrid, fine: Extent, coarse: Extent, method: str) -> NDArray:
    """A mask (K, J, I), which lies within the coarse extent, on the fine extent."""
    if method == "nearest":
        return mask[coarse][np.ix_(*_nearest(grid, fine, coarse))]
    if method == "linear":
        return read_between(mask[coarse], grid, fine, coarse) > 0.5
    if method == "smoothed":
        return read_smoothly(given_shape(mask, grid, coarse), grid, fine, coarse) > 0
    raise UsageError(f"The method must be one of {', '.join(BASELINES)}, not {method!r}.")


def _around(one: Extent, other: Extent) -> Extent:
    """The smallest extent that holds both."""
    return tuple(
        slice(min(a.start, b.start), max(a.stop, b.stop)) for a, b in zip(one, other, strict=True)
    )


def _moved(part: NDArray[np.bool_], extent: Extent, wider: Extent) -> NDArray[np.bool_]:
    """What lies on an extent on a wider one, False beyond it."""
    whole = np.zeros([each.stop - each.start for each in wider], bool)
    place = tuple(
        slice(e.start - w.start, e.stop - w.start) for e, w in zip(extent, wider, strict=True)
    )
    whole[place] = part
    return whole


def _nearest(grid: FineGrid, fine: Extent, coarse: Extent) -> list[NDArray]:
    """Indices within the coarse extent, for the fine voxels along k, j, i.

    A fine voxel at the extent's edge may have its center just beyond it, where nothing is.
    """
    return [
        (indices - part.start).clip(0, part.stop - part.start - 1)
        for indices, part in zip(grid.coarse_indices(fine), coarse, strict=True)
    ]


def _measured(method, shape, voxels, grid: FineGrid) -> Comparison:
    distances = _distances(shape, voxels, grid)
    return Comparison(
        method=method,
        volume_mm3=float(np.count_nonzero(shape) * np.prod(grid.spacing)),
        surface_mm2=surface_mm2(shape, grid.spacing),
        mean_shift_mm=distances.average(),
        shift95_mm=distances.hausdorff(),
    )


def _distances(shape, voxels, grid: FineGrid) -> SurfaceDistances:
    """Between the boundaries; where only the slices are finer, between the outlines in them.

    Of an object in one slice every voxel is at its surface, which says nothing of its outline.
    """
    spacing = grid.spacing[::-1]
    alone = [axis for axis, factor in enumerate(grid.factors) if factor == 1]
    if len(alone) != 1:
        return surface_distances(shape, voxels, spacing)
    cross = ndimage.generate_binary_structure(3, 1)
    cross[tuple([0, 2] if axis == alone[0] else slice(None) for axis in range(3))] = False
    one, other = (each & ~ndimage.binary_erosion(each, cross) for each in (shape, voxels))
    diagonal = float(np.linalg.norm(np.multiply(spacing, shape.shape)))
    return SurfaceDistances(_to(other, one, spacing), _to(one, other, spacing), diagonal)


def _to(goal: NDArray[np.bool_], start: NDArray[np.bool_], spacing) -> NDArray[np.float64]:
    """Of each voxel of `start` to the nearest of `goal`, infinite if there is none."""
    if not goal.any():
        return np.full(np.count_nonzero(start), np.inf)
    return ndimage.distance_transform_edt(~goal, sampling=spacing)[start]


def _check(mask: NDArray[np.bool_], grid: FineGrid) -> None:
    if mask.shape != grid.coarse_shape:
        raise UsageError(f"The mask has the shape {mask.shape}, the volume {grid.coarse_shape}.")
    if not mask.any():
        raise UsageError("The mask is empty: there is nothing to compare.")
