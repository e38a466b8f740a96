"""The page over a cohort: which cases to open first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np

from .pages import charts, parts, text
from .pages.document import document, limits

if TYPE_CHECKING:
    from .cohort.job import Job
    from .cohort.summary import CaseLine, Summary

MOST_CARDS = 24
MOST_SEGMENT_ROWS = 2000
MOST_POINTS = 3000
# Scores for which the calibration is told.
_CALIBRATED_AT = (0.3, 0.5, 0.7, 0.9)


def cohort_page(summary: Summary, job: Job) -> str:
    """The page as text; links lead to `cases/ID.html` beside it."""
    assessed = [each for each in summary.cases if not each.error]
    sections = [
        limits(),
        _worst_section(assessed, job),
        _broken_section(summary),
        _overview_section(summary, job),
        _truth_section(summary),
        _cases_section(assessed, job),
        _segments_section(summary),
        _provenance_section(summary, job),
    ]
    version = summary.report.version if summary.report else ""
    foot = f"Made by SlicerMedSAM {version}. Keep this page beside the folder cases."
    return document(
        "Segmentation quality of a cohort",
        "Which cases deserve a second look",
        _lead(summary, assessed, job),
        [each for each in sections if each],
        foot,
    )


def case_address(case_id: str) -> str:
    """Of the case's page, as it lies beside this one."""
    return f"cases/{quote(case_id)}.html"


def _lead(summary: Summary, assessed: list[CaseLine], job: Job) -> str:
    scores = [each.score for each in assessed if not math.isnan(each.score)]
    shown = [
        (f"{len(assessed):,}", "cases assessed" if len(assessed) != 1 else "case assessed"),
        (text.decimal(float(np.median(scores)) if scores else math.nan), "median score"),
        (text.decimal(min(scores, default=math.nan)), "lowest score"),
        text.counted(len(summary.segments), "segment"),
    ]
    if job.flag_below is not None:
        flagged = sum(each.flagged for each in assessed)
        shown.append((f"{flagged:,}", f"objects below {job.flag_below:g}"))
    if summary.broken:
        shown.append(text.counted(len(summary.broken), "broken case"))
    return text.facts(shown)


def _worst_section(assessed: list[CaseLine], job: Job) -> str:
    shown = [each for each in assessed if each.picture is not None][:MOST_CARDS]
    if not shown:
        return text.section("Worst first", text.paragraphs(["No case has an object to show."]))
    cards = "\n".join(_card(rank, each, job) for rank, each in enumerate(shown, start=1))
    told = f"The {len(shown)} cases with the lowest scores, each with its worst object."
    if len(shown) == len(assessed):
        told = "All cases, the lowest scores first, each with its worst object."
    return text.section("Worst first", f'{parts.legend()}<div class="cards">{cards}</div>', told)


def _card(rank: int, each: CaseLine, job: Job) -> str:
    description = f"{each.id}: worst object {each.worst_place}"
    about = f"worst object: {each.worst_place}, score {text.decimal(each.worst.score)}"
    name = text.link(case_address(each.id), each.id).html
    flagged = f"{each.flagged:,} of {each.objects:,} objects flagged"
    lines = [about]
    if job.flag_below is not None:
        lines.append(flagged)
    if not math.isnan(each.true_dice):
        lines.append(f"true Dice {each.true_dice:.2f}")
    return (
        f'<article class="card">{each.picture.svg(description)}<div class="about">'
        f"<h3>{rank}. {name}</h3>{text.score_bar(each.score)}{text.paragraphs(lines)}</div>"
        "</article>"
    )


def _broken_section(summary: Summary) -> str:
    if not summary.broken:
        return ""
    rows = [[text.words(each.id), text.words(each.error)] for each in summary.broken]
    table = text.table(["Case", "Why"], rows, "Broken cases")
    told = "These could not be assessed. Mend them and run the same command with --resume."
    return text.section("Broken cases", table, told)


def _overview_section(summary: Summary, job: Job) -> str:
    cases = [each.score for each in summary.cases]
    segments = [each.segment.score for each in summary.segments]
    drawn = parts.figure(
        "How the scores of the cases are spread", charts.histogram(cases, job.flag_below)
    ) + parts.figure(
        "How the scores of the segments are spread", charts.histogram(segments, job.flag_below)
    )
    return text.section("Overview", f'<div class="charts">{drawn}</div>')


def _truth_section(summary: Summary) -> str:
    """Score against true Dice, where the truth was given; nothing without."""
    agreement = summary.agreement
    if agreement is None:
        return ""
    known = [each for each in summary.segments if not math.isnan(each.true_dice)]
    points = [
        (each.segment.score, each.true_dice, f"{each.case}, {each.segment.name}")
        for each in known
        if not math.isnan(each.segment.score)
    ][:MOST_POINTS]
    numbers = text.terms(
        [
            ("segments with truth", f"{agreement.count:,}"),
            ("Pearson correlation", text.decimal(agreement.pearson)),
            ("Spearman correlation", text.decimal(agreement.spearman)),
            ("of the worst quarter found", f"{agreement.bottom_quarter:.0%}"),
        ]
    )
    chart = parts.figure(
        "Score and true Dice of the segments", charts.scatter(points, "score", "Dice")
    )
    html = f'<div class="charts">{chart}<div>{numbers}{_calibration(summary)}</div></div>'
    return text.section("Compared with the truth", html)


def _calibration(summary: Summary) -> str:
    fitted = summary.calibration
    if fitted is None:
        return ""
    rows = []
    for score in _CALIBRATED_AT:
        low, high = fitted.interval(score)
        span = f"{low:.2f} to {high:.2f}"
        rows.append([text.number(score, 1), text.number(fitted.dice(score), 2), text.words(span)])
    told = (
        f"What a case's score has meant here, in {fitted.cases} cases with truth. It holds for "
        "cases of the same kind only."
    )
    header = ["Score", "Dice to expect", f"in {fitted.level:.0%} of cases"]
    return f"{text.paragraphs([told])}{text.table(header, rows, 'Calibration')}"


def _cases_section(assessed: list[CaseLine], job: Job) -> str:
    has_truth = any(not math.isnan(each.true_dice) for each in assessed)
    header = ["Case", "Score", "Segments", "Objects", "Worst object", "Notes"]
    if job.flag_below is not None:
        header.insert(4, "Flagged")
    if has_truth:
        header.insert(2, "True Dice")
    rows = []
    for each in assessed:
        row = [
            text.link(case_address(each.id), each.id),
            text.score_cell(each.score),
            text.number(each.segments),
            text.number(each.objects),
            text.words(each.worst_place or text.NONE),
            text.words(" ".join(each.notes)),
        ]
        if job.flag_below is not None:
            row.insert(4, text.number(each.flagged))
        if has_truth:
            row.insert(2, text.number(each.true_dice, 3))
        rows.append(row)
    return text.section("All cases", text.table(header, rows, "Cases, worst first"))


def _segments_section(summary: Summary) -> str:
    shown = summary.segments[:MOST_SEGMENT_ROWS]
    has_truth = any(not math.isnan(each.true_dice) for each in shown)
    header = ["Case", "Segment", "Score", "Worst slice", "Objects", "Area (px)", "Status"]
    if has_truth:
        header.insert(3, "True Dice")
    rows = []
    for each in shown:
        segment = each.segment
        worst = segment.worst_slice if segment.worst_slice >= 0 else math.nan
        row = [
            text.link(case_address(each.case), each.case),
            text.words(segment.name),
            text.score_cell(segment.score),
            text.number(worst),
            text.number(segment.objects),
            text.number(segment.area),
            text.words(segment.status),
        ]
        if has_truth:
            row.insert(3, text.number(each.true_dice, 3))
        rows.append(row)
    total = len(summary.segments)
    note = f" (the worst {len(shown):,} of {total:,}; segments.csv has all)"
    summary_line = f"All segments{note if len(shown) < total else f' ({total:,})'}"
    table = text.table(header, rows, "Segments, worst first")
    return f"<section><details><summary>{summary_line}</summary>{table}</details></section>"


def _provenance_section(summary: Summary, job: Job) -> str:
    report = summary.report
    others = [("judge", job.what_results_depend_on()["model"])]
    if report is not None:
        others += [
            ("judge's weights (sha256)", report.model_id[:16]),
            ("SlicerMedSAM", report.version),
        ]
    return text.section("Settings and versions", parts.settings_terms(job.settings, others))
