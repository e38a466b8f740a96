"""One self-contained page about the quality of one segmentation, worst first."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .label_maps import Names, as_label_map
from .pages import charts, parts, text
from .pages.document import document, limits
from .pages.judged_pictures import Key, key_of, pictures
from .pages.text import Cell
from .pages.thumbnails import Thumbnail
from .results import OK, STATUSES, ObjectScore, Report
from .slices import slice_stack, slice_window

if TYPE_CHECKING:
    from ..sam.predictor import SamModel

MOST_PICTURES = 50
# Beyond these a page becomes slow; the CSV has all.
MOST_OBJECT_ROWS = 2000
MOST_STRIPS = 150


@dataclass(frozen=True)
class PageOptions:
    """What a page says besides the report.

    Attributes:
        title: the heading. subtitle: a line above it, such as the names of the files.
        flag_below: objects with a lower score are marked.
        notes: sentences about the data, such as that labels were resampled.
        checks: sentences on what extra checks for missed objects and wrong labels found.
        findings: (what, slice, box, similarity) of what these checks suggest.
        true_dice: (label, slice) -> Dice with the truth; true_segments: label -> the same.
        baselines: (value, name) of other quality measures.
        back: address of a page above this one.
    """

    title: str = "Segmentation quality"
    subtitle: str = ""
    flag_below: float | None = None
    notes: Sequence[str] = ()
    checks: Sequence[str] = ()
    findings: Sequence[tuple[str, int, tuple[int, ...], float]] = ()
    true_dice: Mapping[tuple[int, int], float] = field(default_factory=dict)
    true_segments: Mapping[int, float] = field(default_factory=dict)
    baselines: Sequence[tuple[str, str]] = ()
    back: str = ""


def report_page(
    report: Report,
    image: np.ndarray,
    labels: np.ndarray,
    *,
    affine: np.ndarray | None = None,
    names: Names = None,
    window="auto",
    model: SamModel | None = None,
    count: int = MOST_PICTURES,
    title: str = PageOptions.title,
    **options,
) -> str:
    """The page as text.

    Args:
        image, labels, affine, names, window: as they were given to `assess`.
        model: the judge, which draws its outlines again for the pictures; without it they show
            the given outline alone.
        count: pictures of the worst objects, to bound the size of the page.
        options: see `PageOptions`.
    """
    shown = report_pictures(report, image, labels, affine, names, window, model, count)
    return html_page(report, shown, PageOptions(title=title, **options))


def report_pictures(
    report: Report,
    image: np.ndarray,
    labels: np.ndarray,
    affine: np.ndarray | None = None,
    names: Names = None,
    window="auto",
    model: SamModel | None = None,
    count: int = MOST_PICTURES,
) -> dict[Key, Thumbnail]:
    """Thumbnails of the `count` worst objects; the arguments are those of `report_page`."""
    stack = slice_stack(image, np.shape(labels), affine, report.axis)
    label_map = as_label_map(labels, stack.grid, stack.array_axis, names)
    worst = pictured(report, count)
    window = slice_window(stack, window)
    return pictures(worst, stack, label_map, report.settings, window, model)


def pictured(report: Report, count: int) -> tuple[ObjectScore, ...]:
    """The worst objects that have a score; where none has one, any."""
    scored = [each for each in report.worst() if not math.isnan(each.score)]
    return tuple(scored[:count]) if scored else report.worst(count)


def html_page(report: Report, shown: Mapping[Key, Thumbnail], options: PageOptions) -> str:
    """The page of pictures that are there already."""
    flagged = [each for each in report.objects if is_flagged(each, options.flag_below)]
    sections = [
        limits(options.checks),
        _worst_section(report, shown, options),
        _findings_section(report, options),
        _charts_section(report, options),
        _segments_section(report, options),
        _objects_section(report, shown, options),
        text.section("Settings and versions", _provenance(report)),
    ]
    foot = f"Made by SlicerMedSAM {report.version}. This page needs nothing but itself."
    lead = _lead(report, flagged, options)
    shown_sections = [each for each in sections if each]
    return document(options.title, options.subtitle, lead, shown_sections, foot)


def is_flagged(each: ObjectScore, flag_below: float | None) -> bool:
    """Whether an object's score is below the threshold; without a score it is not."""
    return flag_below is not None and each.score < flag_below


def _lead(report: Report, flagged: Sequence[ObjectScore], options: PageOptions) -> str:
    scored = [each for each in report.objects if not math.isnan(each.score)]
    shown = [
        (text.decimal(report.score), "score of the whole"),
        text.counted(len(report.segments), "segment"),
        (f"{len(scored):,}", f"objects scored of {len(report.objects):,}"),
    ]
    if _is_volume(report):
        slices = len({each.slice for each in report.objects})
        shown.insert(2, text.counted(slices, f"{report.axis} slice"))
    if options.flag_below is not None:
        shown.append((f"{len(flagged):,}", f"objects below {options.flag_below:g}"))
    if options.true_segments:
        true = list(options.true_segments.values())
        shown.append((text.decimal(float(np.mean(true))), "true Dice, mean of segments"))
    shown += list(options.baselines)
    notes = "".join(f"<li>{escape(note)}</li>" for note in options.notes)
    back = f'<p><a href="{escape(options.back)}">All cases</a></p>' if options.back else ""
    return back + text.facts(shown) + (f'<ul class="notes">{notes}</ul>' if notes else "")


def _worst_section(report: Report, shown: Mapping[Key, Thumbnail], options: PageOptions) -> str:
    objects = [each for each in report.worst() if key_of(each) in shown]
    if not objects:
        return text.section("Worst first", text.paragraphs(["There is no object to show."]))
    cards = "\n".join(
        _card(rank, each, shown[key_of(each)], report, options)
        for rank, each in enumerate(objects, 1)
    )
    told = _told_of_cards(len(objects), report)
    return text.section("Worst first", f'{parts.legend()}<div class="cards">{cards}</div>', told)


def _told_of_cards(shown: int, report: Report) -> str:
    scored = sum(not math.isnan(each.score) for each in report.objects)
    left = len(report.objects) - scored
    told = f"The {shown} objects with the lowest scores of {scored:,}."
    if shown >= scored:
        told = "All objects that have a score, the lowest first." if left else (
            "All objects, the lowest scores first."
        )  # fmt: skip
    if scored and left:
        told += f" {left:,} without a score are in the table of all objects."
    return told


def _is_volume(report: Report) -> bool:
    return len(report.shape) == 3


def _card(
    rank: int, each: ObjectScore, picture: Thumbnail, report: Report, options: PageOptions
) -> str:
    flag = '<span class="flag">flagged</span> · ' if is_flagged(each, options.flag_below) else ""
    lines = [_agreements(each)]
    if (each.label, each.slice) in options.true_dice:
        where = " in this slice" if _is_volume(report) else ""
        lines.append(f"true Dice{where} {options.true_dice[each.label, each.slice]:.2f}")
    if each.status != OK:
        lines.append(each.status)
    told = "".join(f"<p>{escape(line)}</p>" for line in lines)
    score = "no score" if math.isnan(each.score) else f"score {each.score:.2f}"
    where = f", slice {each.slice}" if _is_volume(report) else ""
    description = f"{each.name}{where}, {score}: outlines on the image"
    return (
        f'<article class="card" id="{_anchor(each)}">{picture.svg(description)}'
        f'<div class="about"><h3>{rank}. {escape(each.name)}</h3>'
        f"{text.score_bar(each.score)}<p>{flag}{escape(_place(each, report))}</p>{told}"
        "</div></article>"
    )


def _agreements(each: ObjectScore) -> str:
    """The parts of the score: by the box, by the middle, and what else was computed."""
    named = {
        "box": each.dice_box,
        "middle": each.dice_point,
        "jitter": each.jitter,
        "spread": each.spread,
        "combined": each.combined,
    }
    return " · ".join(f"{name} {value:.2f}" for name, value in named.items() if value == value)


def _place(each: ObjectScore, report: Report) -> str:
    where = f"slice {each.slice} · " if _is_volume(report) else ""
    return f"{where}{each.area:,} px at {each.box[0]}, {each.box[1]}"


def _anchor(each: ObjectScore) -> str:
    return f"object-{each.label}-{each.slice}-{each.index}"


def _findings_section(report: Report, options: PageOptions) -> str:
    """What the extra checks suggest to look at; nothing where none ran or found anything."""
    if not options.findings:
        return ""
    rows = [
        [
            text.words(what),
            text.number(index if _is_volume(report) else math.nan),
            text.words(", ".join(str(edge) for edge in box)),
            text.number(similarity, 2),
        ]
        for what, index, box, similarity in options.findings
    ]
    header = ["What", "Slice", "Box (x0, y0, x1, y1)", "Similarity"]
    table = text.table(header, rows, "Suggestions of the extra checks")
    return text.section("Also worth a look", table, "Suggestions, none of them certain.")


def _charts_section(report: Report, options: PageOptions) -> str:
    drawn = [
        parts.figure(
            "How the scores of the objects are spread",
            charts.histogram([each.score for each in report.objects], options.flag_below),
        )
    ]
    mean, lowest = _slice_curves(report)
    if len(mean) > 1:
        drawn.append(
            parts.figure(
                "Score by slice",
                charts.slice_curve(mean, lowest if lowest != mean else []),
                ""
                if lowest == mean
                else "Solid: mean of the segments in the slice. Dashed: its lowest segment.",
            )
        )
    html = f'<div class="charts">{"".join(drawn)}</div>'
    if len(mean) > 1:
        html += _strips(report)
    return text.section("Overview", html)


def _slice_curves(report: Report) -> tuple[list, list]:
    """(slice, mean score) and (slice, lowest score) over the segments."""
    by_slice: dict[int, list[float]] = defaultdict(list)
    for each in report.slices:
        if not math.isnan(each.score):
            by_slice[each.slice].append(each.score)
    ordered = sorted(by_slice.items())
    mean = [(index, float(np.mean(scores))) for index, scores in ordered]
    return mean, [(index, min(scores)) for index, scores in ordered]


def _strips(report: Report) -> str:
    rows: dict[int, dict[int, float]] = defaultdict(dict)
    for each in report.slices:
        if not math.isnan(each.score):
            rows[each.label][each.slice] = each.score
    ordered = [each for each in _segments_worst_first(report) if each.label in rows]
    chosen = ordered[:MOST_STRIPS]
    strips = charts.heat_strips(
        [each.name for each in chosen], [rows[each.label] for each in chosen]
    )
    which = "Segments slice by slice, the worst on top"
    if len(chosen) < len(ordered):
        which += f" (the worst {len(chosen)} of {len(ordered)})"
    return f'<div style="margin-top:18px">{parts.figure(which, strips)}</div>'


def _segments_worst_first(report: Report) -> list:
    return sorted(report.segments, key=lambda each: (each.score != each.score, each.score))


def _segments_section(report: Report, options: PageOptions) -> str:
    header = ["Segment", "Label", "Score", "Worst slice", "Objects", "Area (px)", "Status"]
    if options.true_segments:
        header.insert(3, "True Dice")
    rows = []
    for each in _segments_worst_first(report):
        worst = each.worst_slice if each.worst_slice >= 0 else math.nan
        row = [
            text.words(each.name),
            text.number(each.label),
            text.score_cell(each.score),
            text.number(worst),
            text.number(each.objects),
            text.number(each.area),
            text.words(each.status),
        ]
        if options.true_segments:
            row.insert(3, text.number(options.true_segments.get(each.label, math.nan), 3))
        rows.append(row)
    return text.section("Segments", text.table(header, rows, "Segments, worst first"))


def _objects_section(report: Report, shown: Mapping[Key, Thumbnail], options: PageOptions) -> str:
    objects = report.worst(MOST_OBJECT_ROWS)
    extras = [
        name
        for name in ("jitter", "spread", "combined")
        if any(not math.isnan(getattr(each, name)) for each in objects)
    ]
    header = ["Segment", "Slice", "Score", "By box", "By middle", *map(str.capitalize, extras)]
    header += ["Judge's confidence", "Area (px)", "Status"]
    if options.true_dice:
        header.insert(3, "True Dice (slice)")
    rows = [_object_row(each, shown, extras, options) for each in objects]
    told = _statuses_told(objects)
    if len(objects) < len(report.objects):
        told = f"The worst {len(objects):,} of {len(report.objects):,}; the CSV has all. {told}"
    summary = f"<summary>All objects ({len(report.objects):,})</summary>"
    table = text.table(header, rows, "Objects, worst first")
    told = f'<p class="told">{escape(told)}</p>' if told else ""
    return f"<section><details>{summary}{told}{table}</details></section>"


def _object_row(
    each: ObjectScore, shown: Mapping[Key, Thumbnail], extras: Sequence[str], options: PageOptions
) -> list[Cell]:
    name = (
        text.link(f"#{_anchor(each)}", each.name) if key_of(each) in shown
        else text.words(each.name)
    )  # fmt: skip
    row = [
        name,
        text.number(each.slice),
        text.score_cell(each.score),
        text.number(each.dice_box, 2),
        text.number(each.dice_point, 2),
        *(text.number(getattr(each, extra), 2) for extra in extras),
        text.number(each.confidence, 2),
        text.number(each.area),
        text.words(each.status),
    ]
    if options.true_dice:
        row.insert(3, text.number(options.true_dice.get((each.label, each.slice), math.nan), 3))
    return row


def _statuses_told(objects: Sequence[ObjectScore]) -> str:
    """What the special statuses on the page mean."""
    present = [name for name in STATUSES if name != OK and any(o.status == name for o in objects)]
    return " ".join(f"{name.capitalize()}: {STATUSES[name]}" for name in present)


def _provenance(report: Report) -> str:
    shape = " × ".join(str(count) for count in reversed(report.shape))
    return parts.settings_terms(
        report.settings,
        [
            ("judge", Path(report.model).name),
            ("judge's weights (sha256)", report.model_id[:16]),
            ("SlicerMedSAM", report.version),
            ("image size", shape),
            ("slices cut", report.axis),
        ],
    )
