"""One persistent thread for the network; the main thread fetches its results by a timer.

The thread runs NumPy and MedSAMLib only: MRML, Qt and pip belong to the main thread, in which all
callbacks run. The application's main thread keeps Python's lock while it waits for events, which
would starve every other thread: therefore `poll` waits for a moment while there is work, and so
hands the lock over.
"""

from __future__ import annotations

import itertools
import logging
import queue
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Protocol

from MedSAMLib.errors import MedSAMError

from .translation import tr as _

logger = logging.getLogger(__name__)


class Priority(IntEnum):
    """What runs first: the answer to a click, the shown slice, then the slices next to it."""

    CLICK = 0
    SHOWN = 1
    BACKGROUND = 2


class PollTimer(Protocol):
    """What is used of qt.QTimer."""

    def connect(self, signal: str, slot: Callable[[], None]) -> Any:
        """PythonQt's way to connect a signal."""

    def start(self, milliseconds: int) -> None:
        """Emit `timeout()` every so often."""

    def stop(self) -> None:
        """Emit no more."""


class Cancelled(Exception):
    """Raised by `Task.checkpoint` inside work that was cancelled."""


@dataclass(frozen=True)
class _Failure:
    sentence: str
    details: str


class Task:
    """One piece of work; the work itself gets it as its only argument."""

    def __init__(
        self,
        work: Callable[[Task], Any],
        receivers: dict[str, Callable[[Any], None] | None],
        channel: str | None,
        messages: queue.SimpleQueue,
    ) -> None:
        self.channel = channel
        self._work: Callable[[Task], Any] | None = work
        self._receivers = receivers
        self._messages = messages
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """No callback is called for it any more; running work stops at its next checkpoint."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        """Whether nobody waits for it any more."""
        return self._cancelled.is_set()

    def checkpoint(self) -> None:
        """For the work: raise Cancelled if it was cancelled."""
        if self.cancelled:
            raise Cancelled

    def progress(self, value: Any) -> None:
        """For the work: hand a value to `onProgress` in the main thread."""
        self._messages.put((self, "progress", value))

    def run(self) -> None:
        """In the worker thread: do the work, and send how it ended."""
        work, self._work = self._work, None  # what it holds is free once it is done
        try:
            self.checkpoint()
            ending = ("result", work(self))
        except Cancelled:
            ending = ("cancelled", None)
        except Exception as error:
            ending = ("error", _failure(error))
        self._messages.put((self, *ending))

    def deliver(self, kind: str, value: Any) -> None:
        """In the main thread: call the receiver of a message."""
        if self.cancelled:
            return
        if isinstance(value, _Failure):
            if value.details:
                logger.error("%s\n%s", value.sentence, value.details)
            value = value.sentence
        receiver = self._receivers.get(kind)
        if receiver is not None:
            receiver(value)


class Worker:
    """`Worker(qt.QTimer())`; call `stop` when the module is torn down."""

    def __init__(self, timer: PollTimer, interval: int = 5, wait: float = 0.02) -> None:
        """interval: ms from poll to poll while there is work; wait: see the module, in s."""
        self._timer, self._interval, self._wait = timer, interval, wait
        self._queue: queue.PriorityQueue = queue.PriorityQueue()
        self._messages: queue.SimpleQueue = queue.SimpleQueue()
        self._order = itertools.count()
        self._open: list[Task] = []
        self._thread: threading.Thread | None = None
        timer.connect("timeout()", self.poll)

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
        if channel is not None:
            self.cancelAll(channel)
        receivers = {"result": onResult, "error": onError, "progress": onProgress}
        task = Task(work, receivers, channel, self._messages)
        self._open.append(task)
        self._queue.put((priority, next(self._order), task))
        self._run()
        return task

    def cancelAll(self, channel: str | None = None) -> None:
        """Cancel everything, or everything of one channel."""
        for task in self._open:
            if channel is None or task.channel == channel:
                task.cancel()

    @property
    def busy(self) -> bool:
        """Whether work is queued, running (cancelled or not), or its result not yet delivered."""
        return bool(self._open)

    def poll(self) -> None:
        """Deliver what is there. The timer calls it; in the main thread only."""
        if self._open and self._messages.empty():
            self._receive(self._wait)
        while not self._messages.empty():
            self._receive()
        if not self._open:
            self._timer.stop()

    def stop(self, timeout: float = 5.0) -> bool:
        """Cancel everything and end the thread; False if it still ran after `timeout` seconds.

        A later `submit` starts a new thread.
        """
        self.cancelAll()
        self._timer.stop()
        thread, self._thread = self._thread, None
        if thread is None:
            return True
        self._queue.put((-1, next(self._order), None))
        self._queue = queue.PriorityQueue()  # lest a thread that is late takes later work
        self._open.clear()
        thread.join(timeout)
        return not thread.is_alive()

    def _run(self) -> None:
        self._timer.start(self._interval)
        if self._thread is None:
            self._thread = threading.Thread(
                target=_work_through, args=(self._queue,), name="MedSAM worker", daemon=True
            )
            self._thread.start()

    def _receive(self, wait: float = 0.0) -> None:
        try:
            task, kind, value = self._messages.get(block=wait > 0, timeout=wait or None)
        except queue.Empty:
            return
        if kind != "progress" and task in self._open:
            self._open.remove(task)
        task.deliver(kind, value)


def _work_through(tasks: queue.PriorityQueue) -> None:
    while True:
        _, _, task = tasks.get()
        if task is None:
            return
        task.run()


def _failure(error: Exception) -> _Failure:
    if isinstance(error, MedSAMError):
        return _Failure(str(error), "")
    details = "".join(traceback.format_exception(error))
    if isinstance(error, MemoryError):
        return _Failure(_("There is not enough memory: close other volumes or programs."), details)
    first = (str(error).strip() or type(error).__name__).splitlines()[0]
    return _Failure(
        _("This failed unexpectedly: {reason} (the log has the details).").format(reason=first),
        details,
    )
