"""Cohorts in real processes: killed, resumed, interrupted, on Ray; always with the same results."""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from MedSAMLib.quality.cohort import Job, read_cases, run_cohort, running
from MedSAMLib.quality.cohort.worker import Ready, Worker
from Testing.unit import cohort_runs as runs

COUNT = 10
SMALL = (1, 24, 28)

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals"),
    pytest.mark.timeout(240),  # every run starts processes that import PyTorch
]


class InThisProcess:
    """The plainest engine: one worker, no process. What the others come to is compared with it."""

    capacity = 1

    def __init__(self, job: Job):
        self._worker = Worker(job)
        self._message = None

    def start(self):
        self._message = self._worker.ready()
        assert isinstance(self._message, Ready)
        return "worker"

    def send(self, worker, case):
        self._message = self._worker.assess(case)

    def wait(self, workers):
        return [("worker", self._message)]

    def close(self):
        pass


@pytest.fixture(scope="module")
def cohort(tmp_path_factory) -> Path:
    """The list of a small cohort, one case of which is broken."""
    return runs.make_cohort(tmp_path_factory.mktemp("cohort"), COUNT, shape=SMALL)


@pytest.fixture(scope="module")
def job(tiny_checkpoint) -> Job:
    return Job(model=str(tiny_checkpoint), device="cpu")


@pytest.fixture(scope="module")
def expected(cohort, job, tmp_path_factory) -> dict[str, str]:
    """The files of an unbroken run."""
    import logging

    folder = tmp_path_factory.mktemp("unbroken") / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "_engine", lambda *_: InThisProcess(job))
        run_cohort(read_cases(cohort), folder, job)
    logging.disable(logging.NOTSET)
    return runs.content(folder)


@pytest.fixture
def command(cohort, tiny_checkpoint, tmp_path) -> runs.Command:
    return runs.Command(cohort, tmp_path / "out", tiny_checkpoint, options=("--device", "cpu"))


def started(command: runs.Command, done: int):
    """The process of a run in which so many cases are done."""
    process = command.start()
    while len(command.results()) < done:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    return process


def wait_for_the_end_of(group: int) -> None:
    """No worker outlives its run: those of a killed one notice that their pipe is closed."""
    deadline = time.monotonic() + 60
    with pytest.raises(ProcessLookupError):  # noqa: PT012  the loop is what is tested
        while time.monotonic() < deadline:
            os.killpg(group, 0)
            time.sleep(0.02)


def test_killed_and_resumed_it_comes_to_the_same(command, expected):
    process = started(command, done=2)
    process.kill()  # alone; Testing/benchmarks/cohort_soak.py kills the whole group
    process.communicate()
    wait_for_the_end_of(process.pid)
    runs.check_all_whole(command.output)
    done, written = command.results(), runs.times_of_change(command.output)
    said = command.run(resume=True)
    runs.check_all_whole(command.output)
    assert runs.content(command.output) == expected
    now = runs.times_of_change(command.output)
    assert {name: now[name] for name in written} == written, "assessed again"
    assert len(now) == COUNT - 1
    assert f"({len(done - {'case-003'})} finished before)" in said
    assert "broken: case-003: There is no file" in said


@pytest.fixture
def _interruptible():
    """A run that was itself started in the background hands on that Ctrl-C is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
def test_ctrl_c_leaves_whole_files_only(command):
    process = started(replace(command, workers=1), done=1)
    os.killpg(process.pid, signal.SIGINT)  # a terminal sends it to all processes
    out, err = process.communicate()
    assert (process.returncode, err) == (130, "medsam: error: Interrupted.\n")
    assert "--resume goes on" in out
    wait_for_the_end_of(process.pid)
    assert not list(command.output.rglob(".[0-9a-f]*"))
    runs.check_all_whole(command.output)


def test_a_worker_that_is_shot_costs_one_case_at_most(cohort, job, tmp_path):
    shot = []

    def shoot(state):
        if not shot:
            shot.append(multiprocessing.active_children()[0])
            os.kill(shot[0].pid, signal.SIGKILL)

    run = run_cohort(read_cases(cohort), tmp_path / "out", job, workers=1, progress=shoot)
    assert len(run.summary.cases) == COUNT
    reasons = {each.id: each.error for each in run.summary.broken}
    lost = {name for name, why in reasons.items() if "SIGKILL" in why}
    assert len(lost) <= 1
    assert set(reasons) - lost == {"case-003"}


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed")
def test_ray_comes_to_the_same(cohort, job, expected, tmp_path, monkeypatch):
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    run_cohort(read_cases(cohort), tmp_path / "out", job, engine="ray", workers=1)
    assert runs.content(tmp_path / "out") == expected
