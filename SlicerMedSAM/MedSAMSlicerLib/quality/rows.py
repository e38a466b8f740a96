"""A judged object with what a reviewer decided about it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from enum import Enum

from MedSAMLib.quality.results import ObjectScore

Key = tuple[str, int, int]


class Decision(str, Enum):
    """What a reviewer says of an object. Nothing else happens to it."""

    OPEN = ""
    ACCEPTED = "accepted"
    FLAGGED = "flagged"


class Reason(str, Enum):
    """Why an object is flagged."""

    LEAK = "leak"
    MISSING_PART = "missing part"
    WRONG_LABEL = "wrong label"
    MERGED = "merged"
    OTHER = "other"


@dataclass(frozen=True)
class Row:
    """An object of a slice, and the decision.

    Attributes:
        segment_id: of the segment, which may have another name or number by now.
        time: of the decision, ISO 8601 in UTC; "" where there is none.
    """

    object: ObjectScore
    segment_id: str
    decision: Decision = Decision.OPEN
    reason: str = ""
    note: str = ""
    reviewer: str = ""
    time: str = ""

    @property
    def key(self) -> Key:
        """Which object it is, as long as the segmentation is not judged anew."""
        return self.segment_id, self.object.slice, self.object.index

    @property
    def is_open(self) -> bool:
        """Whether nobody has decided."""
        return self.decision is Decision.OPEN

    @property
    def has_score(self) -> bool:
        """Whether the judge could say anything."""
        return not math.isnan(self.object.score)

    def is_below(self, threshold: float) -> bool:
        """Whether it deserves a second look; what is too small for a score is no reason to look."""
        return self.has_score and self.object.score < threshold


def rows_of(objects: Sequence[ObjectScore], ids: dict[int, str]) -> tuple[Row, ...]:
    """Rows without decisions; ids: label -> ID of the segment."""
    return tuple(Row(each, ids[each.label]) for each in objects)


def with_decisions(rows: Sequence[Row], decided: Sequence[Row]) -> tuple[Row, ...]:
    """The rows with the decisions that were taken before about exactly the same objects.

    An object that has another outline now (box or area) must be looked at again.
    """
    known = {(row.key, row.object.box, row.object.area): row for row in decided}
    return tuple(_like(row, known.get((row.key, row.object.box, row.object.area))) for row in rows)


def _like(row: Row, decided: Row | None) -> Row:
    return row if decided is None else replace(decided, object=row.object)


def now() -> str:
    """The time for a decision."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
