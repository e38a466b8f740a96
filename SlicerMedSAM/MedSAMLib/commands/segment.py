"""`medsam segment`: objects in one image, or in one slice of a volume."""

from __future__ import annotations

import argparse

from ..command_line import options

EPILOG = """\
examples:
  one polyp in a photograph, as a mask image:
    medsam segment polyp.jpg --box 40 52 180 201 -o mask.png
  two organs in slice 42 of a CT, as named segments for 3D Slicer:
    medsam segment ct.nii.gz --slice 42 --window 40 400 \\
        --box 120 80 200 150 --name liver --box 230 110 260 150 --name spleen -o organs.seg.nrrd
  a box, corrected by a point that is in the object and one that is not:
    medsam segment mr.nrrd --slice 10 --box 5 5 60 60 --point 30 30 1 --point 8 9 0 -o mask.nii.gz

Pixels are those of the slice: x to the right along its columns, y down along its rows, the
center of the first pixel at 0 0. The objects of all boxes go into one file; in a label map
(.nii.gz, .nrrd, .mha, .png) they get the values 1, 2, ..., and the later one wins where they
overlap.
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "segment",
        help="segment objects in an image or in one slice of a volume",
        description="Segment objects, given by boxes and points, in an image or in one slice "
        "of a volume.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_image(parser)
    options.add_prompts(parser)
    options.add_slice(parser)
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
    from ..geometry import axis_plane, extract, place
    from ..images import read_volume
    from ..object_mask import segment_object

    volume = read_volume(args.image)
    writing.check_output(args.output, args.force, volume)
    axis = reading.axis_of(args, volume)
    index = reading.slice_of(args, volume, axis)
    window = reading.window_of(args, volume)
    plane = axis_plane(volume, axis, index)
    prompts = [each.validated(plane.shape) for each in prompts]
    model = reading.load_model(args)
    embedding = model.embed(extract(volume, plane), window=window)
    found = [segment_object(model, embedding, each) for each in prompts]
    masks = [place(each.mask, plane, volume) for each in found]
    writing.write_masks(args, volume, names, masks)
    for name, each, mask in zip(names, found, masks, strict=True):
        say(args, f"{name}: {writing.extent_text(mask, volume)}, confidence {each.score:.2f}")
    say(args, f"wrote {args.output}")
