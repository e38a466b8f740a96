"""The list of cases: a CSV with one row a segmentation."""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import MedSAMError, UsageError
from .case_ids import checked_id, id_of_file

REQUIRED = ("image", "segmentation")
OPTIONAL = ("id", "probabilities", "truth")
# Spreadsheets of other countries separate by semicolons, exports of databases by tabs.
_DELIMITERS = ",;\t"


@dataclass(frozen=True)
class Case:
    """One segmentation to assess.

    id: also the name of its result files. probabilities: the segmenter's own, truth: the true
    labels; None where they are not known.
    """

    id: str
    image: Path
    segmentation: Path
    probabilities: Path | None = None
    truth: Path | None = None

    @property
    def inputs(self) -> dict[str, Path]:
        """The files (or DICOM folders) by the names of their columns."""
        given = {
            "image": self.image,
            "segmentation": self.segmentation,
            "probabilities": self.probabilities,
            "truth": self.truth,
        }
        return {name: path for name, path in given.items() if path is not None}


def read_cases(path: str | os.PathLike[str]) -> list[Case]:
    """Read a CSV with the columns image, segmentation, and if wanted id, probabilities, truth.

    Commas, semicolons or tabs separate; relative paths start from the CSV's folder; empty rows
    and other columns are passed over. Whether the files are there is not looked at: a broken case
    does not stop the others. MedSAMError where the CSV cannot be read; UsageError, with the row's
    number as a spreadsheet shows it, where it is no list of cases.
    """
    path = Path(path)
    header, rows = _rows(path)
    cases = [_case(path.parent, dict(zip(header, row, strict=False)), n) for n, row in rows]
    if not cases:
        raise UsageError(f"{path} lists no cases.")
    return _with_unique_ids(cases, [number for number, _ in rows])


def _rows(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header and the rows that hold something, with their numbers."""
    text = _text(path)
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise UsageError(f"{path} is not a CSV that can be read: {error}.") from error
    header = [name.strip().lower() for name in lines[0]] if lines else []
    _check_header(header, path)
    rows = [(n, [cell.strip() for cell in row]) for n, row in enumerate(lines[1:], start=2)]
    return header, [(n, row) for n, row in rows if any(row)]


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise MedSAMError(f"{path} cannot be read: {error.strerror}.") from error
    if b"\0" in content:
        raise UsageError(f"{path} is not a CSV: save the list as comma-separated text.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")  # an older Excel's export


def _check_header(header: Sequence[str], path: Path) -> None:
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        raise UsageError(
            f"{path} has no column {' and no column '.join(missing)}: its first row must name "
            "the columns image, segmentation and, if wanted, id, probabilities, truth."
        )
    twice = [name for name in (*REQUIRED, *OPTIONAL) if header.count(name) > 1]
    if twice:
        raise UsageError(f"{path} has the column {twice[0]} more than once.")


def _case(folder: Path, row: dict[str, str], number: int) -> Case:
    for name in REQUIRED:
        if not row.get(name):
            raise UsageError(f"Row {number} has no {name}.")
    image = folder / row["image"]
    given = row.get("id", "")
    return Case(
        id=checked_id(given, number) if given else id_of_file(image, number),
        image=image,
        segmentation=folder / row["segmentation"],
        probabilities=folder / row["probabilities"] if row.get("probabilities") else None,
        truth=folder / row["truth"] if row.get("truth") else None,
    )


def _with_unique_ids(cases: list[Case], numbers: list[int]) -> list[Case]:
    """Upper and lower case do not tell files apart on every system, so they do not here."""
    first: dict[str, int] = {}
    for case, number in zip(cases, numbers, strict=True):
        before = first.setdefault(case.id.casefold(), number)
        if before != number:
            count = Counter(each.id.casefold() for each in cases)[case.id.casefold()]
            raise UsageError(
                f"Rows {before} and {number} have the same id {case.id!r} ({count} rows in all): "
                "give each row an id of its own in the column id."
            )
    return cases
