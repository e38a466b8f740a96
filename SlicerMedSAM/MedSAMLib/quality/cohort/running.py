"""A whole cohort: what is not done yet goes to workers, what comes back is written down."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from ...errors import UsageError
from .cases import Case
from .dispatching import Dispatcher, Engine
from .job import Job
from .output_folder import OutputFolder, opened_folder
from .pace import Pace
from .summary import Summary, write_summary

ENGINES = ("local", "ray")


@dataclass(frozen=True)
class State:
    """How far a run is. `remaining`: seconds, None where nothing tells yet."""

    done: int
    total: int
    broken: int
    remaining: float | None


@dataclass(frozen=True)
class CohortRun:
    """How a run ended: the summary, and how many of its cases had been finished before."""

    summary: Summary
    resumed: int


Progress = Callable[[State], None]


def run_cohort(
    cases: Sequence[Case],
    output: str | os.PathLike[str],
    job: Job | None = None,
    *,
    engine: str = "local",
    workers: int | None = None,
    resume: bool = False,
    progress: Progress | None = None,
) -> CohortRun:
    """Assess all cases, each with the same judge and settings, and write results and pages.

    The result of a case does not depend on the engine, the number of workers, or the order in
    which they finish. A broken case is recorded with its reason and does not stop the others.
    Killed at any time, the run goes on with `resume`: what is finished stays.

    Args:
        output: the folder, see `output_folder.py`.
        engine: "local": processes of this machine; "ray": see `ray_engine.py`.
        workers: how many at a time; None: as many as there are processors.
        progress: told after every case.

    Raises UsageError where the folder holds other results, MedSAMError where no worker can start.
    """
    if engine not in ENGINES:
        raise UsageError(f"The engine must be one of {', '.join(ENGINES)}, not {engine!r}.")
    if workers is not None and workers < 1:
        raise UsageError(f"There must be at least one worker, not {workers}.")
    job = (job or Job()).at_home_anywhere()
    cases = [_absolute(case) for case in cases]
    with opened_folder(Path(output), resume) as folder:
        folder.check_job(job)
        finished = {case.id for case in cases if folder.finished(case) is not None}
        todo = [case for case in cases if case.id not in finished]
        if todo:
            _work(folder, todo, len(cases), job, _engine(engine, job, workers), workers, progress)
        return CohortRun(write_summary(folder, cases, job), len(finished))


def _work(
    folder: OutputFolder,
    todo: Sequence[Case],
    total: int,
    job: Job,
    engine: Engine,
    workers: int | None,
    progress: Progress | None,
) -> None:
    """Have cases assessed and write each result as it comes."""
    dispatcher = Dispatcher(engine, workers, lambda ready: folder.note_job(job, ready.model_id))
    broken, pace = 0, Pace(len(todo))
    with closing(engine):
        for done, result in enumerate(dispatcher.results(todo), start=1):
            folder.write_result(result)
            broken += result.is_broken
            pace.step()
            if progress is not None:
                here = total - len(todo) + done
                progress(State(here, total, broken, pace.remaining()))


def _engine(name: str, job: Job, workers: int | None) -> Engine:
    if name == "ray":
        from .ray_engine import RayEngine

        return RayEngine(job, workers)
    from .local_engine import LocalEngine

    return LocalEngine(job)


def _absolute(case: Case) -> Case:
    """Workers may run in another folder."""
    return replace(case, **{name: path.absolute() for name, path in case.inputs.items()})
