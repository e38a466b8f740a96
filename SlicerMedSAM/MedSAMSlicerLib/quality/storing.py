"""Rows and reports as plain values, to be kept in a scene or beside a case list."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from MedSAMLib.errors import MedSAMError
from MedSAMLib.json_text import parsed
from MedSAMLib.quality.results import ObjectScore, Report

from ..translation import tr as _
from .rows import Decision, Row

_DECISION_FIELDS = ("decision", "reason", "note", "reviewer", "time")
_FORMAT = 1
# Far above the largest review; a text that unpacks to more is not one of ours.
_MOST_BYTES = 256 << 20


def columns_of(rows: Sequence[Row]) -> dict[str, list]:
    """Name -> values, one column a number or a text, worst first."""
    ordered = sorted(rows, key=lambda row: (not row.has_score, row.object.score, row.key))
    names = [field.name for field in fields(ObjectScore) if field.name not in ("box", "name")]
    columns: dict[str, list] = {"segment": [row.object.name for row in ordered]}
    columns["segment_id"] = [row.segment_id for row in ordered]
    columns |= {name: [getattr(row.object, name) for row in ordered] for name in names}
    for place, name in enumerate(("x0", "y0", "x1", "y1")):
        columns[name] = [row.object.box[place] for row in ordered]
    columns |= {name: [_text(row, name) for row in ordered] for name in _DECISION_FIELDS}
    return columns


def _text(row: Row, name: str) -> str:
    value = getattr(row, name)
    return value.value if isinstance(value, Decision) else value


def to_plain(rows: Sequence[Row], report: Report) -> dict[str, Any]:
    """Values for JSON."""
    return {
        "format": _FORMAT,
        "report": json.loads(report.to_json()),
        "segment_ids": {str(row.object.label): row.segment_id for row in rows},
        "decisions": [
            {"object": _place(row), **{name: _text(row, name) for name in _DECISION_FIELDS}}
            for row in rows
            if not row.is_open
        ],
    }


def from_plain(values: Any) -> tuple[tuple[Row, ...], Report]:
    """The inverse of `to_plain`; MedSAMError for anything else."""
    try:
        if values["format"] != _FORMAT:
            raise MedSAMError(_("The review was written by another version: judge again."))
        report = Report.from_json(json.dumps(values["report"]))
        ids = values["segment_ids"]
        decided = {tuple(each["object"]): each for each in values["decisions"]}
        rows = [Row(each, ids[str(each.label)]) for each in report.objects]
        return tuple(_decided(row, decided.get(_place(row))) for row in rows), report
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise MedSAMError(_("The review is damaged: judge again.")) from error


def _decided(row: Row, values: dict[str, str] | None) -> Row:
    if values is None:
        return row
    texts = {name: str(values[name]) for name in _DECISION_FIELDS[1:]}
    return Row(row.object, row.segment_id, Decision(values["decision"]), **texts)


def _place(row: Row) -> tuple[int, int, int]:
    return row.object.label, row.object.slice, row.object.index


def packed(rows: Sequence[Row], report: Report) -> str:
    """One line of ASCII without quotes or separators, as attributes of nodes need it."""
    text = json.dumps(to_plain(rows, report), allow_nan=False)
    return base64.urlsafe_b64encode(zlib.compress(text.encode("utf-8"), 9)).decode("ascii")


def unpacked(text: str) -> tuple[tuple[Row, ...], Report]:
    """The inverse of `packed`; MedSAMError for a damaged text."""
    try:
        plain = parsed(_inflated(base64.urlsafe_b64decode(text.encode("ascii"))))
    except (ValueError, zlib.error) as error:
        raise MedSAMError(_("The review is damaged: judge again.")) from error
    return from_plain(plain)


def _inflated(data: bytes) -> bytes:
    """What zlib packed; ValueError where it is cut, or far more than a review can be."""
    unpacker = zlib.decompressobj()
    content = unpacker.decompress(data, _MOST_BYTES)
    if not unpacker.eof:
        raise ValueError("cut, or too large")
    return content
