"""What the decisions about its objects make of a segment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from .rows import Decision, Row


def segment_decisions(rows: Sequence[Row], threshold: float) -> dict[str, Decision]:
    """ID of a segment -> flagged, accepted, or open.

    Flagged: at least one object is. Accepted: at least one object is, none is flagged, and
    none below the threshold waits for a decision.
    """
    by_segment: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_segment[row.segment_id].append(row)
    return {each: _decision(found, threshold) for each, found in by_segment.items()}


def _decision(rows: Sequence[Row], threshold: float) -> Decision:
    taken = {row.decision for row in rows}
    if Decision.FLAGGED in taken:
        return Decision.FLAGGED
    waits = any(row.is_open and row.is_below(threshold) for row in rows)
    return Decision.ACCEPTED if Decision.ACCEPTED in taken and not waits else Decision.OPEN
