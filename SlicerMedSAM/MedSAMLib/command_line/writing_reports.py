"""The files of `medsam assess` for a single case: refused early, written whole."""

from __future__ import annotations

import csv
import io
import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import MedSAMError, UsageError
from ..files import atomic_path

if TYPE_CHECKING:
    from ..quality.cohort.case_result import CaseResult
    from ..quality.cohort.cases import Case

Outputs = Mapping[str, Path | None]


def check_outputs(outputs: Outputs, force: bool, inputs: Iterable[Path]) -> None:
    """Tell what is wrong with the files to write before minutes are spent on them."""
    read = {each.resolve() for each in inputs}
    written: set[Path] = set()
    for option, path in outputs.items():
        if path is None:
            continue
        if path.resolve() in read:
            raise UsageError(f"--{option} would replace {path}, which is to be read.")
        if path.resolve() in written:
            raise UsageError(f"{path} is given for two reports.")
        written.add(path.resolve())
        _check(path, force)


def _check(path: Path, force: bool) -> None:
    if path.is_dir():
        raise UsageError(f"{path} is a folder, not a file.")
    if path.exists() and not force:
        raise UsageError(f"{path} is already there: add --force to replace it.")
    if not path.parent.is_dir():
        raise MedSAMError(f"{path} cannot be written: there is no folder {path.parent}.")
    if not os.access(path.parent, os.W_OK):
        raise MedSAMError(f"{path} cannot be written: you may not write into {path.parent}.")


def write_reports(outputs: Outputs, result: CaseResult, case: Case, force: bool) -> Iterator[Path]:
    """Write what was asked for; gives each path when its file is there."""
    texts = {"json": json_text, "csv": csv_text, "html": lambda found, _: found.page}
    for option, path in outputs.items():
        if path is not None:
            with atomic_path(path, overwrite=force) as temporary:
                temporary.write_text(texts[option](result, case), encoding="utf-8", newline="")
            yield path


def json_text(result: CaseResult, case: Case) -> str:
    """The report, which `Report.from_json` reads, and beside it what else is known of the case."""
    values = json.loads(result.report.to_json())
    values["inputs"] = {name: path.name for name, path in case.inputs.items()}
    values["notes"] = list(result.notes)
    values["baselines"] = {
        name: None if math.isnan(value) else value for name, value in result.baselines.items()
    }
    values["findings"] = [each.to_dict() for each in result.findings]
    values["truth"] = None if result.truth is None else result.truth.to_dict()
    return json.dumps(values, indent=1, allow_nan=False)


def csv_text(result: CaseResult, _: Case) -> str:
    """The report's table; where the truth is known, with the Dice in the slice and in all."""
    text, truth = result.report.to_csv(), result.truth
    if truth is None:
        return text
    header, *rows = csv.reader(io.StringIO(text))
    label, index = header.index("label"), header.index("slice")
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([*header, "true_dice_slice", "true_dice_segment"])
    for row in rows:
        in_slice = truth.slices.get((int(row[label]), int(row[index])), math.nan)
        in_all = truth.segments.get(int(row[label]), math.nan)
        writer.writerow([*row, *("" if v != v else f"{v:.6g}" for v in (in_slice, in_all))])
    return stream.getvalue()
