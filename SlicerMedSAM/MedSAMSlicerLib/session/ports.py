"""What the session needs from the outside; Slicer fills these, and tests with fakes do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from MedSAMLib.images import Volume

from .prompts import SliceKey

Window = tuple[float, float] | str | None


@dataclass(frozen=True)
class ModelChoice:
    """Which network, and where it runs."""

    name: str
    device: str = "auto"


@dataclass(frozen=True, eq=False)
class SliceImage:
    """The pixels of a slice (H, W[, 3]) and the window (center, width) in which they are seen.

    `window` is "auto" where nobody set one, and None for colors, which are taken as they are.
    """

    key: SliceKey
    pixels: np.ndarray
    window: Window


@dataclass(frozen=True, eq=False)
class SliceStack:
    """The parallel slices of a volume that a propagation can go through, for `index` of `count`."""

    volume: Volume
    axis: str
    index: int
    count: int


@dataclass(frozen=True, eq=False)
class ShownMask:
    """A mask (H, W) bool in its slice, and the one that was seen there before the last change."""

    slice: SliceKey
    mask: np.ndarray
    before: np.ndarray | None = None


class Task(Protocol):
    """A piece of work in the worker: to the work itself, and to who ordered it."""

    @property
    def cancelled(self) -> bool:
        """Whether nobody waits for the result any more."""

    def checkpoint(self) -> None:
        """For the work: ends it by an exception if it was cancelled."""

    def progress(self, value: Any) -> None:
        """For the work: tell the main thread something on the way."""

    def cancel(self) -> None:
        """For who ordered it: nothing is heard of it after this."""


class Runner(Protocol):
    """One worker thread (`worker.Worker`); the receivers are called in the main thread."""

    def submit(
        self,
        work: Callable[[Task], Any],
        onResult: Callable[[Any], None],
        onError: Callable[[str], None],
        onProgress: Callable[[Any], None],
    ) -> Task:
        """Queue `work(task)`."""


class Slices(Protocol):
    """The chosen volume, as the views show it. The main thread calls it."""

    def current(self, view: str) -> SliceKey | None:
        """The slice that a view shows of the volume; None if it does not show the volume."""

    def others(self, view: str) -> Sequence[SliceKey]:
        """The slices that the other views show."""

    def read(self, key: SliceKey) -> SliceImage | None:
        """The pixels of a slice, copied; None if it is outside the volume."""

    def window(self) -> Window:
        """The window (center, width) in which the views show the volume; see SliceImage."""

    def stack_size(self, key: SliceKey) -> tuple[int, int] | None:
        """Index and count of the slices parallel to one; None for an oblique slice."""

    def stack(self, key: SliceKey) -> SliceStack | None:
        """The slices parallel to one, copied; None for an oblique slice."""


class Models(Protocol):
    """The networks of the catalogue."""

    def is_here(self, choice: ModelChoice) -> bool:
        """Whether the weights are on this computer; a quick look."""

    def load(self, choice: ModelChoice) -> Any:
        """The `SamModel`; called in the worker."""

    def download(self, choice: ModelChoice, task: Task) -> None:
        """Fetch the weights, reporting the part done, 0 to 1; called in the worker."""


class Preview(Protocol):
    """Draws masks that are not accepted yet."""

    def show(self, masks: Sequence[ShownMask]) -> None:
        """Draw these and nothing else."""

    def clear(self) -> None:
        """Draw nothing."""


class Segments(Protocol):
    """Writes into the chosen segmentation."""

    def write(self, masks: Sequence[ShownMask], separate: bool) -> str:
        """Add the masks to the chosen segment, or each to a segment of its own, as one step.

        Returns a sentence for the user about what was written.
        """

    def start_next(self) -> None:
        """Make and choose a new, empty segment."""

    def can_undo(self) -> bool:
        """Whether the last accepted object can be taken back."""

    def undo(self) -> None:
        """Take the last accepted object back."""
