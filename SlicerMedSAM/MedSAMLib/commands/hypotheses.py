"""`medsam hypotheses`: several plausible masks of one object, and how they differ."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ..command_line import options
from ..errors import UsageError

if TYPE_CHECKING:
    from ..images import Volume
    from ..prompts import Prompts

METHODS = ("auto", "seqsam", "multimask", "perturbation")
RULES = ("majority", "union", "intersection", "staple")
MOST, MOST_OF_MULTIMASK = 16, 3

EPILOG = """\
examples:
  eight masks of a nodule as overlapping segments for 3D Slicer, and how they differ:
    medsam hypotheses ct.nii.gz --slice 42 --window -600 1500 --box 120 80 160 118 --count 8 \\
        -o nodule.seg.nrrd --json nodule.json
  what at least half of four masks of a photograph agree on:
    medsam hypotheses polyp.jpg --box 40 52 180 201 -o polyp.png
  what all of sixteen agree on:
    medsam hypotheses mr.nrrd --slice 10 --point 30 30 1 --count 16 --consensus intersection \\
        -o sure.nii.gz

Only .seg.nrrd can hold masks that overlap: it gets a segment for each, in the order in which they
were made, and the consensus as a further one if --consensus is given. A label map (.nii.gz, .nii,
.nrrd, .mha, .png) gets the consensus alone, by majority unless --consensus says otherwise.

The masks are ranked by their mean overlap with the others; the first of that ranking, the medoid,
is the one to take if one must be taken. The JSON file has of each mask its area, its rank, its
difference from the medoid (1 - Dice), the network's own score, and which one it repeats.
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "hypotheses",
        help="several plausible masks of one object",
        description="Several plausible masks of one object in an image or in one slice of a "
        "volume, ranked by their agreement.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_image(parser)
    options.add_prompts(parser)
    options.add_slice(parser)
    _add_choices(parser)
    options.add_output(parser)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write how the masks differ")
    options.add_model(parser)
    options.add_reporting(parser)
    parser.set_defaults(run=run)


def _add_choices(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--count", type=int, default=4, metavar="M", help="how many masks, 1 to 16 (default: 4)"
    )
    parser.add_argument(
        "--method",
        choices=METHODS,
        default="auto",
        help="seqsam: masks that know of each other, where the model has a head for it; multimask: "
        "the network's three readings; perturbation: moved prompts (default: auto, seqsam or "
        "else perturbation)",
    )
    parser.add_argument(
        "--consensus", choices=RULES, help="one mask of all by this rule (see below)"
    )


def run(args: argparse.Namespace) -> None:
    """Do it."""
    prompts = _prompts_of(args)
    _check_count(args)

    from ..command_line import hypotheses_output, reading, writing, writing_reports
    from ..command_line.reporting import say
    from ..geometry import axis_plane, extract
    from ..images import read_volume

    volume = read_volume(args.image)
    writing.check_output(args.output, args.force, volume)
    outputs = {"output": args.output, "json": args.json}
    writing_reports.check_outputs(outputs, args.force, [args.image])
    axis = reading.axis_of(args, volume)
    index = reading.slice_of(args, volume, axis)
    window = reading.window_of(args, volume)
    plane = axis_plane(volume, axis, index)
    prompts = prompts.validated(plane.shape)
    model = reading.load_model(args)
    embedding = model.embed(extract(volume, plane), window=window)
    found = model.hypotheses(
        embedding,
        box=prompts.box,
        points=prompts.points,
        labels=prompts.labels,
        count=args.count,
        method=args.method,
        seed=args.seed,
    )
    named = hypotheses_output.Named(found, _base_name(args), args.consensus)
    hypotheses_output.write_masks(args, named, plane, volume)
    say(args, hypotheses_output.text(named))
    say(args, f"wrote {args.output}")
    if args.json is not None:
        facts = _facts(args, volume, axis, index, prompts, model)
        hypotheses_output.write_json(args, named, plane, facts)
        say(args, f"wrote {args.json}")


def _prompts_of(args: argparse.Namespace) -> Prompts:
    objects = options.prompts_of(args)
    if len(objects) > 1:
        raise UsageError(
            f"Hypotheses are of one object, but {len(objects)} were given: run it for each."
        )
    return objects[0]


def _check_count(args: argparse.Namespace) -> None:
    """Before a model is loaded."""
    if not 1 <= args.count <= MOST:
        raise UsageError(f"--count takes 1 to {MOST} masks, not {args.count}.")
    if args.method == "multimask" and args.count > MOST_OF_MULTIMASK:
        raise UsageError(f"--method multimask gives at most {MOST_OF_MULTIMASK} masks.")


def _base_name(args: argparse.Namespace) -> str:
    """What the segments are called, before their number."""
    return options.names_of(args, 1)[0] if args.name else "Hypothesis"


def _facts(
    args: argparse.Namespace, volume: Volume, axis: str, index: int, prompts: Prompts, model
) -> dict:
    """What the masks were made of, for the JSON file; names of files, not their folders."""
    from ..geometry import slice_count

    return {
        "image": args.image.name,
        "axis": axis,
        "slice": index,
        "slices": slice_count(volume, axis),
        "box": None if prompts.box is None else prompts.box.tolist(),
        "points": None if prompts.points is None else prompts.points.tolist(),
        "labels": None if prompts.labels is None else prompts.labels.tolist(),
        "model": Path(model.name).name,
        "model_id": model.model_id,
        "seed": args.seed,
    }
