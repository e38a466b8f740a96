"""Volumes made coarser and their segments upsampled back, against the segments that were there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from MedSAMLib import SamModel
from MedSAMLib.images import Volume, read_labels, read_volume
from MedSAMLib.implicit import (
    BASELINES,
    FineGrid,
    Sampling,
    baseline,
    fine_grid,
    head_of,
    upsample_object,
)
from MedSAMLib.metrics import dice
from MedSAMLib.metrics.boundary import surface_distances

# Smaller objects have no shape left that could be told at all.
LEAST_VOXELS = 30
# In fine voxels: what a segment may be off to count as met.
TOLERANCE = 1.0
MEASURES = ("dice", "hd95", "assd", "exact", "surface_dice", "volume")
# Of the fine voxels near the boundary, of which it is asked how many errors they hold.
SUSPECTS = 0.1


@dataclass(frozen=True)
class Coarsening:
    """How many voxels become one along k, j and i."""

    title: str
    factors: tuple[int, int, int]


COARSENINGS = {
    "plane": Coarsening("2 x coarser in the slices", (1, 2, 2)),
    "between": Coarsening("3 x coarser between the slices", (3, 1, 1)),
    "both": Coarsening("2 x coarser in the slices, 3 x between them", (3, 2, 2)),
}


@dataclass(frozen=True, eq=False)
class Truth:
    """A volume and the segments (label -> mask) in it; groups are resampled together."""

    volume: Volume
    segments: dict[int, NDArray[np.bool_]]
    group: str


@dataclass(frozen=True, eq=False)
class Outcome:
    """One segment: MEASURES of each method, the share of our wrong voxels that the most uncertain
    ones hold (None where none is wrong), and seconds."""

    name: str
    group: str
    methods: dict[str, dict[str, float]]
    captured: float | None
    seconds: float


def hippocampus(data: Path, split: str) -> Iterator[Truth]:
    """MSD Task04: anterior and posterior part, 1 mm."""
    folder = data / "hippocampus" / split
    for path in sorted((folder / "images").glob("*.nii.gz")):
        yield _truth(path, folder / "labels" / path.name, path.name.removesuffix(".nii.gz"))


def organs(data: Path, modality: str) -> Iterator[Truth]:
    """One CT or MR with machine-made labels, 3 mm; every organ is a group."""
    folder = data / "ct_mr_organs"
    labels = {"ct": "example_seg.nii.gz", "mr": "example_seg_mr.nii.gz"}[modality]
    yield _truth(folder / f"example_{modality}_sm.nii.gz", folder / labels, "")


def outcomes(model: SamModel, truth: Truth, how: Coarsening, seed: int) -> Iterator[Outcome]:
    """Every segment that is large enough, upsampled back in every way."""
    rng = np.random.default_rng([seed, *truth.group.encode()])
    coarse, shape = coarser(truth.volume, how.factors)
    grid = _grid_of(coarse, shape)
    for label, segment in truth.segments.items():
        segment = segment[tuple(slice(0, size) for size in shape)]
        mask = majority(segment, how.factors, rng)
        if np.count_nonzero(mask) < LEAST_VOXELS:
            continue
        name = f"{truth.group}/{label}"
        yield _outcome(model, coarse, mask, segment, grid, name, truth.group or name, seed)


def coarser(volume: Volume, factors: tuple[int, int, int]) -> tuple[Volume, tuple[int, int, int]]:
    """The volume in which blocks of voxels are averaged, and the shape that they cover."""
    blocks = tuple(size // f for size, f in zip(volume.shape, factors, strict=True))
    shape = tuple(n * f for n, f in zip(blocks, factors, strict=True))
    steps = np.array(factors[::-1])
    affine = volume.affine.copy()
    affine[:3, :3] *= steps
    affine[:3, 3] += volume.affine[:3, :3] @ ((steps - 1) / 2)
    return Volume(_block_means(volume.array, factors), affine), shape


def majority(
    segment: NDArray[np.bool_], factors: tuple[int, int, int], rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Blocks of which more than half is in the segment; of halves every second by chance.

    Taking all halves would make every segment larger, and reward what shrinks it.
    """
    share = _block_means(segment, factors)
    return share + rng.uniform(-1e-3, 1e-3, share.shape) > 0.5


def _block_means(array: NDArray, factors: tuple[int, int, int]) -> NDArray[np.float32]:
    (k, a), (j, b), (i, c) = ((s // f, f) for s, f in zip(array.shape, factors, strict=True))
    part = array[: k * a, : j * b, : i * c].astype(np.float32)
    return part.reshape(k, a, j, b, i, c).mean(axis=(1, 3, 5))


def _grid_of(coarse: Volume, shape: tuple[int, int, int]) -> FineGrid:
    """The grid of the voxels that were there before."""
    wanted = min(
        step * size / fine
        for step, size, fine in zip(coarse.spacing[::-1], coarse.shape, shape, strict=True)
    )
    grid = fine_grid(coarse, spacing_mm=wanted, through_plane=True)
    assert grid.shape == shape, (grid.shape, shape)
    return grid


def _outcome(model, coarse, mask, segment, grid, name, group, seed) -> Outcome:
    began = time.perf_counter()
    found = upsample_object(model, coarse, mask, grid, sampling=Sampling(seed=seed))
    seconds = time.perf_counter() - began
    methods = {}
    for method in BASELINES:
        part, extent = baseline(mask, grid, method)
        whole = np.zeros(grid.shape, bool)
        whole[extent] = part
        methods[method] = _measured(whole, segment, grid)
    # One name for all segments: of some, too small to be looked at, the given shape alone decides.
    ours = "interpolated" if head_of(model) is None else "implicit"
    methods[ours] = _measured(found.everywhere(), segment, grid)
    return Outcome(name, group, methods, _captured(found, segment), seconds)


def _measured(found, segment, grid: FineGrid) -> dict[str, float]:
    distances = surface_distances(found, segment, grid.spacing[::-1])
    voxel = max(grid.spacing)
    return {
        "dice": dice(found, segment),
        "hd95": distances.hausdorff(),
        "assd": distances.average(),
        "exact": distances.surface_dice(0.5 * min(grid.spacing)),
        "surface_dice": distances.surface_dice(TOLERANCE * voxel),
        "volume": np.count_nonzero(found) / max(1, np.count_nonzero(segment)),
    }


def _captured(found, segment) -> float | None:
    """Errors among the most uncertain tenth of the voxels near the given boundary."""
    near = np.abs(found.probability - 0.5) < 0.49
    wrong = (found.mask != segment[found.extent])[near]
    if not wrong.any():
        return None
    count = max(1, round(SUSPECTS * wrong.size))
    suspects = np.argsort(-found.uncertainty[near], kind="stable")[:count]
    return float(wrong[suspects].sum() / wrong.sum())


def _truth(image: Path, labels: Path, group: str) -> Truth:
    volume, numbers = read_volume(image), read_labels(labels).array
    present = [int(n) for n in np.unique(numbers) if n]
    return Truth(volume, {n: numbers == n for n in present}, group)
