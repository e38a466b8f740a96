"""A choice among alternatives as a row of text: what the table keeps and what is exported."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from MedSAMLib.spreadsheet import plain_cell

from .candidates import Candidate, SliceSet

# `training.seqsam` reads files with these columns.
COLUMNS = (
    "time",
    "reader",
    "volume",
    "slice",
    "axis",
    "plane",
    "prompt_box",
    "prompt_points",
    "model",
    "method",
    "count",
    "chosen",
    "medoid",
    "disagreement",
    "areas",
    "merged",
    "masks",
)
OBLIQUE = "oblique"
_DECIMALS = 6


@dataclass(frozen=True)
class Circumstances:
    """Who chose, when (ISO 8601) and where.

    slice: index along `axis`; None on an oblique slice.
    """

    time: str
    reader: str
    volume: str
    axis: str = OBLIQUE
    slice: int | None = None


def row(found: SliceSet, candidate: Candidate, where: Circumstances) -> dict[str, str]:
    """The choice of a candidate, with the alternatives that were not chosen.

    Alternatives are counted from 1, also as `medoid`; `merged` is the rule of a combination.
    plane: pixel -> world (mm), 4 x 4. Boxes and points are in pixels, masks are run lengths.
    """
    prompts, hypotheses = found.prompts, found.hypotheses
    values = {
        "time": where.time,
        "reader": where.reader,
        "volume": where.volume,
        "slice": "" if where.slice is None else str(where.slice),
        "axis": where.axis,
        "plane": _json(found.slice.plane.affine.round(_DECIMALS).tolist()),
        "prompt_box": "" if prompts.box is None else _json(_rounded(prompts.box)),
        "prompt_points": "" if prompts.points is None else _json(_points(prompts)),
        "model": found.model,
        "method": hypotheses.method,
        "count": str(len(hypotheses)),
        "chosen": candidate.number,
        "medoid": str(hypotheses.medoid + 1),
        "disagreement": f"{hypotheses.disagreement:.6f}",
        "areas": _json(hypotheses.areas.tolist()),
        "merged": candidate.rule,
        "masks": _json(list(found.encoded)),
    }
    return {column: values[column] for column in COLUMNS}


def to_csv(rows: Iterable[Mapping[str, str]]) -> str:
    """Rows as a CSV text (RFC 4180) with a line of column names."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore", restval="")
    writer.writeheader()
    writer.writerows({name: plain_cell(text) for name, text in row.items()} for row in rows)
    return text.getvalue()


def _points(prompts: object) -> list[list[float]]:
    pairs = zip(_rounded(prompts.points), prompts.labels.tolist(), strict=True)
    return [[*point, int(label)] for point, label in pairs]


def _rounded(numbers: object) -> list:
    return numbers.round(_DECIMALS).tolist()


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
