"""Stand-ins for what the session of alternatives works with, beside those of `session_fakes`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from MedSAMLib.errors import MedSAMError
from MedSAMSlicerLib.hypotheses.candidates import SliceSet
from MedSAMSlicerLib.hypotheses.session import Collaborators, HypothesesSession
from MedSAMSlicerLib.self_test.known_alternatives import NestedAlternatives
from MedSAMSlicerLib.session.ports import ModelChoice
from Testing.unit.session_fakes import FakeModels, FakeRunner, FakeSlices, key_of, ras

# Around the square of 6 x 6 pixels at (4, 4) of slices 2 to 7, and around that at (20, 20).
FIRST = (ras(3, 3, 5), ras(10, 10, 5))
SECOND = (ras(19, 19, 5), ras(26, 26, 5))


class RangeSlices(FakeSlices):
    """Axial slices that are known to be parallel."""

    def parallel(self, key, first: int, last: int) -> list:
        return [key_of(index) for index in range(first, last + 1)]


@dataclass
class FakeSource:
    """The box of a segment on some slices (by index), or drawn prompts."""

    boxes: dict[int, tuple] | None = None

    @property
    def is_drawn(self) -> bool:
        return self.boxes is None

    def box(self, key) -> np.ndarray | None:
        box = self.boxes.get(round(key.plane.affine[2, 3]))
        return None if box is None else np.array(box, float)


@dataclass
class FakeDisplay:
    """Remembers what is drawn."""

    sets: dict = field(default_factory=dict)
    current: SliceSet | None = None

    def show(self, sets: Mapping, current: SliceSet | None) -> None:
        self.sets, self.current = dict(sets), current

    def clear(self) -> None:
        self.sets, self.current = {}, None


@dataclass
class FakeTarget:
    """Segments by name; `problem` refuses."""

    name: str = "Object"
    reader: str = ""
    problem: str = ""
    written: list = field(default_factory=list)

    def holds(self, shown: Any) -> bool:
        return any(name == self.name and (mask & shown.mask).any() for name, mask in self.written)

    def write(self, masks, separate: bool) -> str:
        if self.problem:
            raise MedSAMError(self.problem)
        self.written.append((self.name, masks[0].mask))
        return f"written to {self.name}"

    def can_undo(self) -> bool:
        return bool(self.written)

    def undo(self) -> None:
        self.written.pop()


@dataclass
class FakeBook:
    """Rows as tuples."""

    rows: list = field(default_factory=list)

    def add(self, found, candidate, reader: str) -> object:
        self.rows.append((candidate.number, candidate.rule, reader))
        return len(self.rows)

    def remove(self, row: object) -> None:
        self.rows.pop()


@dataclass
class Desk:
    """A session with all its stand-ins; the view "Red" shows slice 5."""

    runner: FakeRunner = field(default_factory=FakeRunner)
    slices: RangeSlices = field(default_factory=RangeSlices)
    models: FakeModels = field(default_factory=lambda: FakeModels(NestedAlternatives()))
    source: FakeSource = field(default_factory=FakeSource)
    display: FakeDisplay = field(default_factory=FakeDisplay)
    target: FakeTarget = field(default_factory=FakeTarget)
    book: FakeBook = field(default_factory=FakeBook)

    def __post_init__(self) -> None:
        parts = (self.runner, self.slices, self.models, self.source, self.display)
        self.session = HypothesesSession(Collaborators(*parts, self.target, self.book))

    def open(self) -> HypothesesSession:
        """The module is open on a volume, and the network is loaded."""
        self.session.set_model(ModelChoice("starter"))
        self.session.set_volume("volume")
        self.session.enter(network_installed=True)
        self.runner.run_all()
        return self.session


def make(desk: Desk, corners=FIRST):
    """Draw a box, wait, and give the alternatives that came of it."""
    desk.session.add_box("Red", *corners)
    desk.runner.run_all()
    return desk.session.current
