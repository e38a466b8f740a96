"""Options that several commands have, and what they mean together."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UsageError

if TYPE_CHECKING:
    from ..prompts import Prompts

AXES = ("axial", "coronal", "sagittal")


@dataclass
class TypedObject:
    """One object's prompts as they were typed."""

    box: list[float] | None = None
    points: list[tuple[float, float]] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)

    def prompts(self) -> Prompts:
        """As the library takes them."""
        from ..prompts import Prompts  # NumPy and SciPy would slow every --help down

        return Prompts(self.box, self.points or None, self.labels or None)


class _AddBox(argparse.Action):
    """Every `--box` is another object, unless points without a box came first."""

    def __call__(
        self, parser: argparse.ArgumentParser, args: argparse.Namespace, values: list, *_: object
    ) -> None:
        objects = _objects(args)
        if not objects or objects[-1].box is not None:
            objects.append(TypedObject())
        objects[-1].box = values


class _AddPoint(argparse.Action):
    """A `--point` belongs to the object of the `--box` before it."""

    def __call__(
        self, parser: argparse.ArgumentParser, args: argparse.Namespace, values: list, *_: object
    ) -> None:
        objects = _objects(args)
        if not objects:
            objects.append(TypedObject())
        x, y, label = values
        if label not in ("0", "1"):
            parser.error(f"a point ends with 1 (in the object) or 0 (beside it), not '{label}'")
        try:
            objects[-1].points.append((float(x), float(y)))
        except ValueError:
            parser.error(f"a point is two numbers and a label: X Y 0|1, not '{' '.join(values)}'")
        objects[-1].labels.append(int(label))


def _objects(args: argparse.Namespace) -> list[TypedObject]:
    if getattr(args, "objects", None) is None:
        args.objects = []
    return args.objects


def add_image(parser: argparse.ArgumentParser) -> None:
    """IMAGE and how to look at it."""
    parser.add_argument(
        "image",
        metavar="IMAGE",
        type=Path,
        help="NIfTI, NRRD, MetaImage, PNG or JPEG file, or a folder with a DICOM series",
    )
    parser.add_argument(
        "--window",
        nargs=2,
        type=float,
        metavar=("C", "W"),
        help="center and width of the gray values to look at, e.g. 40 400 for soft tissue in CT "
        "(default: the file's own window, or else the 0.5 to 99.5 percentiles of the volume)",
    )


def add_slice(parser: argparse.ArgumentParser) -> None:
    """Which plane of a volume the prompts are on."""
    parser.add_argument(
        "--slice", type=int, metavar="K", help="slice that the prompts are on, counted from 0"
    )
    parser.add_argument(
        "--axis",
        choices=AXES,
        help="direction of the slices; the nearest of the volume's own axes is taken "
        "(default: the slices as they are stored, axial for most scans)",
    )


def add_prompts(parser: argparse.ArgumentParser) -> None:
    """Boxes and points, in pixels of the slice."""
    parser.add_argument(
        "--box",
        nargs=4,
        type=float,
        action=_AddBox,
        metavar=("X0", "Y0", "X1", "Y1"),
        help="box around an object in pixels: x counts columns from the left, y rows from the "
        "top, X1 and Y1 are just outside it; repeat it for several objects",
    )
    parser.add_argument(
        "--point",
        nargs=3,
        action=_AddPoint,
        metavar=("X", "Y", "0|1"),
        help="a point in the object (1) or beside it (0); it belongs to the --box before it; "
        "may be repeated",
    )
    parser.add_argument(
        "--name",
        action="append",
        default=[],
        help="the segment's name; repeat it for several objects (default: Segment_1, ...)",
    )


def add_output(parser: argparse.ArgumentParser) -> None:
    """OUT and whether it may be replaced."""
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        type=Path,
        required=True,
        help="file to write, by its ending: .seg.nrrd (named segments for 3D Slicer), .nii.gz, "
        ".nii, .nrrd or .mha (label map), .png (2-D images only)",
    )
    parser.add_argument("--force", action="store_true", help="replace OUT if it is there")


def add_model(parser: argparse.ArgumentParser) -> None:
    """Which network, and on what it runs."""
    parser.add_argument(
        "--model",
        default="starter",
        help="a name from 'medsam models list' or a checkpoint file (default: starter)",
    )
    parser.add_argument(
        "--device",
        default="auto",
        help="auto, cpu, cuda, cuda:1, ... or mps (default: auto, the fastest there is)",
    )
    parser.add_argument(
        "--encoder",
        choices=("auto", "torch", "openvino"),
        default="auto",
        help="what encodes images on the CPU (default: auto, OpenVINO where it is installed and "
        "the network converted for it, otherwise PyTorch)",
    )
    parser.add_argument(
        "--precision",
        choices=("auto", "float32", "bfloat16"),
        default="auto",
        help="in which images are encoded (default: auto, bfloat16 where the device computes it)",
    )
    parser.add_argument(
        "--embeddings",
        metavar="FOLDER",
        type=Path,
        help="keep what was encoded there, so that the next command on the same image need not "
        "encode it again; the images' pixels are part of it (default: nothing is kept)",
    )
    parser.add_argument("--seed", type=int, default=0, help="for everything random (default: 0)")


def add_reporting(parser: argparse.ArgumentParser) -> None:
    """How much is said."""
    parser.add_argument("--quiet", action="store_true", help="say nothing unless it fails")
    parser.add_argument(
        "--log-level",
        choices=("debug", "info", "warning", "error"),
        default="warning",
        help="debug also shows tracebacks (default: warning)",
    )


def prompts_of(args: argparse.Namespace) -> list[Prompts]:
    """One Prompts per object that was typed."""
    objects = _objects(args)
    if not objects:
        raise UsageError("Nothing to segment was given: add --box X0 Y0 X1 Y1 or --point X Y 1.")
    return [each.prompts() for each in objects]


def names_of(args: argparse.Namespace, count: int) -> list[str]:
    """`count` segment names: those given, then Segment_2, ... as 3D Slicer names them."""
    names: Sequence[str] = args.name
    if len(names) > count:
        raise UsageError(f"{len(names)} names were given for {count} object(s).")
    if len(set(names)) < len(names):
        raise UsageError("Every segment needs a name of its own.")
    return [*names, *(f"Segment_{number}" for number in range(len(names) + 1, count + 1))]
