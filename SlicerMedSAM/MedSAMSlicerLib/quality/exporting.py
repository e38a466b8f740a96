"""The review as files: CSV, JSON, and a page for the browser, decisions included."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from MedSAMLib.files import atomic_path
from MedSAMLib.quality.results import Report
from MedSAMLib.spreadsheet import plain_cell

from ..session.ports import Task
from .jobs import Judge
from .ports import Subject
from .rows import Row
from .storing import columns_of, to_plain

_HEADER = ("Segment", "Slice", "Object", "Score", "Decision", "Reason", "Note", "Reviewer", "Time")


def to_csv(rows: Sequence[Row]) -> str:
    """One line an object, worst first; a missing number is an empty field."""
    columns = columns_of(rows)
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(columns)
    for values in zip(*columns.values(), strict=True):
        writer.writerow([_cell(value) for value in values])
    return output.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.6g}"
    return plain_cell(value)


def to_json(rows: Sequence[Row], report: Report) -> str:
    """The report, and under "decisions" what was decided."""
    return json.dumps(to_plain(rows, report), indent=1, allow_nan=False)


def to_html(
    rows: Sequence[Row],
    report: Report,
    subject: Subject,
    judge: Judge,
    title: str,
    threshold: float,
    task: Task,
) -> str:
    """The report's page with the decisions above the pictures; in the worker."""
    task.checkpoint()
    model = judge.load()
    numbers = {segment_id: n for n, segment_id in enumerate(subject.all_ids, start=1)}
    page = report.to_html(
        subject.image,
        _renumbered(subject, numbers),
        affine=subject.affine,
        names={numbers[i]: n for i, n in zip(subject.segment_ids, subject.names, strict=True)},
        window=subject.window,
        model=model,
        title=title,
        flag_below=threshold,
    )
    task.checkpoint()
    return page.replace("<main>", f"<main>\n{_decisions(rows)}", 1)


def _renumbered(subject: Subject, numbers: dict[str, int]) -> Any:
    """The labels as the report numbers them: by the place in the segmentation."""

    wanted = [numbers[segment_id] for segment_id in subject.segment_ids]
    if subject.labels.ndim == 3:
        return np.array([0, *wanted], np.uint16)[subject.labels]
    masks = np.zeros((len(subject.all_ids), *subject.labels.shape[1:]), bool)
    masks[np.array(wanted) - 1] = subject.labels
    return masks


def _decisions(rows: Sequence[Row]) -> str:
    decided = [row for row in rows if not row.is_open]
    if not decided:
        return "<section><h2>Review</h2><p>Nobody has decided on an object yet.</p></section>"
    head = "".join(f"<th>{name}</th>" for name in _HEADER)
    body = "".join(f"<tr>{_cells(row)}</tr>" for row in decided)
    return (
        f"<section><h2>Review</h2><p>{len(decided)} of {len(rows)} objects were decided on.</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></section>"
    )


def _cells(row: Row) -> str:
    each = row.object
    score = f"{each.score:.2f}" if row.has_score else ""
    values = (each.name, each.slice, each.index + 1, score, row.decision.value, row.reason)
    texts = (*values, row.note, row.reviewer, row.time)
    return "".join(f"<td>{escape(str(text))}</td>" for text in texts)


def write(path: str | Path, text: str) -> None:
    """Write a file whole or not at all; whoever chose the name has agreed to replace it."""
    with atomic_path(path, overwrite=True) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")
