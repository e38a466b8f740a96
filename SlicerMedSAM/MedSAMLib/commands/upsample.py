"""`medsam upsample`: masks finer than the voxels, of prompts or of a segmentation that exists."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING

from ..command_line import options
from ..errors import UsageError

if TYPE_CHECKING:
    from ..command_line.upsample_input import Job
    from ..implicit import UpsampledObject
    from ..sam.predictor import SamModel

EPILOG = """\
examples:
  a segmentation on a grid four times as fine in every slice, with its names and colors:
    medsam upsample ct.nii.gz --mask organs.seg.nrrd --scale 4 -o fine.seg.nrrd
  voxels of 0.5 mm, between the slices too, and how they compare with other ways of upsampling:
    medsam upsample mr.nii.gz --mask labels.nii.gz --spacing 0.5 --through-plane \\
        -o fine.nii.gz --table fine.csv
  a polyp in a photograph, three times as fine, and where its outline is uncertain:
    medsam upsample polyp.jpg --box 40 52 180 201 --scale 3 -o polyp.png --uncertainty doubt.nrrd

The finer grid covers the same box of space as the image. An existing mask stays as it is, and
decides: the network draws where between its voxels the boundary runs, within about a voxel of the
given one; it adds no parts and fills no holes. Of a box or points the network's own mask is drawn.

--uncertainty and --probability are volumes of 0 to 1 on the finer grid; of several segments they
hold the greatest. --table compares volume, surface and the shift of the boundary with nearest,
linear and smoothed upsampling.
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "upsample",
        help="masks finer than the voxels of the image",
        description="Masks on a grid finer than the image's voxels, from boxes and points or "
        "from an existing segmentation.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_image(parser)
    _add_mask(parser)
    options.add_prompts(parser)
    options.add_slice(parser)
    _add_grid(parser)
    options.add_output(parser)
    _add_further_outputs(parser)
    options.add_model(parser)
    _add_sampling(parser)
    options.add_reporting(parser)
    parser.set_defaults(run=run)


def _add_mask(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--mask",
        type=Path,
        metavar="FILE",
        help="the segmentation to upsample, instead of boxes and points: .seg.nrrd, a label map "
        "or DICOM SEG",
    )
    parser.add_argument(
        "--segment",
        action="append",
        default=[],
        metavar="NAME",
        help="only this segment of --mask, by its name or its number; may be repeated",
    )


def _add_grid(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--scale", type=float, metavar="S", help="how many times finer rows and columns become"
    )
    parser.add_argument(
        "--spacing", type=float, metavar="MM", help="distance of rows and columns in mm instead"
    )
    parser.add_argument(
        "--through-plane",
        action="store_true",
        help="make the slices finer too, by the same factor or to the same spacing",
    )


def _add_further_outputs(parser: argparse.ArgumentParser) -> None:
    for option, what in (
        ("--uncertainty", "how uncertain each fine voxel is"),
        ("--probability", "how probably each fine voxel is in the object"),
    ):
        parser.add_argument(
            option, type=Path, metavar="FILE", help=f"write {what} (.nii.gz, .nii, .nrrd, .mha)"
        )
    parser.add_argument(
        "--table",
        type=Path,
        metavar="FILE",
        help="compare with nearest, linear and smoothed upsampling (.json or .csv)",
    )


def _add_sampling(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--refine",
        type=float,
        default=0.125,
        metavar="SHARE",
        help="share of the fine pixels that is decoded once more, 0 to 1 (default: 0.125)",
    )
    parser.add_argument(
        "--samples",
        type=int,
        default=8,
        metavar="T",
        help="networks that vote on the uncertainty, 1 to 64 (default: 8)",
    )


def run(args: argparse.Namespace) -> None:
    """Do it."""
    _check(args)

    from ..command_line import reading, upsample_input, upsample_output
    from ..command_line.reporting import say

    job = upsample_input.read_job(args)
    model = reading.load_model(args)
    found = _upsampled(args, job, model)
    rows = None
    if args.table is not None:
        rows = upsample_output.compared(job, job.originals(model), found)
    upsample_output.write(args, job, found)
    if rows is not None:
        facts = upsample_output.facts(args, job, model, found[0].method)
        upsample_output.write_table(args, facts, rows)
    for line in upsample_output.lines(job, found, rows):
        say(args, line)
    for path in (args.output, args.uncertainty, args.probability, args.table):
        if path is not None:
            say(args, f"wrote {path}")


def _upsampled(args: argparse.Namespace, job: Job, model: SamModel) -> list[UpsampledObject]:
    from ..command_line.reporting import slice_progress
    from ..implicit import Sampling, upsample_objects, upsample_prompted

    sampling = Sampling(args.refine, args.samples, args.seed)
    places = (job.grid, job.axis, job.window, sampling)
    if job.prompts:
        return [
            upsample_prompted(model, job.volume, each, job.index, *places) for each in job.prompts
        ]
    with slice_progress(args.quiet) as progress:
        return upsample_objects(model, job.volume, job.masks, *places, progress)


def _check(args: argparse.Namespace) -> None:
    """What options mean together, before anything is read."""
    prompted = bool(getattr(args, "objects", None))
    if args.mask is None and not prompted:
        raise UsageError("Nothing to upsample was given: add --mask FILE, --box or --point.")
    if args.mask is not None and prompted:
        raise UsageError("Give either --mask or boxes and points, not both.")
    if args.mask is not None and (args.name or args.slice is not None):
        odd = "--name" if args.name else "--slice"
        raise UsageError(f"{odd} goes with --box and --point; --mask has all its slices and names.")
    if args.segment and args.mask is None:
        raise UsageError("--segment chooses among the segments of --mask, which is not given.")
    if (args.scale is None) == (args.spacing is None):
        raise UsageError("Give either --scale S or --spacing MM for the finer grid.")
    if not (math.isfinite(args.refine) and 0 <= args.refine <= 1):
        raise UsageError(f"--refine takes a share of 0 to 1, not {args.refine:g}.")
    if not 1 <= args.samples <= 64:
        raise UsageError(f"--samples takes 1 to 64, not {args.samples}.")
