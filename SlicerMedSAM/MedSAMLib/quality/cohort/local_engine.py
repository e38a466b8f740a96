"""Workers as processes of this machine."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Sequence
from multiprocessing.connection import Connection, wait

from .cases import Case
from .job import Job
from .worker import Ended, Failed, Message, Worker

_SECONDS_TO_END = 5


class LocalWorker:
    """A process and the parent's end of the pipe to it."""

    def __init__(self, process: multiprocessing.Process, pipe: Connection) -> None:
        self.process = process
        self.pipe = pipe


class LocalEngine:
    """Starts processes that are new (not forked: PyTorch's threads do not survive a fork)."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._context = multiprocessing.get_context("spawn")
        self._workers: list[LocalWorker] = []

    @property
    def capacity(self) -> int:
        """How many workers keep the machine busy."""
        return max(_processors() // self._job.threads, 1)

    def start(self) -> LocalWorker:
        """A worker that first tells that it is ready."""
        here, there = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(there, self._job), daemon=True)
        process.start()
        there.close()  # so that the end of either process closes the pipe for the other
        worker = LocalWorker(process, here)
        self._workers.append(worker)
        return worker

    def send(self, worker: LocalWorker, case: Case) -> None:
        """Have a case assessed; a worker that is gone is noticed by `wait`."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            worker.pipe.send(case)

    def wait(self, workers: Sequence[LocalWorker]) -> list[tuple[LocalWorker, Message]]:
        """Messages of the first workers that have one."""
        ready = wait([worker.pipe for worker in workers])
        return [(worker, self._message(worker)) for worker in workers if worker.pipe in ready]

    def close(self) -> None:
        """End all workers, whatever they are doing."""
        for worker in self._workers:
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join(_SECONDS_TO_END)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.pipe.close()
        self._workers.clear()

    def _message(self, worker: LocalWorker) -> Message:
        try:
            return worker.pipe.recv()
        except (EOFError, ConnectionResetError):
            worker.process.join(_SECONDS_TO_END)
            self._workers.remove(worker)
            return Ended(_why(worker.process.exitcode))


def _serve(pipe: Connection, job: Job) -> None:
    """The process: it ends when its parent does, even if that was killed."""
    # Ctrl-C reaches every process of a terminal; the parent alone decides what ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    worker = Worker(job)
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        answer = worker.ready()
        pipe.send(answer)
        while not isinstance(answer, Failed):
            pipe.send(worker.assess(pipe.recv()))


def _processors() -> int:
    """Those that this process may use, which in a container or a batch job are not all."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _why(code: int | None) -> str:
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return f"was ended by the system ({signal.Signals(-code).name})"
    return f"ended by itself (exit status {code})"
