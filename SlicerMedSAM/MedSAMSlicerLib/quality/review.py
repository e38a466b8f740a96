"""The review list: which rows are seen in which order, what is decided, and what comes next."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from .rows import Decision, Key, Row, now


class Column(Enum):
    """What the list can be sorted by."""

    SEGMENT = "segment"
    SLICE = "slice"
    OBJECT = "object"
    SCORE = "score"
    STATUS = "status"


_SORT_KEYS: dict[Column, Callable[[Row], tuple]] = {
    Column.SEGMENT: lambda row: (row.object.name.lower(), row.object.label),
    Column.SLICE: lambda row: (row.object.slice,),
    Column.OBJECT: lambda row: (row.object.index,),
    Column.SCORE: lambda row: (row.object.score if row.has_score else math.inf,),
    Column.STATUS: lambda row: (row.decision.value, row.object.status),
}


@dataclass(frozen=True)
class Counts:
    """How far the review is."""

    objects: int
    below: int
    open_below: int
    accepted: int
    flagged: int


class Review:
    """Rows, decisions and the selected row; it knows neither Slicer nor Qt."""

    def __init__(self, rows: Sequence[Row] = (), threshold: float = 0.7) -> None:
        self._rows = {row.key: row for row in rows}
        self._threshold = threshold
        self._column, self._descending = Column.SCORE, False
        self._only_below = False
        self._selected: Key | None = None
        self._undo: list[Row] = []
        self._shown: tuple[Row, ...] | None = None

    # What there is

    @property
    def rows(self) -> tuple[Row, ...]:
        """All of them, in the order of the report."""
        return tuple(self._rows.values())

    @property
    def threshold(self) -> float:
        """Objects with a score below it deserve a second look."""
        return self._threshold

    @property
    def order(self) -> tuple[Column, bool]:
        """Column, and whether the largest comes first."""
        return self._column, self._descending

    @property
    def selected(self) -> Row | None:
        """The row that the views show."""
        return self._rows.get(self._selected) if self._selected else None

    @property
    def shown(self) -> tuple[Row, ...]:
        """The rows of the list, in its order; what has no score comes last in either direction."""
        if self._shown is None:
            self._shown = tuple(self._ordered())
        return self._shown

    @property
    def counts(self) -> Counts:
        """How far the review is."""
        below = [row for row in self.rows if row.is_below(self._threshold)]
        return Counts(
            objects=len(self._rows),
            below=len(below),
            open_below=sum(row.is_open for row in below),
            accepted=sum(row.decision is Decision.ACCEPTED for row in self.rows),
            flagged=sum(row.decision is Decision.FLAGGED for row in self.rows),
        )

    @property
    def can_undo(self) -> bool:
        """Whether a decision can be taken back."""
        return bool(self._undo)

    # What the list shows

    def set_threshold(self, threshold: float) -> None:
        """What counts as low."""
        self._threshold, self._shown = threshold, None

    def set_only_below(self, only: bool) -> None:
        """Leave out of the list what is not below the threshold; what is flagged stays."""
        self._only_below, self._shown = only, None

    @property
    def only_below(self) -> bool:
        """Whether the list leaves out what is not below the threshold."""
        return self._only_below

    def set_order(self, column: Column, descending: bool) -> None:
        """Sort by a column in a direction."""
        self._column, self._descending, self._shown = column, descending, None

    def sort(self, column: Column) -> None:
        """By a column; by the same one again in the other direction."""
        self._descending = column is self._column and not self._descending
        self._column, self._shown = column, None

    def _ordered(self) -> list[Row]:
        rows = [row for row in self.rows if self._is_listed(row)]
        rows.sort(key=_worst_first)
        rows.sort(key=_SORT_KEYS[self._column], reverse=self._descending)
        return [r for r in rows if r.has_score] + [r for r in rows if not r.has_score]

    def _is_listed(self, row: Row) -> bool:
        if not self._only_below:
            return True
        return row.is_below(self._threshold) or row.decision is Decision.FLAGGED

    # Going through it

    def select(self, key: Key | None) -> Row | None:
        """Choose a row; None for none."""
        self._selected = key if key in self._rows else None
        return self.selected

    def next_open(self, only_low: bool = False) -> Row | None:
        """The next row of the list without a decision, from the top again after the end.

        Those below the threshold come first, and are all that counts with `only_low`.
        """
        wanted = [row for row in self.shown if row.is_open and row.has_score]
        wanted = [row for row in wanted if row.key != self._selected]
        low = [row for row in wanted if row.is_below(self._threshold)]
        candidates = low if low or only_low else wanted
        return self._after_selected(candidates)

    def previous(self) -> Row | None:
        """The row above the selected one."""
        keys = [row.key for row in self.shown]
        if self._selected not in keys or keys.index(self._selected) == 0:
            return None
        return self.shown[keys.index(self._selected) - 1]

    def worst_of_slice(self, index: int, segment_id: str = "") -> Row | None:
        """The lowest score in a slice, of one segment or of all."""
        found = [
            row
            for row in self.rows
            if row.object.slice == index and segment_id in ("", row.segment_id)
        ]
        return min(found, key=_worst_first, default=None)

    def _after_selected(self, candidates: Sequence[Row]) -> Row | None:
        places = {row.key: place for place, row in enumerate(self.shown)}
        at = places.get(self._selected, -1) if self._selected else -1
        later = (row for row in candidates if places[row.key] > at)
        return next(later, candidates[0] if candidates else None)

    # Deciding

    def decide(
        self, key: Key, decision: Decision, reason: str = "", note: str = "", reviewer: str = ""
    ) -> Row:
        """Take a decision about a row, or none again (OPEN); it can be undone."""
        row = self._rows[key]
        self._undo.append(row)
        if decision is Decision.OPEN:
            changed = Row(row.object, row.segment_id)
        else:
            reason = reason if decision is Decision.FLAGGED else ""
            changed = replace(
                row,
                decision=decision,
                reason=reason,
                note=note,
                reviewer=reviewer,
                time=now(),
            )
        self._put(changed)
        return changed

    def undo(self) -> Row | None:
        """Take the last decision back; returns the row as it is again."""
        if not self._undo:
            return None
        row = self._undo.pop()
        self._put(row)
        return row

    def _put(self, row: Row) -> None:
        self._rows[row.key] = row
        self._shown = None


def slice_scores(rows: Iterable[Row]) -> dict[int, float]:
    """Slice -> its lowest score; nan where no object of it has one."""
    found: dict[int, float] = {}
    for row in rows:
        score, known = row.object.score, found.get(row.object.slice, math.nan)
        found[row.object.slice] = known if math.isnan(score) else _lower(known, score)
    return found


def _lower(known: float, score: float) -> float:
    return score if math.isnan(known) else min(known, score)


def _worst_first(row: Row) -> tuple:
    score = row.object.score if row.has_score else math.inf
    return (score, row.object.label, row.object.slice, row.object.index)
