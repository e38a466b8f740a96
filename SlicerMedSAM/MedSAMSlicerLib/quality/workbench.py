"""One piece of work at a time: what runs, how far it is, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

from ..session.ports import Runner, Task
from ..session.scheduler import Order, Scheduler
from .remaining import Remaining


class Work(Enum):
    """What the worker is busy with."""

    DOWNLOADING = "downloading"
    JUDGING = "judging"
    SEARCHING = "searching"
    EXPORTING = "exporting"
    UPSAMPLING = "upsampling"
    OUTLINING = "outlining"  # nobody waits for it


class Workbench:
    """Runs work in the worker; `changed` is called whenever there is something new to show."""

    def __init__(self, runner: Runner, changed: Callable[[], None]) -> None:
        self._scheduler = Scheduler(runner)
        self._changed = changed
        self._remaining = Remaining()
        self.error = ""
        self.cancelled = False
        self.progress = (0, 0)

    @property
    def work(self) -> Work | None:
        """What the user waits for; None where there is nothing to cancel."""
        running = self._scheduler.activity
        waited_for = isinstance(running, Work) and running is not Work.OUTLINING
        return running if waited_for else None

    @property
    def seconds_left(self) -> float | None:
        """None where there is no telling yet."""
        return self._remaining.seconds_left

    def start(self, work: Work, do: Callable[[Task], Any], done: Callable[[Any], None]) -> None:
        """Do it instead of what is running; `done` gets the result in the main thread."""
        self.error, self.cancelled = "", False
        self.progress, self._remaining = (0, 0), Remaining()

        def finished(result: Any) -> None:
            done(result)
            self._changed()

        self._scheduler.start(Order(work, None, do, finished, self.fail, self._told))
        self._changed()

    def start_aside(self, do: Callable[[Task], Any], done: Callable[[Any], None]) -> None:
        """Do it if nothing is waited for; anything else takes its place."""
        if self.work is None:
            self._scheduler.start(Order(Work.OUTLINING, None, do, done, self.fail))

    def cancel(self) -> None:
        """The user does not want to wait any longer."""
        if self.work is not None:
            self._scheduler.cancel()
            self.cancelled = True
            self._changed()

    def stop(self) -> None:
        """Nothing runs any more, and nothing is to be said about it."""
        self._scheduler.cancel()
        self.error, self.cancelled = "", False

    def fail(self, sentence: str) -> None:
        """Something could not be done."""
        self.error = sentence
        self._changed()

    def retry(self) -> None:
        """Go on after a failure or a cancellation."""
        self.error, self.cancelled = "", False
        self._changed()

    def _told(self, progress: Any) -> None:
        if isinstance(progress, tuple):
            self.progress = progress
            self._remaining.told(*progress)
        else:  # of a download: the part that is done
            self.progress = (round(100 * progress), 100)
        self._changed()
