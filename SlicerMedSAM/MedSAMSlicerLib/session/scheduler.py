"""One job at a time: what a user waits for goes before what is only prepared."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from .ports import Runner, Task


class Activity(Enum):
    """What the worker is busy with."""

    NOTHING = "nothing"
    DOWNLOADING = "downloading"
    LOADING = "loading"
    EMBEDDING = "embedding"
    PREPARING = "preparing"  # embeddings of slices that are not looked at yet
    SEGMENTING = "segmenting"
    PROPAGATING = "propagating"
    GENERATING = "generating"  # alternatives


@dataclass(frozen=True)
class Order:
    """A job to run; `subject` tells it from others of the same activity."""

    activity: Activity
    subject: Hashable
    work: Callable[[Task], Any]
    done: Callable[[Any], None]
    failed: Callable[[str], None]
    report: Callable[[Any], None] = lambda value: None


class Scheduler:
    """Runs orders on the runner, at most one at a time."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._order: Order | None = None
        self._task: Task | None = None

    @property
    def activity(self) -> Activity:
        """What is running."""
        return self._order.activity if self._order else Activity.NOTHING

    def is_at(self, activity: Activity, subject: Hashable) -> bool:
        """Whether this very job is running."""
        order = self._order
        return order is not None and (order.activity, order.subject) == (activity, subject)

    def start(self, order: Order) -> None:
        """Run an order instead of what is running."""
        self.cancel()
        self._order = order

        def ended(receiver: Callable[[Any], None]) -> Callable[[Any], None]:
            def receive(value: Any) -> None:
                if self._order is order:
                    self._order = self._task = None
                    receiver(value)

            return receive

        def report(value: Any) -> None:
            if self._order is order:
                order.report(value)

        task = self._runner.submit(order.work, ended(order.done), ended(order.failed), report)
        if self._order is order:
            self._task = task

    def cancel(self) -> None:
        """Forget what is running."""
        task, self._order, self._task = self._task, None, None
        if task is not None:
            task.cancel()
