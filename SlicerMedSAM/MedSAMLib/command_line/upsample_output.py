"""What `medsam upsample` writes and says."""

from __future__ import annotations

import argparse
import csv
import io
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .. import __version__
from ..files import atomic_path
from ..implicit import Comparison, UpsampledObject, compare
from ..segmentation_io import Segment, write_scalars, write_segmentation
from .reporting import table
from .upsample_input import Job
from .writing import extent_text

if TYPE_CHECKING:
    from ..sam.predictor import SamModel

logger = logging.getLogger(__name__)

Table = dict[str, list[Comparison]]


def write(args: argparse.Namespace, job: Job, found: Sequence[UpsampledObject]) -> None:
    """The masks, and the maps that were asked for, each file whole or not at all."""
    for name, path in (("uncertainty", args.uncertainty), ("probability", args.probability)):
        if path is not None:
            values = _greatest(job, found, name)
            write_scalars(path, values, job.grid.volume(values), overwrite=args.force)
    segments = [
        Segment(name, each.everywhere(), color)
        for name, color, each in zip(job.names, job.colors, found, strict=True)
    ]
    write_segmentation(
        args.output, segments, job.grid.volume(segments[0].mask), overwrite=args.force
    )


def _greatest(job: Job, found: Sequence[UpsampledObject], name: str) -> np.ndarray:
    """The greatest value of all objects at every voxel of the finer grid."""
    values = np.zeros(job.grid.shape, np.float32)
    for each in found:
        part = values[each.extent]
        np.maximum(part, getattr(each, name), out=part)
    return values


def lines(job: Job, found: Sequence[UpsampledObject], rows: Table | None) -> Iterator[str]:
    """A line an object: how large it is now, and by which method; then the table, if any."""
    size = " x ".join(str(n) for n in job.grid.shape[::-1])
    step = " x ".join(f"{mm:.3g}" for mm in job.grid.spacing)
    yield f"finer grid: {size} voxels of {step} mm"
    for name, each in zip(job.names, found, strict=True):
        if not each.mask.any():
            logger.warning("nothing was found for %s", name)
        volume = job.grid.volume(each.mask, each.extent) if each.mask.size else None
        told = "nothing" if volume is None else extent_text(each.mask, volume)
        yield f"{name}: {told}, by {_method(each)}"
    if rows is not None:
        yield _table_text(rows)


def _method(found: UpsampledObject) -> str:
    if found.method == "implicit":
        return "the implicit decoder"
    return "interpolation of the mask decoder (the model has no implicit head)"


def compared(job: Job, originals: Sequence[np.ndarray], found: Sequence[UpsampledObject]) -> Table:
    """Of every segment the ways of upsampling its original mask; none where nothing was found."""
    return {
        name: compare(original, each) if original.any() else []
        for name, original, each in zip(job.names, originals, found, strict=True)
    }


def _table_text(rows: Table) -> str:
    """A line a way, with its distance from the boundary of the voxels."""
    cells = [
        (
            name,
            each.method,
            f"{each.volume_mm3:.6g} mm3",
            f"{each.surface_mm2:.6g} mm2",
            f"{each.mean_shift_mm:.3f} mm",
            f"{each.shift95_mm:.3f} mm",
        )
        for name, ways in rows.items()
        for each in ways
    ]
    return table(("SEGMENT", "METHOD", "VOLUME", "SURFACE", "MEAN SHIFT", "95 % SHIFT"), cells)


def write_table(args: argparse.Namespace, facts: dict, rows: Table) -> None:
    """As JSON with `facts`, or as CSV, by the ending; whole or not at all."""
    text = _json(facts, rows) if args.table.suffix.lower() == ".json" else _csv(rows)
    with atomic_path(args.table, overwrite=args.force) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


def facts(args: argparse.Namespace, job: Job, model: SamModel, method: str) -> dict:
    """What a table was made of; names of files, not their folders."""
    return {
        "version": __version__,
        "image": args.image.name,
        "mask": None if args.mask is None else args.mask.name,
        "axis": job.axis,
        "slice": job.index,
        "shape": list(job.grid.shape),
        "spacing_mm": [round(step, 9) for step in job.grid.spacing],
        "model": Path(model.name).name,
        "model_id": model.model_id,
        "method": method,
        "refine": args.refine,
        "samples": args.samples,
        "seed": args.seed,
    }


def _json(told: dict, rows: Table) -> str:
    segments = [
        {"name": name, "methods": [each.to_dict() for each in ways]} for name, ways in rows.items()
    ]
    return json.dumps({**told, "segments": segments}, indent=1, allow_nan=False) + "\n"


def _csv(rows: Table) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["segment", *(each.name for each in fields(Comparison))])
    for name, ways in rows.items():
        writer.writerows([name, *each.to_dict().values()] for each in ways)
    return stream.getvalue()
