"""The shape that the user gave, as a field that tells between its voxels where the boundary runs.

The boundary of voxels is a staircase. The smoothed signed distance to it has none, but it shrinks
what is round and loses what is thin. So it is shifted until it encloses the volume of the voxels,
and at the center of every voxel it keeps the sign that the user gave: read at the voxels, the
field is the given mask, whatever is made of it between them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse

from .grids import Extent, FineGrid

# Voxels around the object in which its distance is told.
MARGIN = 3
# By so many of the smallest voxel sides (sigma) the distance is smoothed. This and CERTAIN were
# chosen on training volumes of the hippocampus, see docs/results/upsampling.md.
SMOOTHING = 0.7
# How far, in these units, a voxel's center lies at least from the boundary.
CERTAIN = 0.2
# Distances beyond it are all alike; smoothing reaches less far.
DEEP = 6.0
# Voxels are divided by so much, along each axis that the grid divides, to measure the volume.
PROBES = 3
# What the field changes by from probe to probe, how far it may be shifted, and how exactly.
STEP, MOST_SHIFT, BISECTIONS = 2 / PROBES, 2.0, 12
# Keeping the centers changes the volume again: shift and centers are set in turn.
ROUNDS = 3
# Of the cubic spline's weights smaller ones are left out; they fall to a quarter a voxel.
LEAST_WEIGHT = 1e-4


def object_extent(mask: NDArray[np.bool_], margin: int = MARGIN) -> Extent:
    """The box (slices k, j, i) around the true voxels, wider by `margin`, within the volume."""
    box = ndimage.find_objects(mask.astype(np.uint8), max_label=1)[0]
    return _wider(box, margin, mask.shape)


def given_shape(mask: NDArray[np.bool_], grid: FineGrid, coarse: Extent) -> NDArray[np.float32]:
    """The field of a mask (K, J, I) at the voxels of a coarse extent that holds it with a margin.

    It is above 0 inside, and its unit is the smallest voxel side; about the boundary it changes
    by 2 a voxel. Each connected part keeps its own volume. Where the grid is finer in the slices
    only, every slice is taken by itself. `read_smoothly` reads it.
    """
    field = np.full([part.stop - part.start for part in coarse], -DEEP, np.float32)
    for part, extent in _parts(mask[coarse]):
        np.maximum(field[extent], _field(part, grid), out=field[extent])
    return field


def _parts(mask: NDArray[np.bool_]) -> Iterator[tuple[NDArray[np.bool_], Extent]]:
    """Every connected part (diagonals connect) by itself, with the extent around it."""
    labels, _ = ndimage.label(mask, np.ones((3, 3, 3)))
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        extent = _wider(box, MARGIN, mask.shape)
        yield labels[extent] == number, extent


def _field(mask: NDArray[np.bool_], grid: FineGrid) -> NDArray[np.float32]:
    """The field of one part at the voxels of its coarse extent."""
    divided = [factor > 1 for factor in grid.factors]
    alone = [sum(divided) > 1 and not each for each in divided]
    signed = signed_distance(mask, grid.coarse_spacing, alone)
    field, shift, voxels = signed, 0.0, int(np.count_nonzero(mask))
    for _ in range(ROUNDS):
        shift += _volume_shift(field, voxels, divided)
        field = signed - np.float32(shift)
        np.maximum(field, CERTAIN, out=field, where=mask)
        np.minimum(field, -CERTAIN, out=field, where=~mask)
    return field


def signed_distance(
    mask: NDArray[np.bool_], spacing: tuple[float, float, float], alone: list[bool]
) -> NDArray[np.float32]:
    """Smoothed distance to the boundary, positive inside, in smallest voxel sides: (K, J, I).

    spacing: along k, j, i in mm. alone: the axes across which every slice is by itself. The mask
    goes on beyond the array's edge as it ends there.
    """
    smallest = min(step for step, each in zip(spacing, alone, strict=True) if not each)
    steps = np.where(alone, 1e3 * DEEP, np.asarray(spacing) / smallest)
    padded = np.pad(mask, 1, mode="edge")
    inside = ndimage.distance_transform_edt(padded, sampling=steps)
    outside = ndimage.distance_transform_edt(~padded, sampling=steps)
    signed = (inside - outside).clip(-DEEP, DEEP)[(slice(1, -1),) * 3].astype(np.float32)
    # As far in every direction; across thick slices hardly at all.
    return ndimage.gaussian_filter(signed, np.where(alone, 0, SMOOTHING / steps), mode="nearest")


def _volume_shift(field: NDArray[np.float32], voxels: int, divided: list[bool]) -> float:
    """The value above which as much volume lies as `voxels` have."""
    probes = field
    for axis, each in enumerate(divided):
        if each:
            size = field.shape[axis]
            positions = (np.arange(size * PROBES) + 0.5) / PROBES - 0.5
            probes = _along(_cubic_weights(size, positions), probes, axis)
    near = probes[np.abs(probes) < MOST_SHIFT + STEP / 2]
    missing = voxels * PROBES ** sum(divided) - np.count_nonzero(probes >= MOST_SHIFT + STEP / 2)
    low, high = -MOST_SHIFT, MOST_SHIFT
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        # A probe that the boundary cuts counts by its part.
        volume = float(np.clip((near - middle) / STEP + 0.5, 0, 1).sum())
        low, high = (middle, high) if volume > missing else (low, middle)
    return (low + high) / 2


def read_smoothly(
    array: NDArray, grid: FineGrid, fine: Extent, coarse: Extent, axes: tuple[int, ...] = (0, 1, 2)
) -> NDArray[np.float32]:
    """`array` on the coarse extent, read by cubic splines at the centers of a fine extent's voxels.

    Only along `axes`; beyond the outermost centers nothing changes.
    """
    for axis in axes:
        positions = grid.coarse_positions(axis, fine[axis]) - coarse[axis].start
        array = _along(_cubic_weights(array.shape[axis], positions), array, axis)
    return array


def _cubic_weights(size: int, positions: NDArray) -> sparse.csr_array:
    """(P, size): what each sample has in the interpolating spline's value at each position."""
    places = np.stack(np.meshgrid(positions.clip(0, size - 1), np.arange(size), indexing="ij"))
    weights = ndimage.map_coordinates(np.eye(size), places, order=3, mode="nearest")
    weights[np.abs(weights) < LEAST_WEIGHT] = 0
    weights /= weights.sum(axis=1, keepdims=True)
    return sparse.csr_array(weights.astype(np.float32))


def _along(weights: sparse.csr_array, array: NDArray, axis: int) -> NDArray[np.float32]:
    """The weights' product with an axis of an array."""
    turned = np.moveaxis(np.asarray(array, np.float32), axis, 0)
    read = weights @ np.ascontiguousarray(turned).reshape(turned.shape[0], -1)
    return np.moveaxis(read.reshape(weights.shape[0], *turned.shape[1:]), 0, axis)


def read_between(
    array: NDArray, grid: FineGrid, fine: Extent, coarse: Extent, axes: tuple[int, ...] = (0, 1, 2)
) -> NDArray[np.float32]:
    """`array` on the coarse extent, read linearly at the centers of a fine extent's voxels.

    Only along `axes`; the others stay as they are. Beyond the outermost centers nothing changes.
    """
    for axis in axes:
        positions = grid.coarse_positions(axis, fine[axis]) - coarse[axis].start
        array = between(np.asarray(array, np.float32), positions, axis)
    return array


def between(array: NDArray[np.float32], positions: NDArray, axis: int) -> NDArray[np.float32]:
    """Linear values at `positions` (in indices) along an axis; the ends go on as they are."""
    positions = positions.clip(0, array.shape[axis] - 1)
    lower = np.floor(positions).astype(int)
    upper = np.minimum(lower + 1, array.shape[axis] - 1)
    shape = [1] * array.ndim
    shape[axis] = -1
    share = (positions - lower).astype(np.float32).reshape(shape)
    below, above = array.take(lower, axis), array.take(upper, axis)
    return below + share * (above - below)


def _wider(box: Extent, margin: int, shape: tuple[int, ...]) -> Extent:
    return tuple(
        slice(max(0, part.start - margin), min(size, part.stop + margin))
        for part, size in zip(box, shape, strict=True)
    )
