"""What the score cannot see, looked for by other means: missed objects and wrong labels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ...sam.predictor import SamModel

MISSED, LABELS = "missed", "labels"
CHECKS = (MISSED, LABELS)


@dataclass(frozen=True)
class Finding:
    """A place to look at. Nothing is certain about it.

    Attributes:
        check: "missed" or "labels".
        name: of the segment: the one that may be missing here, or the one whose label is doubted.
        nearer: for "labels", the segment that the object looks like; else "".
        slice, box: where; (x0, y0, x1, y1) in pixels of the slice, exclusive end.
        similarity: to the objects of `name` for "missed", of `nearer` for "labels"; cosine.
    """

    check: str
    name: str
    nearer: str
    slice: int
    box: tuple[int, int, int, int]
    similarity: float

    @property
    def told(self) -> str:
        """In a few words."""
        if self.check == MISSED:
            return f"{self.name} may be missing here"
        return f"{self.name} looks like {self.nearer}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        values = asdict(self)
        values["box"] = list(self.box)
        values["similarity"] = None if math.isnan(self.similarity) else self.similarity
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Finding:
        """The inverse of `to_dict`."""
        similarity = values["similarity"]
        known = {
            "box": tuple(int(edge) for edge in values["box"]),
            "similarity": math.nan if similarity is None else float(similarity),
        }
        return cls(**{**values, **known})


def extra_checks(
    model: SamModel, image: np.ndarray, labels: np.ndarray, checks: Sequence[str], **options
) -> tuple[Finding, ...]:
    """Run the checks that are named; image, labels and options are those of `assess`."""
    found: list[Finding] = []
    if MISSED in checks:
        found += _missed(model, image, labels, options)
    if LABELS in checks:
        found += _wrong_labels(model, image, labels, options)
    return tuple(found)


def told(checks: Sequence[str], findings: Sequence[Finding]) -> list[str]:
    """A sentence for each check that ran."""
    count = {check: sum(each.check == check for each in findings) for check in checks}
    names = {MISSED: "Missed objects", LABELS: "Wrong labels"}
    return [
        f"{names[check]} were looked for beside the score: {count[check]} "
        f"suggestion{'' if count[check] == 1 else 's'}, none of them certain. What such a check "
        "does not find may still be there."
        for check in checks
    ]


def _missed(model, image, labels, options) -> list[Finding]:
    from ..missed import suggest_missed_in_volume

    return [
        Finding(MISSED, each.name, "", each.slice, _box(each), float(each.similarity))
        for each in suggest_missed_in_volume(model, image, labels, **options)
    ]


def _wrong_labels(model, image, labels, options) -> list[Finding]:
    from ..wrong_labels import find_wrong_labels

    return [
        Finding(
            LABELS, each.name, each.nearer_name, each.slice, _box(each),
            float(each.nearer_similarity),
        )
        for each in find_wrong_labels(model, image, labels, **options)
    ]  # fmt: skip


def _box(each) -> tuple[int, int, int, int]:
    return tuple(int(edge) for edge in each.box)
