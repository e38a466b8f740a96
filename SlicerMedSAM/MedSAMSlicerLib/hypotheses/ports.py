"""What the session of alternatives needs from the outside, beside the ports of `session.ports`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..session.ports import Models, Runner, ShownMask, Slices
from ..session.prompts import SliceKey
from .candidates import Candidate, SliceSet


class SliceRange(Slices, Protocol):
    """The chosen volume, with the slices beside the shown one."""

    def parallel(self, key: SliceKey, first: int, last: int) -> Sequence[SliceKey]:
        """The slices parallel to one, from index `first` to `last`; MedSAMError if oblique."""


class Source(Protocol):
    """The segment whose box is the prompt, where the user has chosen that."""

    @property
    def is_drawn(self) -> bool:
        """Whether drawn prompts are used instead."""

    def box(self, key: SliceKey) -> np.ndarray | None:
        """Its box (4,) on a slice, in pixels; None where it has nothing there."""


class Display(Protocol):
    """Draws alternatives in the views."""

    def show(self, sets: Mapping[SliceKey, SliceSet], current: SliceSet | None) -> None:
        """Draw these; the chosen candidate of the current slice stands out."""

    def clear(self) -> None:
        """Draw nothing."""


class Target(Protocol):
    """The segment that accepted masks go to."""

    @property
    def name(self) -> str:
        """Of the segment that the next mask would go to; "" for one that is not there yet."""

    @property
    def reader(self) -> str:
        """Whose version it is; "" without a name."""

    def holds(self, shown: ShownMask) -> bool:
        """Whether that segment has any pixel of the mask."""

    def write(self, masks: Sequence[ShownMask], separate: bool) -> str:
        """Add the masks as one undo step; a sentence for the user."""

    def can_undo(self) -> bool:
        """Whether the last accepted mask can be taken back."""

    def undo(self) -> None:
        """Take it back."""


class Book(Protocol):
    """The table of choices."""

    def add(self, found: SliceSet, candidate: Candidate, reader: str) -> object:
        """Write a choice down; what is returned stands for its row."""

    def remove(self, row: object) -> None:
        """Take the row out again, if it is there still."""


@dataclass(frozen=True)
class Collaborators:
    """What the session works with."""

    runner: Runner
    slices: SliceRange
    models: Models
    source: Source
    display: Display
    target: Target
    book: Book
