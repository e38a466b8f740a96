"""Giving cases to workers: the one code path of all engines."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

from ...errors import MedSAMError
from .assess_case import broken_case
from .case_result import CaseResult
from .cases import Case
from .worker import Ended, Failed, Message, Ready

# A GPU holds a judge for every worker: without a wish, so many.
WORKERS_ON_GPU = 2
# Workers that end before they are ready: this many, and there is no use in starting others.
_MOST_LOST_STARTS = 3


class Engine(Protocol):
    """Where workers run. The handles that `start` gives are the engine's own business."""

    capacity: int

    def start(self) -> Any: ...
    def send(self, worker: Any, case: Case) -> None: ...
    def wait(self, workers: Sequence[Any]) -> list[tuple[Any, Message]]: ...
    def close(self) -> None: ...


class Dispatcher:
    """Keeps workers busy until all cases are done.

    The first worker starts alone: it tells whether the judge can be loaded at all, and on which
    device, before others follow.
    """

    def __init__(
        self, engine: Engine, workers: int | None, on_ready: Callable[[Ready], None]
    ) -> None:
        self._engine = engine
        self._wanted = workers
        self._on_ready = on_ready
        self._at_work: dict[Any, Case | None] = {}
        self._lost_starts = 0

    def results(self, cases: Iterable[Case]) -> Iterator[CaseResult]:
        """Each case's result as it comes; MedSAMError where no worker can work.

        A case whose worker ends is broken; another worker takes over the rest.
        """
        todo = deque(cases)
        if todo:
            self._start()
        while todo or any(case is not None for case in self._at_work.values()):
            for worker, message in self._engine.wait(list(self._at_work)):
                case = self._at_work.pop(worker)
                if isinstance(message, CaseResult):
                    yield message
                elif isinstance(message, Ready):
                    self._on_ready(message)
                    self._start_others(message, len(todo))
                elif isinstance(message, Failed):
                    raise MedSAMError(message.sentence)
                else:
                    yield from self._lost(message, case, todo)
                    continue
                self._give(worker, todo)

    def _give(self, worker: Any, todo: deque[Case]) -> None:
        if todo:
            case = todo.popleft()
            self._at_work[worker] = case
            self._engine.send(worker, case)

    def _start(self) -> None:
        self._at_work[self._engine.start()] = None

    def _start_others(self, first: Ready, todo: int) -> None:
        """Once, as many as there is work for besides the first."""
        if self._wanted is None:
            on_gpu = first.device != "cpu"
            self._wanted = min(self._engine.capacity, WORKERS_ON_GPU) if on_gpu else (
                self._engine.capacity
            )  # fmt: skip
        for _ in range(min(self._wanted, todo) - 1):
            self._start()
        self._wanted = 1

    def _lost(self, ended: Ended, case: Case | None, todo: deque[Case]) -> Iterator[CaseResult]:
        if case is None:
            self._lost_starts += 1
            if self._lost_starts >= _MOST_LOST_STARTS:
                raise MedSAMError(f"The workers cannot start: the last one {ended.why}.")
        else:
            why = f"The process that assessed it {ended.why}; there may be too little memory."
            yield broken_case(case, MedSAMError(why))
        if todo:
            self._start()
