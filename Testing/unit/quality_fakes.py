"""Stand-ins for what the review works with; the tests decide when the worker is done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from MedSAMLib.errors import MedSAMError
from MedSAMLib.quality.results import ObjectScore
from MedSAMSlicerLib.quality.ports import Collaborators, Outlines, Request, SliceCase, Subject
from MedSAMSlicerLib.quality.session import QualitySession
from MedSAMSlicerLib.self_test.bright_pixels import StandInModels
from MedSAMSlicerLib.self_test.known_judge import KnownJudge
from Testing.unit.session_fakes import FakeRunner

COUNT, SIDE = 6, 32
AFFINE = np.diag([-1.0, -1.0, 1.0, 1.0])
SQUARE = (slice(4, 12), slice(6, 16))  # rows, columns
OTHER = (slice(20, 28), slice(18, 26))


def scored(
    score: float, index: int = 0, label: int = 1, number: int = 0, status: str = "ok"
) -> ObjectScore:
    """An object of which only the score matters."""
    rest = dict.fromkeys(("jitter", "spread", "combined"), float("nan"))
    return ObjectScore(
        label=label,
        name=f"Label {label}",
        slice=index,
        index=number,
        box=(1, 2, 11, 12),
        area=100,
        score=score,
        dice_point=score,
        dice_box=score,
        confidence=0.9,
        status=status,
        **rest,
    )


def image() -> np.ndarray:
    """Two bright squares in every slice."""
    found = np.zeros((COUNT, SIDE, SIDE), np.uint8)
    found[(slice(None), *SQUARE)] = found[(slice(None), *OTHER)] = 200
    return found


def masks() -> dict[str, np.ndarray]:
    """Both squares as segments; the first one is moved aside in slice 3."""
    first, second = np.zeros((2, COUNT, SIDE, SIDE), bool)
    first[(slice(None), *SQUARE)] = True
    first[3] = np.roll(first[3], (3, 4), axis=(0, 1))
    second[(slice(None), *OTHER)] = True
    return {"a": first, "b": second}


@dataclass
class FakeScene:
    """Reader, display, segments and keeper; remembers what was asked of it."""

    segments: dict[str, np.ndarray] = field(default_factory=masks)
    error: str = ""
    went_to: list[tuple] = field(default_factory=list)
    outlines: Outlines | None = None
    colors: dict[str, float] = field(default_factory=dict)
    marks: dict[str, Any] = field(default_factory=dict)
    kept: tuple = ()
    added: list[Any] = field(default_factory=list)

    def read(self, request: Request) -> Subject:
        if self.error:
            raise MedSAMError(self.error)
        ids = tuple(i for i in self.segments if i in (request.segment_ids or self.segments))
        labels = np.zeros((COUNT, SIDE, SIDE), np.uint16)
        for number, segment_id in enumerate(ids, start=1):
            labels[self.segments[segment_id]] = number
        names = tuple(f"Segment {segment_id}" for segment_id in ids)
        return Subject(image(), AFFINE, (127, 255), labels, ids, names, tuple(self.segments))

    def slice_case(self, segment_id: str, array_axis: int, index: int) -> SliceCase:
        mask = self.segments[segment_id].take(index, axis=array_axis)
        return SliceCase(image().take(index, axis=array_axis), mask, (127, 255))

    def go_to(self, array_axis: int, index: int, box: Any) -> None:
        self.went_to.append((array_axis, index, tuple(box)))

    def show(self, array_axis: int, index: int, outlines: Outlines) -> None:
        self.outlines = outlines

    def clear_outlines(self) -> None:
        self.outlines = None

    def color(self, scores: dict[str, float]) -> None:
        self.colors = dict(scores)

    def uncolor(self) -> None:
        self.colors = {}

    def mark(self, decisions: dict[str, Any]) -> None:
        self.marks = dict(decisions)

    def add(self, suggested: Any, array_axis: int) -> None:
        if self.error:
            raise MedSAMError(self.error)
        self.added.append(suggested)

    def undo(self) -> None:
        self.added.pop()

    def forget(self) -> None:
        pass

    def keep(self, rows: Any, report: Any) -> None:
        self.kept = (rows, report)


@dataclass
class Bench:
    """A session with its stand-ins, opened on a segmentation."""

    scene: FakeScene = field(default_factory=FakeScene)
    runner: FakeRunner = field(default_factory=FakeRunner)
    models: Any = field(default_factory=lambda: StandInModels(KnownJudge()))

    def __post_init__(self) -> None:
        scene = self.scene
        self.session = QualitySession(
            Collaborators(self.runner, self.models, scene, scene, scene, scene)
        )
        self.session.enter(True)
        self.session.set_subject("volume", "segmentation")

    def work(self) -> None:
        """Let the worker do all that is ordered."""
        while self.runner.waiting:
            self.runner.run_one()

    def judge(self, request: Request | None = None) -> None:
        """Judge, and let the worker finish."""
        self.session.run(request or Request())
        self.work()
