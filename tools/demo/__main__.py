"""`python3 dev.py demo [IMAGE]`: segment an image, write pictures and a page, say where it is."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from MedSAMLib.cli import Parser
from MedSAMLib.command_line import options, reading
from MedSAMLib.errors import MedSAMError, UsageError
from MedSAMLib.segmentation_io import Segment, default_color, write_segmentation

from .alternatives import alternatives_section
from .commands import readable
from .finer import can_be_finer, finer_section
from .in_slicer import panel_can_show, slicer_section
from .journey import Journey, travel
from .page import write_page
from .review import can_be_reviewed, review_section
from .sections import Section, sections
from .subject import Subject, own_subject, sample_subject

ROOT = Path(__file__).resolve().parents[2]
OUTPUT = ROOT / "demo"
FAILED, WRONG_USE, INTERRUPTED = 1, 2, 130
GENERATED = (
    "index.html",
    "segmentation.seg.nrrd",
    "image.nii.gz",
    *("overview.png", "step-?.png", "change.png", "slice-????.png", "plane-*.png", "slicer-?.png"),
    *("reading-??.png", "agreement.png", "pixels.png", "finer.png", "spoilt-????.png"),
)


def build_parser() -> argparse.ArgumentParser:
    """The options, as far as they make sense, are those of `medsam propagate`."""
    parser = Parser(
        prog="dev.py demo",
        description="Segment an object in a head MR that comes with a Python package, or in an "
        "image of yours, carry it through the slices, and show it on a page.",
    )
    parser.add_argument("image", metavar="IMAGE", nargs="?", type=Path, help="an image of yours")
    parser.add_argument(
        "--window", nargs=2, type=float, metavar=("C", "W"), help="center and width of the grays"
    )
    options.add_prompts(parser)
    options.add_slice(parser)
    options.add_model(parser)
    parser.set_defaults(objects=None)
    return parser


def main(argv: list[str]) -> int:
    """Run the demo; returns the exit status."""
    try:
        page = run(build_parser().parse_args(argv), OUTPUT)
    except KeyboardInterrupt:
        return _fail("stopped.", INTERRUPTED)
    except MedSAMError as error:
        return _fail(str(error), WRONG_USE if isinstance(error, UsageError) else FAILED)
    except OSError as error:
        return _fail(f"{error.strerror or error}: {error.filename or OUTPUT}", FAILED)
    print(page.resolve())
    return 0


def run(args: argparse.Namespace, folder: Path) -> Path:
    """Segment what `args` say and write everything into `folder`; returns the page."""
    subject = _subject(args)
    say(subject.image_text)
    say(f"{subject.choice_text} {_where(subject)}".rstrip())
    say("Loading the network ...")
    model = reading.load_model(args)
    journey = travel(subject, model, say)
    _clean(folder, subject.volume.source)
    image_path = _image_path(args, subject, folder)
    segment = Segment(subject.segment_name, journey.mask, default_color(0))
    output = folder / "segmentation.seg.nrrd"
    write_segmentation(output, [segment], subject.volume, overwrite=True)
    further = list(_further_sections(journey, folder))
    say(f"Drawing the page; the segment is in {readable(output)}")
    told = list(sections(journey, image_path, readable(folder), further))
    return write_page(folder, journey, told)


def _further_sections(journey: Journey, folder: Path) -> Iterator[Section]:
    """What the other modules make of the same image, as far as there is something to show."""
    if journey.alternatives is not None:
        yield alternatives_section(journey)
    if can_be_finer(journey):
        say("Drawing the mask on a finer grid ...")
        yield finer_section(journey)
    if can_be_reviewed(journey):
        say("Spoiling three slices and looking for them ...")
        yield review_section(journey)
    if panel_can_show(journey.subject, journey.model.name):
        say("Drawing the same box in the panel for 3D Slicer ...")
        yield slicer_section(journey.subject, journey.window, folder)


def say(text: str) -> None:
    """Tell the user, at once also through a pipe."""
    print(text, flush=True)


def _subject(args: argparse.Namespace) -> Subject:
    if args.image is not None:
        return own_subject(args)
    if args.objects or args.slice is not None or args.axis is not None:
        raise UsageError("--box, --point, --slice and --axis are for an IMAGE of your own.")
    return sample_subject()


def _where(subject: Subject) -> str:
    if not subject.is_volume:
        return ""
    return f"It is {subject.axis} slice {subject.index}; choose others with --slice and --box."


def _clean(folder: Path, image: Path) -> None:
    """Take away what an earlier demo left, and nothing else; least of all the image."""
    folder.mkdir(exist_ok=True)
    for pattern in GENERATED:
        for path in folder.glob(pattern):
            if path.resolve() != image.resolve():
                path.unlink()


def _image_path(args: argparse.Namespace, subject: Subject, folder: Path) -> str:
    """The image as the user can name it; the sample is copied to where it is easily found."""
    if not subject.is_sample:
        return str(args.image)
    shutil.copyfile(subject.volume.source, folder / "image.nii.gz")
    return readable(folder / "image.nii.gz")


def _fail(message: str, status: int) -> int:
    print(f"dev.py demo: error: {' '.join(message.split())}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
