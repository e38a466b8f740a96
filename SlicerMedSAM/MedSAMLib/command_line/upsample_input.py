"""What `medsam upsample` reads: the image, the finer grid, and segments or prompts."""

from __future__ import annotations

import argparse
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import MedSAMError, UsageError
from ..geometry import axis_plane, extract, place
from ..images import Volume, read_volume
from ..implicit.grids import FineGrid, fine_grid
from ..implicit.memory import check_bytes
from ..implicit.volume_upsampling import needed_bytes
from ..object_mask import segment_object
from ..prompts import Prompts
from ..quality.cohort.matching_grids import on_image_grid
from ..quality.cohort.segmentation_file import Entry, read_segmentation
from ..segmentation_io import Color, check_scalar_ending, default_color
from . import options, reading, writing, writing_reports

if TYPE_CHECKING:
    from ..sam.predictor import SamModel

TABLE_ENDINGS = (".json", ".csv")
# On the finer grid, of a voxel: the file's layers, what is read again to compare, a map.
BYTES_PER_VOXEL = 8

# Of what an object needs while it is made: its results, and what comparing it needs.
RESULTS_SHARE, COMPARING_SHARE = 1 / 3, 1.2

logger = logging.getLogger(__name__)


@dataclass(eq=False)
class Job:
    """What is upsampled: either `masks` (K, J, I) or `prompts` in slice `index`."""

    volume: Volume
    grid: FineGrid
    axis: str
    window: tuple[float, float] | str
    names: list[str]
    colors: list[Color]
    masks: list[np.ndarray] = field(default_factory=list)
    prompts: list[Prompts] = field(default_factory=list)
    index: int | None = None

    def originals(self, model: SamModel) -> list[np.ndarray]:
        """The masks (K, J, I) before upsampling; of prompts what `medsam segment` draws."""
        if self.masks:
            return self.masks
        plane = axis_plane(self.volume, self.axis, self.index)
        embedding = model.embed(extract(self.volume, plane), window=self.window)
        drawn = [segment_object(model, embedding, each).mask for each in self.prompts]
        return [place(each, plane, self.volume) for each in drawn]


def read_job(args: argparse.Namespace) -> Job:
    """Read and check everything that can be wrong before a network is loaded."""
    volume = read_volume(args.image)
    _check_outputs(args, volume)
    axis = reading.axis_of(args, volume)
    grid = fine_grid(volume, axis, args.scale, args.spacing, args.through_plane)
    job = Job(volume, grid, axis, reading.window_of(args, volume), [], [])
    if args.mask is None:
        _add_prompts(job, args)
    else:
        _add_masks(job, args)
    check_bytes(_foreseen_bytes(job))
    return job


def _foreseen_bytes(job: Job) -> int:
    """Of the largest object while it is made, of all when they are made, and of the files."""
    objects = [needed_bytes(mask, job.grid) for mask in job.masks]
    files = (BYTES_PER_VOXEL + len(job.names)) * int(np.prod(job.grid.shape))
    largest = COMPARING_SHARE * max(objects, default=0)
    return round(largest + RESULTS_SHARE * sum(objects)) + files


def _check_outputs(args: argparse.Namespace, volume: Volume) -> None:
    writing.check_output(args.output, args.force, volume)
    scalars = {"uncertainty": args.uncertainty, "probability": args.probability}
    for path in scalars.values():
        if path is not None:
            check_scalar_ending(path)
    if args.table is not None and args.table.suffix.lower() not in TABLE_ENDINGS:
        raise UsageError(f"{args.table} must end in {' or '.join(TABLE_ENDINGS)}.")
    inputs: list[Path] = [args.image] + ([] if args.mask is None else [args.mask])
    outputs = {"output": args.output, **scalars, "table": args.table}
    writing_reports.check_outputs(outputs, args.force, inputs)


def _add_prompts(job: Job, args: argparse.Namespace) -> None:
    prompts = options.prompts_of(args)
    job.names = options.names_of(args, len(prompts))
    job.colors = [default_color(number) for number in range(len(prompts))]
    job.index = reading.slice_of(args, job.volume, job.axis)
    shape = axis_plane(job.volume, job.axis, job.index).shape
    job.prompts = [each.validated(shape) for each in prompts]


def _add_masks(job: Job, args: argparse.Namespace) -> None:
    found, note = on_image_grid(read_segmentation(args.mask), job.volume, "mask")
    if note:
        logger.warning(note)
    segments = found.masks()
    for entry, mask in _chosen(segments, args.segment, args.mask):
        if not mask.any():
            logger.warning("%s is empty and is left out", entry.name)
            continue
        job.colors.append(entry.color or default_color(len(job.names)))
        job.names.append(entry.name)
        job.masks.append(mask)
    if not job.masks:
        raise MedSAMError(f"{args.mask} is empty: there is nothing to upsample.")


def _chosen(
    segments: list[tuple[Entry, np.ndarray]], wanted: list[str], path: Path
) -> list[tuple[Entry, np.ndarray]]:
    """Those that were asked for by name or number, in the order of the file; all by default."""
    for each in wanted:
        if not any(_is(entry, each) for entry, _ in segments):
            known = ", ".join(entry.name for entry, _ in segments) or "none"
            raise UsageError(f"{path} has no segment {each!r}; it has: {known}.")
    return [s for s in segments if not wanted or any(_is(s[0], each) for each in wanted)]


def _is(entry: Entry, wanted: str) -> bool:
    return wanted in (entry.name, str(entry.label))
