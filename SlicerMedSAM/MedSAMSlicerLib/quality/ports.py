"""What the review needs from the outside; `scene` fills it in Slicer, fakes do in tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from MedSAMLib.quality.results import Report
from MedSAMLib.quality.settings import Settings

from ..session.ports import ModelChoice, Models, Runner, Window
from .rows import Decision, Row
from .suggestions import Suggested

__all__ = ["ModelChoice", "Models", "Runner", "Window"]


@dataclass(frozen=True)
class Request:
    """What is to be judged.

    Attributes:
        segment_ids: () for all segments.
        slices: first and last, both judged; None for all.
    """

    segment_ids: tuple[str, ...] = ()
    slices: tuple[int, int] | None = None
    settings: Settings = field(default_factory=Settings)


@dataclass(frozen=True, eq=False)
class Subject:
    """A copy of the image and of the segments on its grid, for the worker.

    Attributes:
        image: (K, J, I[, 3]); affine: (4, 4), voxel -> world mm; window: see `SliceImage`.
        labels: (K, J, I) with the numbers 1, 2, ... in the order of `segment_ids`; or, where
            segments overlap, (C, K, J, I) bool.
        names: of these segments, in the same order.
        all_ids: of all segments of the segmentation, in its order.
    """

    image: np.ndarray
    affine: np.ndarray
    window: Window
    labels: np.ndarray
    segment_ids: tuple[str, ...]
    names: tuple[str, ...]
    all_ids: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class SliceCase:
    """A copy of one slice: image (H, W[, 3]) and what the segment has there, (H, W) bool."""

    image: np.ndarray
    mask: np.ndarray
    window: Window


@dataclass(frozen=True, eq=False)
class Outlines:
    """Masks (H, W) bool in a slice: the given object, and the judge's for a point and a box.

    None for what there is not, or not yet.
    """

    given: np.ndarray | None = None
    point: np.ndarray | None = None
    box: np.ndarray | None = None


class Reader(Protocol):
    """Takes pixels out of the scene. MedSAMError with a sentence where it cannot be done."""

    def read(self, request: Request) -> Subject:
        """What is to be judged."""

    def slice_case(self, segment_id: str, array_axis: int, index: int) -> SliceCase:
        """One slice of one segment."""


class Display(Protocol):
    """Shows the review in the views."""

    def go_to(self, array_axis: int, index: int, box: Sequence[int]) -> None:
        """All views look at the middle of a box (x0, y0, x1, y1) of a slice."""

    def show(self, array_axis: int, index: int, outlines: Outlines) -> None:
        """Draw outlines in a slice, and no others."""

    def color(self, scores: Mapping[str, float]) -> None:
        """Color segments (by ID) by their scores."""

    def uncolor(self) -> None:
        """Give the segments their own colors again."""

    def clear_outlines(self) -> None:
        """Draw no outlines."""


class Segments(Protocol):
    """Marks segments and adds new ones."""

    def mark(self, decisions: Mapping[str, Decision]) -> None:
        """Set the status of segments, or back to what it was (OPEN)."""

    def add(self, suggested: Suggested, array_axis: int) -> None:
        """Add a suggestion as a new segment, as one step to undo; MedSAMError if it cannot be."""

    def undo(self) -> None:
        """Take the segment that was added last back."""

    def forget(self) -> None:
        """From here on others may have changed the segmentation."""


class Keeper(Protocol):
    """Keeps the review where it is not lost."""

    def keep(self, rows: Sequence[Row], report: Report | None) -> None:
        """The review as it is now."""


@dataclass(frozen=True)
class Collaborators:
    """What the review works with."""

    runner: Runner
    models: Models
    reader: Reader
    display: Display
    segments: Segments
    keeper: Keeper
