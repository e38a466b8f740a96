"""What a cohort came to: read from the cases' files, written as page, tables and JSON."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import MedSAMError, UsageError
from ...metrics import bottom_fraction_overlap, pearson, spearman
from ...spreadsheet import plain_cell
from ..calibration import Calibration, fit_calibration
from ..pages.thumbnails import Thumbnail
from ..results import ObjectScore, Report, SegmentScore
from .case_result import CaseResult
from .cases import Case
from .job import Job
from .output_folder import OutputFolder

FEWEST_FOR_CORRELATION = 5


@dataclass(frozen=True)
class SegmentLine:
    """One segment of one case; `true_dice` is nan where the truth is not known."""

    case: str
    segment: SegmentScore
    true_dice: float


@dataclass(frozen=True)
class CaseLine:
    """A case in few words; a broken one has an error and no score."""

    id: str
    error: str = ""
    score: float = math.nan
    segments: int = 0
    objects: int = 0
    flagged: int = 0
    worst: ObjectScore | None = None
    is_volume: bool = True
    true_dice: float = math.nan
    notes: tuple[str, ...] = ()
    picture: Thumbnail | None = None

    @property
    def worst_place(self) -> str:
        """The worst object's segment and, in a volume, its slice; "" for a case without objects."""
        if self.worst is None:
            return ""
        return f"{self.worst.name}, slice {self.worst.slice}" if self.is_volume else self.worst.name


@dataclass(frozen=True)
class Agreement:
    """How well the segments' scores follow their true Dice, over `count` segments."""

    count: int
    pearson: float
    spearman: float
    bottom_quarter: float


@dataclass(frozen=True)
class Summary:
    """All cases, worst first and broken ones last; all segments, worst first."""

    cases: tuple[CaseLine, ...]
    segments: tuple[SegmentLine, ...]
    agreement: Agreement | None
    calibration: Calibration | None
    report: Report | None  # of the first case: settings and versions are the same in all

    @property
    def broken(self) -> tuple[CaseLine, ...]:
        """The cases that could not be assessed."""
        return tuple(each for each in self.cases if each.error)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, without what is in the tables."""
        scores = [each.score for each in self.cases if not math.isnan(each.score)]
        agreement = self.agreement
        return {
            "cases": len(self.cases),
            "broken": [{"id": each.id, "error": each.error} for each in self.broken],
            "mean_score": float(np.mean(scores)) if scores else None,
            "segments": len(self.segments),
            "agreement": None if agreement is None else {
                name: None if math.isnan(value) else value
                for name, value in vars(agreement).items()
            },
            "calibration": None
            if self.calibration is None
            else json.loads(self.calibration.to_json()),
        }  # fmt: skip


def write_summary(folder: OutputFolder, cases: Sequence[Case], job: Job) -> Summary:
    """Read the results of `cases`, and write index.html, cases.csv, segments.csv, summary.json."""
    from ..html_cohort import cohort_page

    summary = summarized(_results(folder, cases), job)
    folder.write(folder.path / "segments.csv", segments_csv(summary.segments))
    folder.write(folder.path / "cases.csv", cases_csv(summary.cases))
    folder.write(folder.path / "summary.json", json.dumps(summary.to_dict(), indent=1))
    folder.write(folder.path / "index.html", cohort_page(summary, job))
    return summary


def summarized(results: Iterable[CaseResult], job: Job) -> Summary:
    """One pass over results that may be too many to keep in memory."""
    cases: list[CaseLine] = []
    segments: list[SegmentLine] = []
    report = None
    for result in results:
        cases.append(case_line(result, job.flag_below))
        segments += _segment_lines(result)
        report = report or result.report
    known = [each for each in segments if not math.isnan(each.true_dice)]
    return Summary(
        cases=tuple(sorted(cases, key=_case_order)),
        segments=tuple(sorted(segments, key=_segment_order)),
        agreement=_agreement(known),
        calibration=_calibration(cases),
        report=report,
    )


def case_line(result: CaseResult, flag_below: float | None) -> CaseLine:
    """A result in few words."""
    if result.report is None:
        return CaseLine(result.id, result.error)
    report = result.report
    worst = report.worst(1)
    limit = -math.inf if flag_below is None else flag_below
    return CaseLine(
        id=result.id,
        score=report.score,
        segments=len(report.segments),
        objects=len(report.objects),
        flagged=sum(each.score < limit for each in report.objects),
        worst=worst[0] if worst else None,
        is_volume=len(report.shape) == 3,
        true_dice=math.nan if result.truth is None else result.truth.mean,
        notes=result.notes,
        picture=result.picture,
    )


def segments_csv(segments: Sequence[SegmentLine]) -> str:
    """One row a segment, worst first; an empty field for what is not known."""
    rows = [
        [
            each.case,
            each.segment.label,
            each.segment.name,
            _number(each.segment.score),
            each.segment.worst_slice if each.segment.worst_slice >= 0 else "",
            each.segment.objects,
            each.segment.area,
            each.segment.status,
            _number(each.true_dice),
        ]
        for each in segments
    ]
    header = ["case", "label", "name", "score", "worst_slice", "objects", "area", "status"]
    return _csv([*header, "true_dice"], rows)


def cases_csv(cases: Sequence[CaseLine]) -> str:
    """One row a case, worst first, broken ones last with the reason."""
    header = ["case", "score", "segments", "objects", "flagged", "true_dice", "error"]
    rows = [
        [
            each.id,
            _number(each.score),
            each.segments,
            each.objects,
            each.flagged,
            _number(each.true_dice),
            each.error,
        ]
        for each in cases
    ]
    return _csv(header, rows)


def _results(folder: OutputFolder, cases: Sequence[Case]) -> Iterable[CaseResult]:
    for case in cases:
        try:
            yield folder.read(case)
        except MedSAMError as error:
            yield CaseResult(id=case.id, error=str(error))


def _segment_lines(result: CaseResult) -> list[SegmentLine]:
    if result.report is None:
        return []
    true = {} if result.truth is None else result.truth.segments
    return [
        SegmentLine(result.id, each, true.get(each.label, math.nan))
        for each in result.report.segments
    ]


def _agreement(known: Sequence[SegmentLine]) -> Agreement | None:
    """None for too few segments with a true Dice; a segment without a score counts as lowest."""
    if len(known) < FEWEST_FOR_CORRELATION:
        return None
    scores = [0.0 if math.isnan(e.segment.score) else e.segment.score for e in known]
    dices = [each.true_dice for each in known]
    return Agreement(
        count=len(known),
        pearson=pearson(scores, dices),
        spearman=spearman(scores, dices),
        bottom_quarter=bottom_fraction_overlap(scores, dices, 0.25),
    )


def _calibration(cases: Sequence[CaseLine]) -> Calibration | None:
    """One pair a case, because segments of one patient are not independent."""
    try:
        return fit_calibration([e.score for e in cases], [e.true_dice for e in cases])
    except UsageError:  # too few cases with truth
        return None


def _case_order(each: CaseLine) -> tuple:
    return bool(each.error), math.isnan(each.score), _or_zero(each.score), each.id


def _segment_order(each: SegmentLine) -> tuple:
    score = each.segment.score
    return math.isnan(score), _or_zero(score), each.case, each.segment.label


def _or_zero(score: float) -> float:
    return 0.0 if math.isnan(score) else score


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.6g}"


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([plain_cell(each) for each in row] for row in rows)
    return stream.getvalue()
