"""Objects that the segmentation may lack, as the judge suggests them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np


class Answer(Enum):
    """What the reviewer says."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DISMISSED = "dismissed"


@dataclass(frozen=True, eq=False)
class Suggested:
    """A missed object. mask: (H, W) bool of slice `slice`; box: (x0, y0, x1, y1).

    segment_id, name: the segment whose objects it looks like. confidence, stability,
    similarity: 0..1, see `MedSAMLib.quality.missed`.
    """

    slice: int
    mask: np.ndarray
    box: tuple[int, int, int, int]
    segment_id: str
    name: str
    confidence: float
    stability: float
    similarity: float


class Suggestions:
    """The list of suggestions, the most convincing first, and what was answered."""

    def __init__(self, found: Sequence[Suggested] = ()) -> None:
        ordered = sorted(found, key=lambda each: (-each.similarity, -each.confidence, each.slice))
        self._items = [(each, Answer.OPEN) for each in ordered]
        self.selected = -1

    def __len__(self) -> int:
        return len(self._items)

    @property
    def items(self) -> tuple[tuple[Suggested, Answer], ...]:
        """All of them with their answers."""
        return tuple(self._items)

    @property
    def current(self) -> Suggested | None:
        """The selected one."""
        return self._items[self.selected][0] if 0 <= self.selected < len(self._items) else None

    @property
    def current_is_open(self) -> bool:
        """Whether the selected one waits for an answer."""
        return self.current is not None and self._items[self.selected][1] is Answer.OPEN

    @property
    def open_count(self) -> int:
        """How many wait for an answer."""
        return sum(answer is Answer.OPEN for _each, answer in self._items)

    def answer(self, answer: Answer) -> None:
        """Answer the selected one."""
        self._items[self.selected] = self._items[self.selected][0], answer

    def next_open(self) -> int:
        """The first one after the selected that waits for an answer; -1 if none does."""
        count = len(self._items)
        order = [(self.selected + step) % count for step in range(1, count + 1)]
        return next((n for n in order if self._items[n][1] is Answer.OPEN), -1)
