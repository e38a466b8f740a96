"""Lines that repeat the demo's result on the command line and in Python."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable
from pathlib import Path

from MedSAMLib.prompts import Prompts

from .journey import Journey
from .subject import Subject


def command_lines(journey: Journey, image_path: str) -> str:
    """Shell lines: the same segment, and the demo on another image."""
    subject = journey.subject
    verb = "propagate" if journey.propagated is not None else "segment"
    where = f" --axis {subject.axis} --slice {subject.index}" if subject.is_volume else ""
    reach = journey.propagated.reach if journey.propagated else None
    limits = f" --range {reach[0]} {reach[1]}" if reach else ""
    program = readable(Path(sys.executable).parent / "medsam")
    line = f"{program} {verb} {shlex.quote(image_path)}{where}{limits}{_window_option(subject)}"
    line += f" {_prompt_options(subject.prompts)} --name {shlex.quote(subject.segment_name)}"
    line += "" if journey.model.name == "starter" else f" --model {shlex.quote(journey.model.name)}"
    return f"{line} -o again.seg.nrrd\n\npython3 dev.py demo MY_IMAGE.nii.gz"


def python_lines(journey: Journey, image_path: str) -> str:
    """A short program for the prompted slice's mask."""
    subject = journey.subject
    return "\n".join(
        [
            "import MedSAMLib as medsam",
            "from MedSAMLib.geometry import axis_plane, extract",
            "from MedSAMLib.images import read_volume",
            "",
            f"volume = read_volume({image_path!r})",
            f'image = extract(volume, axis_plane(volume, "{subject.axis}", {subject.index}))',
            f"model = medsam.load_model({journey.model.name!r})",
            f"embedding = model.embed(image{_window_argument(subject)})",
            f"masks = model.segment(embedding, {_python_arguments(subject.prompts)})",
            "print(masks.masks.shape, masks.scores)",
        ]
    )


def readable(path: Path) -> str:
    """A path as one would type it in the current folder."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _window_option(subject: Subject) -> str:
    return "" if subject.window == "auto" else f" --window {_numbers(subject.window, ' ')}"


def _window_argument(subject: Subject) -> str:
    return "" if subject.window == "auto" else f", window=({_numbers(subject.window, ', ')})"


def _prompt_options(prompts: Prompts) -> str:
    options = [] if prompts.box is None else [f"--box {_numbers(prompts.box, ' ')}"]
    for point, label in _points(prompts):
        options.append(f"--point {_numbers(point, ' ')} {label}")
    return " ".join(options)


def _python_arguments(prompts: Prompts) -> str:
    arguments = [] if prompts.box is None else [f"box=({_numbers(prompts.box, ', ')})"]
    if prompts.points is not None:
        points = ", ".join(f"({_numbers(point, ', ')})" for point, _ in _points(prompts))
        labels = ", ".join(str(label) for _, label in _points(prompts))
        arguments.append(f"points=[{points}], labels=[{labels}]")
    return ", ".join(arguments)


def _points(prompts: Prompts) -> list[tuple]:
    if prompts.points is None:
        return []
    return list(zip(prompts.points, prompts.labels, strict=True))


def _numbers(values: Iterable[float], separator: str) -> str:
    return separator.join(f"{value:g}" for value in values)
