"""What came of one case, and the file that keeps it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ...errors import MedSAMError
from ...json_text import parsed
from ..pages.thumbnails import Thumbnail
from ..results import Report
from .extra_checks import Finding
from .truth import TrueDice

KIND, FORMAT = "SlicerMedSAM cohort case", 1


@dataclass(frozen=True)
class CaseResult:
    """A case that was assessed, or one that could not be.

    Attributes:
        inputs: what the files were like (see `fingerprint.py`): others make another result.
        error: the sentence why the case is broken; "" for one that was assessed.
        report: None for a broken case, like what follows.
        notes: sentences about the data. baselines: other quality measures, name -> 0..1.
        findings: what was found besides by the checks that ran.
        truth: real Dice where the truth was given. picture: the worst object.
        page: HTML; it is kept in a file of its own.
        seconds: what the case took; the only thing that differs from run to run.
    """

    id: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    report: Report | None = None
    notes: tuple[str, ...] = ()
    baselines: Mapping[str, float] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    truth: TrueDice | None = None
    picture: Thumbnail | None = None
    page: str = ""
    seconds: float = math.nan

    @property
    def is_broken(self) -> bool:
        """Whether it could not be assessed."""
        return self.report is None

    def to_json(self) -> str:
        """The text of the case's file, without the page."""
        values = {
            "kind": KIND,
            "format": FORMAT,
            "id": self.id,
            "status": "broken" if self.is_broken else "assessed",
            "error": self.error,
            "notes": list(self.notes),
            "inputs": self.inputs,
            "baselines": {n: _null_if_nan(value) for n, value in self.baselines.items()},
            "findings": [each.to_dict() for each in self.findings],
            "truth": None if self.truth is None else self.truth.to_dict(),
            "seconds": _null_if_nan(round(self.seconds, 3)),
            "report": None if self.report is None else _timeless(self.report),
            "picture": None if self.picture is None else self.picture.to_dict(),
        }
        return json.dumps(values, indent=1, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> CaseResult:
        """The inverse of `to_json`; MedSAMError for any other text."""
        try:
            values = parsed(text)
            if values["kind"] != KIND or values["format"] != FORMAT:
                raise MedSAMError("This is no result of a case of this version.")
            return cls(
                id=str(values["id"]),
                inputs=values["inputs"],
                error=str(values["error"]),
                report=_restored(values["report"], lambda v: Report.from_json(json.dumps(v))),
                notes=tuple(values["notes"]),
                baselines={n: _nan_if_null(v) for n, v in values["baselines"].items()},
                findings=tuple(Finding.from_dict(each) for each in values["findings"]),
                truth=_restored(values["truth"], TrueDice.from_dict),
                picture=_restored(values["picture"], Thumbnail.from_dict),
                seconds=_nan_if_null(values["seconds"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
            raise MedSAMError("The result of a case is damaged.") from error


def _timeless(report: Report) -> dict[str, Any]:
    """The report's values; its time is this file's `seconds`, so that no other value varies."""
    return json.loads(replace(report, seconds=0.0).to_json())


def _restored(values, restore):
    return None if values is None else restore(values)


def _null_if_nan(value: float) -> float | None:
    return None if math.isnan(value) else value


def _nan_if_null(value: float | None) -> float:
    return math.nan if value is None else float(value)
