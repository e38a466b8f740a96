"""A report as JSON and as a table of comma-separated values."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import MISSING, asdict, fields
from typing import Any, get_args, get_origin, get_type_hints

from ..errors import MedSAMError
from ..json_text import parsed
from ..spreadsheet import plain_cell
from .results import ObjectScore, Report, SegmentScore, SliceScore
from .settings import Settings

KIND = "SlicerMedSAM quality report"
FORMAT = 1
_BOX_SIDES = 4
_ROWS = {"objects": ObjectScore, "slices": SliceScore, "segments": SegmentScore}


def report_to_json(report: Report) -> str:
    """JSON of RFC 8259, which knows no NaN: missing numbers are null."""
    values = {"kind": KIND, "format": FORMAT, **asdict(report)}
    return json.dumps(_without_nan(values), indent=1, allow_nan=False)


def report_from_json(text: str) -> Report:
    """The report that `report_to_json` wrote; MedSAMError for any other text."""
    try:
        values = parsed(text)
        if not isinstance(values, dict) or values.pop("kind", None) != KIND:
            raise MedSAMError("This is not a quality report of SlicerMedSAM.")
        if values.pop("format") != FORMAT:
            raise MedSAMError("The quality report was written by another version: assess again.")
        for name, kind in _ROWS.items():
            values[name] = tuple(_row(kind, each) for each in values[name])
        values["settings"] = Settings.from_dict(values["settings"])
        values["shape"] = tuple(values["shape"])
        return _row(Report, values)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise MedSAMError("The quality report is damaged: assess again.") from error


def report_to_csv(report: Report) -> str:
    """The objects as rows, worst first, with the box in four columns."""
    columns = [field.name for field in fields(ObjectScore)]
    at = columns.index("box")
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow([*columns[:at], "x0", "y0", "x1", "y1", *columns[at + 1 :]])
    for each in report.worst():
        cells = [getattr(each, name) for name in columns]
        writer.writerow([_cell(c) for c in (*cells[:at], *each.box, *cells[at + 1 :])])
    return output.getvalue()


def _row(kind: type, values: dict[str, Any]) -> Any:
    """An instance of a dataclass from JSON: null becomes nan, lists become tuples."""
    kinds = get_type_hints(kind, localns={"np": None})
    restored = {}
    for field in fields(kind):
        if field.name not in values and field.default is not MISSING:
            continue
        value = values[field.name]
        if kinds[field.name] is float:
            value = math.nan if value is None else float(value)
        restored[field.name] = _checked(value, kinds[field.name])
    return kind(**restored)


def _checked(value: Any, kind: Any) -> Any:
    """A list as a tuple; TypeError for a number, a text or a list in the place of another."""
    if isinstance(value, list):
        value = tuple(value)
    wanted = get_origin(kind) or kind
    is_known = wanted in (int, str, tuple)
    if is_known and (not isinstance(value, wanted) or isinstance(value, bool)):
        raise TypeError(f"{value!r} is no {wanted.__name__}")
    if get_args(kind) == (int,) * _BOX_SIDES and len(value) != _BOX_SIDES:
        raise TypeError(f"{value!r} is no box")
    return value


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nan(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.6g}"
    return plain_cell(value)
