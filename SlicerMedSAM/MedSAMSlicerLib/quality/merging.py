"""A report of a part of a segmentation goes into the report of the whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from MedSAMLib.quality.results import ObjectScore, Report

from .ports import Request, Subject
from .rows import Row, rows_of, with_decisions


def can_merge(old: Report | None, new: Report) -> bool:
    """Whether the scores can stand in one list: the same slices, settings and judge."""
    if old is None:
        return False
    return _terms(old) == _terms(new)


def merged(
    old: Report | None, rows: Sequence[Row], new: Report, subject: Subject, request: Request
) -> tuple[Report, tuple[Row, ...]]:
    """The report and the rows after a run, with the old ones of what was not judged now.

    Segments are numbered as in the segmentation; rows of segments that are gone go, and
    decisions about objects that are as they were stay.
    """
    numbers = {segment_id: n for n, segment_id in enumerate(subject.all_ids, start=1)}
    fresh = rows_of(new.objects, dict(enumerate(subject.segment_ids, start=1)))
    kept = _kept(rows, subject, request) if can_merge(old, new) else []
    both = [_numbered(row, numbers) for row in (*kept, *with_decisions(fresh, rows))]
    both.sort(key=lambda row: (row.object.slice, row.object.label, row.object.index))
    names = {row.object.label: row.object.name for row in both}
    names.update(zip((numbers[i] for i in subject.segment_ids), subject.names, strict=True))
    return rebuilt(new, [row.object for row in both], dict(sorted(names.items()))), tuple(both)


def rebuilt(report: Report, objects: Iterable[ObjectScore], names: dict[int, str]) -> Report:
    """The report with other objects: scores of slices and segments are made of them anew."""
    from MedSAMLib.quality.aggregation import segment_scores, slice_scores, total_score

    objects, weighting = tuple(objects), report.settings.weighting
    slices = slice_scores(objects, weighting)
    return replace(
        report,
        score=total_score(objects, slices, len(report.shape) == 3, weighting),
        objects=objects,
        slices=tuple(slices),
        segments=tuple(segment_scores(objects, slices, names, weighting)),
    )


def segment_scores_by_id(report: Report, rows: Sequence[Row]) -> dict[str, float]:
    """ID of a segment -> its score; nan without one."""
    ids = {row.object.label: row.segment_id for row in rows}
    return {ids[s.label]: s.score for s in report.segments if s.label in ids}


def _kept(rows: Sequence[Row], subject: Subject, request: Request) -> list[Row]:
    first, last = request.slices or (0, max((r.object.slice for r in rows), default=0))
    return [
        row
        for row in rows
        if row.segment_id in subject.all_ids
        and not (row.segment_id in subject.segment_ids and first <= row.object.slice <= last)
    ]


def _numbered(row: Row, numbers: dict[str, int]) -> Row:
    return replace(row, object=replace(row.object, label=numbers[row.segment_id]))


def _terms(report: Report) -> tuple:
    return report.shape, report.axis, report.settings, report.model_id
