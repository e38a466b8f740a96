"""One persistent thread for the network; the main thread fetches its results by a timer.

The thread runs NumPy and MedSAMLib only. Callbacks run in the main thread, from `poll`.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any, Protocol


class Priority(IntEnum):
    """What runs first: the answer to a click, the shown slice, then the slices next to it."""

    CLICK = 0
    SHOWN = 1
    BACKGROUND = 2


class PollTimer(Protocol):
    """What is used of qt.QTimer."""

    def connect(self, signal: str, slot: Callable[[], None]) -> bool: ...

    def start(self, milliseconds: int) -> None: ...

    def stop(self) -> None: ...


class Cancelled(Exception):
    """Raised by `Task.checkpoint` inside work that was cancelled."""


class Task:
    """One piece of work in the queue; handed to the work itself as its only argument."""

    def cancel(self) -> None:
        """No callback is called for it any more; running work stops at its next checkpoint."""

    @property
    def cancelled(self) -> bool: ...

    def checkpoint(self) -> None:
        """For the work: raise Cancelled if it was cancelled."""

    def progress(self, value: Any) -> None:
        """For the work: hand a value to `onProgress` in the main thread."""


class Worker:
    """`Worker(qt.QTimer())`; call `stop` when the module is torn down."""

    def __init__(self, timer: PollTimer, interval: int = 20) -> None: ...

    def submit(
        self,
        work: Callable[[Task], Any],
        onResult: Callable[[Any], None],
        onError: Callable[[str], None] | None = None,
        onProgress: Callable[[Any], None] | None = None,
        *,
        priority: Priority = Priority.SHOWN,
        channel: str | None = None,
    ) -> Task:
        """Queue `work(task)`. The result goes to onResult, a failure as a sentence to onError.

        A new task of a channel cancels the earlier ones of it: the latest wins.
        """
        raise NotImplementedError

    def cancelAll(self, channel: str | None = None) -> None:
        """Cancel everything, or everything of one channel."""

    @property
    def busy(self) -> bool:
        """Whether work is queued, running, or its result not yet delivered."""
        raise NotImplementedError

    def poll(self) -> None:
        """Deliver what is finished. The timer calls it; in the main thread only."""

    def stop(self, timeout: float = 5.0) -> bool:
        """Cancel everything and end the thread; False if it still ran after `timeout` seconds."""
        raise NotImplementedError
