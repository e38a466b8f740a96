"""What the worker does: alternatives slice by slice, and all that is derived from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from MedSAMLib.hypotheses import Hypotheses

from ..session import network_jobs
from ..session.ports import Task
from .request import Case, Request


@dataclass(frozen=True, eq=False)
class Found:
    """A case's alternatives, and the part (0 to 1) of all cases that is done."""

    case: Case
    request: Request
    hypotheses: Hypotheses
    part: float


def generate(model: Any, cases: Sequence[Case], request: Request, task: Task) -> None:
    """Report `Found` for every case; between, numbers from 0 to 1 for the part that is done."""
    for index, case in enumerate(cases):
        task.checkpoint()
        embedding = network_jobs.embed(model, case.image, _Share(task, index, len(cases)))
        task.checkpoint()
        found = model.hypotheses(
            embedding,
            box=case.prompts.box,
            points=case.prompts.points,
            labels=case.prompts.labels,
            count=request.count,
            method=request.method,
            seed=request.seed,
        )
        _derive(found)
        task.progress(Found(case, request, found, (index + 1) / len(cases)))


def _derive(found: Hypotheses) -> None:
    """Compute here what the main thread will ask for."""
    _ = (found.agreement, found.ranking, found.disagreement, found.duplicates)


class _Share:
    """A task whose progress is a part of another one's."""

    def __init__(self, task: Task, index: int, count: int) -> None:
        self._task, self._index, self._count = task, index, count

    def checkpoint(self) -> None:
        """Ends the work by an exception if it was cancelled."""
        self._task.checkpoint()

    def progress(self, part: float) -> None:
        """The part of this case, 0 to 1."""
        self._task.progress((self._index + part) / self._count)
