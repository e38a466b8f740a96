"""What a worker does, whatever started it: load the judge once, then one case after the other."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from .assess_case import assess_case, broken_case, read_case, sentence
from .case_result import CaseResult
from .cases import Case
from .job import Job


@dataclass(frozen=True)
class Ready:
    """The worker's judge is loaded: its name, the sha256 of its weights, and where it runs."""

    model: str
    model_id: str
    device: str


@dataclass(frozen=True)
class Failed:
    """The worker cannot work, and so could no other."""

    sentence: str


@dataclass(frozen=True)
class Ended:
    """The worker is gone, for instance because the system needed its memory."""

    why: str


Message = Ready | Failed | Ended | CaseResult


class Worker:
    """One process's part of a run."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._model = None

    def ready(self) -> Ready | Failed:
        """Load the judge."""
        logging.disable(logging.WARNING)  # a case's oddities are in its notes
        try:
            self._model = self._job.load_model()
        except Exception as error:
            return Failed(sentence(error))
        model = self._model
        return Ready(model.name, model.model_id, str(model.device))

    def assess(self, case: Case) -> CaseResult:
        """The case's result; whatever is wrong with it becomes a sentence."""
        try:
            data = read_case(case, self._job)
            return assess_case(self._model, data, self._job, back="../index.html")
        except Exception as error:
            return broken_case(case, error)
