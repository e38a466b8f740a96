"""Options of `medsam assess`, and what they mean together."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UsageError
from .options import AXES

if TYPE_CHECKING:
    from ..quality.cohort.job import Job

# Options that only make sense for one of the two forms of the command.
_ONE_CASE_ONLY = ("json", "csv", "html", "probabilities", "truth")
_COHORT_ONLY = ("output", "workers", "threads", "engine", "resume")
# Options that become settings of the score, if they are given.
_SETTINGS = (
    *("metric", "reduction", "point", "multimask", "connectivity", "min_pixels", "axis"),
    *("weighting", "tolerance", "jitters", "hypotheses"),
)


def add_case(parser: argparse.ArgumentParser) -> None:
    """IMAGE, SEGMENTATION, and what else is known of them."""
    parser.add_argument(
        "image", metavar="IMAGE", type=Path, nargs="?", help="image or volume, as for 'segment'"
    )
    parser.add_argument(
        "segmentation",
        metavar="SEGMENTATION",
        type=Path,
        nargs="?",
        help="what was segmented in it: .seg.nrrd, DICOM SEG, or a label map (NIfTI, NRRD, "
        "MetaImage, PNG); on another grid it is resampled by the nearest voxel",
    )
    parser.add_argument(
        "--probabilities",
        metavar="FILE",
        type=Path,
        help="the segmenting network's own: an image of the foreground's, or .npy or .npz with a "
        "channel for the background and each label",
    )
    parser.add_argument(
        "--truth",
        metavar="FILE",
        type=Path,
        help="the true labels, if they are known: the real Dice is told beside the score",
    )
    parser.add_argument(
        "--labels",
        nargs="+",
        metavar="LABEL",
        help="look at these segments only, by number or name (default: all)",
    )
    parser.add_argument(
        "--window",
        nargs=2,
        type=float,
        metavar=("C", "W"),
        help="center and width of the gray values to look at (default: as for 'segment')",
    )


def add_reports(parser: argparse.ArgumentParser) -> None:
    """What is written, and what is marked."""
    group = parser.add_argument_group("reports")
    group.add_argument("--json", metavar="F", type=Path, help="write all scores as JSON")
    group.add_argument("--csv", metavar="F", type=Path, help="write a table of the objects")
    group.add_argument(
        "--html",
        metavar="F",
        type=Path,
        help="write a page that needs nothing else, with pictures of the worst objects",
    )
    group.add_argument(
        "--pictures",
        metavar="N",
        type=int,
        default=50,
        help="how many objects a page shows (default: 50)",
    )
    group.add_argument(
        "--flag-below", metavar="T", type=float, help="mark what has a score below T, 0 to 1"
    )
    group.add_argument("--force", action="store_true", help="replace reports that are there")


def add_cohort(parser: argparse.ArgumentParser) -> None:
    """A list of cases instead of one."""
    group = parser.add_argument_group("many cases")
    group.add_argument("--cases", metavar="CSV", type=Path, help="list of cases, see below")
    group.add_argument(
        "-o", "--output", metavar="DIR", type=Path, help="folder for the results, new or empty"
    )
    group.add_argument(
        "--resume", action="store_true", help="go on with the results that are in DIR"
    )
    group.add_argument(
        "--workers",
        metavar="N",
        type=int,
        help="cases at a time; each worker loads the model (default: one a processor, 2 on a GPU)",
    )
    group.add_argument("--threads", metavar="N", type=int, help="of each worker (default: 1)")
    group.add_argument(
        "--engine",
        choices=("local", "ray"),
        help="local: processes of this machine; ray: the Ray cluster at RAY_ADDRESS, or Ray "
        "started on this machine (default: local)",
    )


def add_score(parser: argparse.ArgumentParser) -> None:
    """How an object is scored; the values are those of `quality.Settings`."""
    group = parser.add_argument_group("score")
    group.add_argument(
        "--metric", choices=("dice", "iou", "surface_dice"), help="of agreement (default: dice)"
    )
    group.add_argument(
        "--reduction",
        choices=("combined", "max", "mean", "box", "point", "min"),
        help="how the agreements by box and by point become one (default: combined, their mean "
        "and, as much as both, what the learned judge expects where there is one)",
    )
    group.add_argument(
        "--point",
        choices=("centroid", "interior"),
        help="the middle that the judge is shown: center of mass, or the pixel farthest from the "
        "border (default: centroid)",
    )
    group.add_argument(
        "--multimask",
        choices=("single", "best"),
        help="the judge's mask for a point: its only one, or of three the one it trusts most "
        "(default: single)",
    )
    group.add_argument(
        "--connectivity", type=int, choices=(4, 8), help="of pixels in an object (default: 8)"
    )
    group.add_argument(
        "--min-pixels", type=int, metavar="N", help="smaller objects get no score (default: 10)"
    )
    group.add_argument(
        "--axis",
        choices=("auto", *AXES),
        help="direction of the slices (default: auto, across the largest spacing)",
    )
    group.add_argument(
        "--weighting",
        choices=("auto", "mean", "area"),
        help="of objects in a score of several (default: area)",
    )
    group.add_argument(
        "--tolerance", type=float, metavar="MM", help="of surface_dice (default: 2 mm)"
    )
    group.add_argument(
        "--jitters", type=int, metavar="N", help="ask with so many moved boxes more (default: 0)"
    )
    group.add_argument(
        "--hypotheses",
        type=int,
        metavar="N",
        help="ask for so many alternative masks more (default: 0)",
    )
    group.add_argument(
        "--compat", action="store_true", help="the form of the SQA-SAM paper, as far as it is known"
    )


def add_checks(parser: argparse.ArgumentParser) -> None:
    """What the score cannot see."""
    parser.add_argument(
        "--look-for",
        nargs="+",
        choices=("missed", "labels"),
        default=[],
        help="also look for objects that were missed, and for wrong labels: suggestions, none of "
        "them certain (default: neither)",
    )


def check_together(args: argparse.Namespace) -> None:
    """UsageError for options that contradict each other or mean nothing."""
    if args.cases is None:
        _check_one_case(args)
    else:
        _check_cohort(args)
    if args.flag_below is not None and not 0 <= args.flag_below <= 1:
        raise UsageError("--flag-below takes a score from 0 to 1.")
    if args.pictures < 0:
        raise UsageError("--pictures takes 0 or more.")
    for name in ("workers", "threads"):
        if getattr(args, name) is not None and getattr(args, name) < 1:
            raise UsageError(f"--{name} takes 1 or more.")
    if args.window is not None:
        center, width = args.window
        if not (math.isfinite(center) and math.isfinite(width) and width > 0):
            raise UsageError("--window takes a center and a width above 0, both finite numbers.")


def job_of(args: argparse.Namespace) -> Job:
    """The job that the options describe; UsageError for values that cannot be."""
    from dataclasses import replace

    from ..quality.cohort.job import Job
    from ..quality.settings import Settings

    base = Settings.compat() if args.compat else Settings()
    given = {name: getattr(args, name) for name in _SETTINGS}
    given = {name: value for name, value in given.items() if value is not None}
    return Job(
        settings=replace(base, seed=args.seed, **given),
        model=args.model,
        device=args.device,
        window=None if args.window is None else tuple(args.window),
        labels=None if args.labels is None else tuple(args.labels),
        flag_below=args.flag_below,
        pictures=args.pictures,
        look_for=tuple(sorted(set(args.look_for))),
        threads=args.threads or 1,
    )


def _check_one_case(args: argparse.Namespace) -> None:
    for name in _COHORT_ONLY:
        if getattr(args, name):
            raise UsageError(f"--{name} goes with --cases only.")
    if args.image is None or args.segmentation is None:
        raise UsageError("An image and its segmentation are needed, or --cases and --output.")


def _check_cohort(args: argparse.Namespace) -> None:
    if args.image is not None:
        raise UsageError("With --cases, the images and segmentations are those of the list.")
    for name in _ONE_CASE_ONLY:
        if getattr(args, name) is not None:
            is_column = name in ("probabilities", "truth")
            instead = f"add a column {name} to the list" if is_column else "see the folder --output"
            raise UsageError(f"--{name} does not go with --cases: {instead}.")
    if args.output is None:
        raise UsageError("--cases needs --output DIR, the folder for the results.")
    if args.embeddings is not None:
        raise UsageError("--embeddings does not go with --cases: every image is read once.")
    if args.force:
        raise UsageError("--force does not go with --cases: use --resume, or another folder.")
