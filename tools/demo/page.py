"""The page: sections put into the template, written beside its pictures."""

from __future__ import annotations

import os
from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template

import numpy as np

from MedSAMLib.files import atomic_path
from MedSAMLib.prompts import Prompts

from .journey import Journey
from .pictures import first_prompt_name
from .sections import Section, seconds, terms

HERE = Path(__file__).parent
CUBIC_MM_PER_ML = 1000


def write_page(folder: Path, journey: Journey, sections: Sequence[Section]) -> Path:
    """Write `index.html` and the pictures of the sections into `folder`; returns the page."""
    for section in sections:
        for figure in section.figures:
            with atomic_path(folder / figure.name, overwrite=True) as path:
                figure.picture.save(path, optimize=True)
    page = folder / "index.html"
    with atomic_path(page, overwrite=True) as path:
        path.write_text(_html(journey, sections), encoding="utf-8")
    return page


def _html(journey: Journey, sections: Sequence[Section]) -> str:
    template = Template((HERE / "page.html").read_text(encoding="utf-8"))
    return template.substitute(
        title=f"SlicerMedSAM demo: {escape(journey.subject.title)}",
        style=(HERE / "page.css").read_text(encoding="utf-8"),
        headline=_headline(journey),
        lead=escape(_lead(journey)),
        facts=terms(facts(journey)),
        sections="\n".join(_section_html(s, n) for s, n in _numbered(sections)),
        footnote=escape(_footnote(journey)),
    )


def _numbered(sections: Sequence[Section]) -> list[tuple[Section, int]]:
    """Steps count up; what is no step has no number (0)."""
    numbers, steps = [], 0
    for section in sections:
        steps += section.is_step
        numbers.append((section, steps if section.is_step else 0))
    return numbers


def _section_html(section: Section, number: int) -> str:
    mark = f'<span class="number">{number}</span>' if number else ""
    return f"<section>\n<h2>{mark}{escape(section.heading)}</h2>\n{section.html}\n</section>"


def _headline(journey: Journey) -> str:
    name = escape(journey.subject.title)
    if journey.propagated is None:
        return f"{name}: from a {first_prompt_name(journey)} to a mask"
    return f"{name}: from a {first_prompt_name(journey)} on one slice to a segment in 3-D"


def _lead(journey: Journey) -> str:
    subject = journey.subject
    text = f"{_given(subject.prompts).capitalize()} on {subject.image_name}"
    if subject.is_volume:
        text += f", {subject.axis} slice {subject.index}"
    return f"{text}. This page shows, step by step, what the network made of that."


def _given(prompts: Prompts) -> str:
    """What the user gave: "one box and 2 clicks"."""
    clicks = 0 if prompts.points is None else len(prompts.points)
    given = [] if prompts.box is None else ["one box"]
    if clicks:
        given.append("one click" if clicks == 1 else f"{clicks} clicks")
    return " and ".join(given)


def facts(journey: Journey) -> list[tuple[str, str]]:
    """The numbers at the top: (what, how much)."""
    told = []
    if journey.propagated is not None:
        first, last = journey.propagated.whole.slices
        volume = np.count_nonzero(journey.mask) * np.prod(journey.subject.volume.spacing)
        told += [
            ("volume of the segment", milliliters(volume)),
            ("slices in it", str(last - first + 1)),
        ]
    told += [
        ("to embed a slice", seconds(journey.embedding_seconds)),
        ("from prompt to mask", seconds(journey.steps[-1].seconds)),
    ]
    if journey.propagated is not None:
        told.append(("for all slices", seconds(journey.propagated.seconds)))
    return told


def milliliters(cubic_mm: float) -> str:
    """A volume with three digits, thousands set apart: 1570 mm³ -> "1.57 mL"."""
    value = cubic_mm / CUBIC_MM_PER_ML
    return f"{value:,.0f} mL" if value >= 99.5 else f"{value:.3g} mL"


def _footnote(journey: Journey) -> str:
    model = journey.model
    return (
        f"Made by dev.py demo with the model {model.name} on {model.device} "
        f"({os.cpu_count()} processors). Times are those of this run."
    )
