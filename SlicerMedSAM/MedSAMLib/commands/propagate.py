"""`medsam propagate`: a prompt on one slice, carried through the volume."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ..command_line import options

if TYPE_CHECKING:
    from ..images import Volume
    from ..prompts import Prompts
    from ..propagation import PropagatedMask

EPILOG = """\
examples:
  medsam propagate ct.nii.gz --slice 42 --box 120 80 200 150 -o liver.seg.nrrd --name liver
  medsam propagate mr.nrrd --axis coronal --slice 20 --range 5 40 --box 8 9 25 30 -o mask.nii.gz

The mask of each slice prompts the next one, upwards and then downwards. A direction ends at
the end of the range, or where the network's confidence falls, nothing is found, or the mask
grows, shrinks or jumps too much to be the same object; the reason is printed. Choose the slice
in which the object is largest and clearest.
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "propagate",
        help="carry a prompt on one slice through a volume",
        description="Segment objects, given by boxes and points on one slice, through a volume.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_image(parser)
    options.add_prompts(parser)
    options.add_slice(parser)
    parser.add_argument(
        "--range",
        nargs=2,
        type=int,
        metavar=("A", "B"),
        help="first and last slice that may be visited, both included (default: all)",
    )
    options.add_output(parser)
    options.add_model(parser)
    options.add_reporting(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Do it."""
    prompts = options.prompts_of(args)
    names = options.names_of(args, len(prompts))

    from ..command_line import reading, writing
    from ..command_line.reporting import say
    from ..geometry import axis_plane
    from ..images import read_volume
    from ..propagation import visited_slices

    volume = read_volume(args.image)
    writing.check_output(args.output, args.force, volume)
    axis = reading.axis_of(args, volume)
    index = reading.slice_of(args, volume, axis)
    shape = axis_plane(volume, axis, index).shape
    visited_slices(volume, axis, index, args.range)
    prompts = [each.validated(shape) for each in prompts]
    found = _propagated(args, volume, axis, index, prompts)
    writing.write_masks(args, volume, names, [each.mask for each in found])
    for name, each in zip(names, found, strict=True):
        say(args, _summary(name, each, volume))
    say(args, f"wrote {args.output}")


def _propagated(
    args: argparse.Namespace, volume: Volume, axis: str, index: int, prompts: list[Prompts]
) -> list[PropagatedMask]:
    """Every object's mask, one object after the other."""
    from ..command_line import reading
    from ..command_line.reporting import progress
    from ..propagation import PropagationOptions, collect, propagate, visited_slices

    choices = PropagationOptions(window=reading.window_of(args, volume))
    model = reading.load_model(args)
    first, last = visited_slices(volume, axis, index, args.range)
    found = []
    for each in prompts:
        results = propagate(model, volume, axis, index, each, (first, last), choices)
        with progress(results, last - first + 1, "slice", args.quiet) as shown:
            found.append(collect(shown, volume, axis))
    return found


def _summary(name: str, found: PropagatedMask, volume: Volume) -> str:
    """What was found and why it ends where it does, in one or three lines."""
    from ..command_line.writing import extent_text

    first, last = found.slices
    where = f"slice {first}" if first == last else f"slices {first} to {last}"
    lines = [
        f"{name}: {extent_text(found.mask, volume)} in {where}, "
        f"confidence at least {min(found.scores.values()):.2f}"
    ]
    for direction, word in ((+1, "upwards"), (-1, "downwards")):
        if direction in found.endings:
            index, why = found.endings[direction]
            lines.append(f"  {word}: stopped before slice {index}: {why}")
        else:
            lines.append(f"  {word}: went on to the last slice of the range")
    return "\n".join(lines)
