"""The sections of the page: what happened, told with the journey's own numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

import numpy as np

from . import pictures
from .chart import area_chart
from .commands import command_lines, python_lines
from .journey import Journey, Step
from .pictures import Figure

DIRECTIONS = {+1: "upwards", -1: "downwards"}


@dataclass(frozen=True)
class Section:
    """A heading, HTML below it, and the figures that the HTML shows."""

    heading: str
    html: str
    figures: Sequence[Figure] = field(default_factory=tuple)
    is_step: bool = True


def sections(
    journey: Journey, image_path: str, output_folder: str, further: Sequence[Section] = ()
) -> Iterator[Section]:
    """All sections of a journey, in reading order; the `further` ones follow its own steps."""
    yield first_prompt(journey)
    if len(journey.steps) > 1:
        yield correction(journey)
    if journey.propagated is not None:
        yield through_the_slices(journey)
        yield in_three_planes(journey)
    yield from further
    yield going_on(journey, image_path, output_folder)
    yield limits(journey)


def first_prompt(journey: Journey) -> Section:
    """The image, the first prompt, and what it gave."""
    name = pictures.first_prompt_name(journey)
    figures = [pictures.overview(journey), pictures.step_figure(journey, 0)]
    subject, step = journey.subject, journey.steps[0]
    html = paragraph(escape(f"{subject.image_text} {subject.choice_text}"))
    html += paragraph(
        f"The network looked at the image once, in {seconds(journey.embedding_seconds)}; what it "
        f"keeps of it is called the embedding. From then on every prompt is answered at once: "
        f"the {name} gave a mask in {seconds(step.seconds)}."
    )
    html += grid("pair", figures) + step_numbers(journey, step)
    if not step.found.mask.any():
        html += note("The network found nothing there. Try a box that fits the object closely.")
    heading = "A box around the object gives a mask" if name == "box" else "A click gives a mask"
    return Section(heading, html, figures)


def correction(journey: Journey) -> Section:
    """The corrective clicks, and what they changed."""
    before, after = (step.found.mask for step in journey.steps)
    figures = [pictures.step_figure(journey, 1), pictures.change_figure(journey)]
    added, removed = (area(journey, change) for change in (after & ~before, before & ~after))
    html = paragraph(
        "A click with a plus says 'this belongs to it', a click with a minus says 'this does "
        "not'. The embedding is used again, so nothing has to be waited for. Here the click "
        f"took away {removed} and added {added}."
    )
    html += grid("pair", figures) + step_numbers(journey, journey.steps[1])
    return Section("A click corrects the mask", html, figures)


def through_the_slices(journey: Journey) -> Section:
    """The propagation, with its areas and its ends."""
    moved, subject = journey.propagated, journey.subject
    first, last = moved.whole.slices
    figures = pictures.slice_figures(journey)
    html = paragraph(
        f"The mask of slice {subject.index} prompts its neighbors, theirs prompt the next ones, "
        f"upwards and then downwards. That gave {_span(first, last)} in "
        f"{seconds(moved.seconds)}. No slice but {subject.index} was touched by hand."
    )
    html += grid("strip", figures)
    html += f"<h3>Area on every slice, {area_unit(journey)}</h3>" + _chart(journey)
    html += "".join(paragraph(escape(text)) for text in endings(journey))
    return Section("The mask is carried through the slices", html, figures)


def in_three_planes(journey: Journey) -> Section:
    """The segment looked at from three sides."""
    figures = pictures.plane_figures(journey)
    html = paragraph(
        "Slices were segmented one by one in one direction; the other two directions show how "
        "well they fit together. Pictures are turned as radiologists are used to: the patient's "
        "right is on the left of the axial and the coronal one."
    )
    return Section("The segment from three sides", html + grid("trio", figures), figures)


def going_on(journey: Journey, image_path: str, output_folder: str) -> Section:
    """What was written, and what to type next."""
    html = (
        "<h3>In 3D Slicer</h3>"
        + paragraph(
            f"Drag the image ({code(image_path)}) and {code('segmentation.seg.nrrd')}, which lies "
            f"beside this page in {code(output_folder)}, into Slicer's window: the segment comes "
            "with its name, its color and its place."
        )
        + "<h3>On the command line</h3>"
        + paragraph("The same segment, and the demo on an image of yours:")
        + block(command_lines(journey, image_path))
        + "<h3>In Python</h3>"
        + block(python_lines(journey, image_path))
    )
    return Section("Take it from here", html, is_step=False)


def limits(journey: Journey) -> Section:
    """What must not be expected."""
    points = [
        "The starter network is small, so that it runs on a laptop without a GPU. Large "
        "checkpoints, such as MedSAM's, can be loaded in its place: "
        f"{code('medsam models list')}.",
        "Predicted quality is the network's own estimate of the overlap (intersection over union) "
        "with what you meant. It is no measurement; look at the mask.",
        "Every slice is looked at by itself. A segment may step from slice to slice, and thin or "
        "branching structures may be lost on the way.",
        "A prompt of yours says what you want. The same image has other objects, and the network "
        "knows no anatomy: names of segments are yours, too.",
    ]
    html = "<ul>" + "".join(f"<li>{point}</li>" for point in points) + "</ul>"
    if journey.subject.is_sample:
        html += "<h3>Where the image comes from</h3>" + paragraph(
            "ICBM 152 nonlinear symmetric template 2009a, © 1993-2009 Louis Collins, McConnell "
            "Brain Imaging Centre, Montreal Neurological Institute, McGill University; it may be "
            "used, copied and passed on with this notice (Fonov and others, NeuroImage 54, 2011). "
            "The file was taken from the Python package nilearn (BSD licence)."
        )
    return Section("What not to expect", html, is_step=False)


def endings(journey: Journey) -> list[str]:
    """Why the propagation stopped, a sentence for each direction."""
    moved = journey.propagated
    first, last = moved.whole.slices
    told = []
    for direction, end, reached in ((+1, last, moved.reach[1]), (-1, first, moved.reach[0])):
        if direction in moved.whole.endings:
            index, why = moved.whole.endings[direction]
            told.append(f"{DIRECTIONS[direction].capitalize()} it stopped at slice {index}: {why}.")
        elif end == reached:
            told.append(
                f"{DIRECTIONS[direction].capitalize()} it went on to slice {end}, the last one "
                "that the demo visits."
            )
    return told


def area(journey: Journey, mask: np.ndarray) -> str:
    """The area of a mask (H, W) of the prompted slice, with its unit."""
    return f"{np.count_nonzero(mask) * pixel_area(journey):,.0f} {area_unit(journey)}"


def pixel_area(journey: Journey) -> float:
    """Of the prompted slice, in mm²; 1 for a photograph, whose pixels have no known size."""
    return float(np.prod(journey.plane.pixel_spacing)) if journey.subject.is_volume else 1.0


def area_unit(journey: Journey) -> str:
    return "mm²" if journey.subject.is_volume else "pixels"


def seconds(value: float) -> str:
    """A duration as people say it."""
    return f"{value * 1000:.0f} ms" if value < 0.995 else f"{value:.1f} s"


def step_numbers(journey: Journey, step: Step) -> str:
    """Area, predicted quality and time of a step."""
    rows = (
        ("area of the mask", area(journey, step.found.mask)),
        ("predicted quality, 0 to 1", f"{step.found.score:.2f}"),
        ("from prompt to mask", seconds(step.seconds)),
    )
    return f'<dl class="numbers">{terms(rows)}</dl>'


def _span(first: int, last: int) -> str:
    return f"slices {first} to {last}" if last > first else f"slice {first} alone"


def _chart(journey: Journey) -> str:
    kept = [r for r in journey.propagated.results if not r.refusal]
    areas = {r.index: np.count_nonzero(r.mask) * pixel_area(journey) for r in kept}
    ordered = dict(sorted(areas.items()))
    return area_chart(ordered, journey.subject.index, area_unit(journey))


def terms(rows: Iterable[tuple[str, str]]) -> str:
    """Items of a definition list: (what, how much)."""
    return "".join(
        f"<div><dt>{escape(term)}</dt><dd>{escape(value)}</dd></div>" for term, value in rows
    )


def grid(kind: str, figures: Sequence[Figure]) -> str:
    """Figures side by side."""
    cells = "".join(
        f'<figure><img src="{escape(f.name)}" alt="{escape(f.description)}" '
        f'width="{f.picture.width}" height="{f.picture.height}">'
        f"<figcaption>{escape(f.caption)}</figcaption></figure>"
        for f in figures
    )
    return f'<div class="{kind}">{cells}</div>'


def paragraph(text: str) -> str:
    """HTML text; what comes from files or libraries must be escaped before."""
    return f"<p>{text}</p>"


def note(text: str) -> str:
    return f'<div class="note"><p>{escape(text)}</p></div>'


def code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def block(text: str) -> str:
    """Lines to type; a browser must not break an option after its hyphens."""
    options_whole = re.sub(r"(?<= )--?\w+", r'<span class="whole">\g<0></span>', escape(text))
    return f"<pre>{options_whole}</pre>"
