"""How cases are given to workers: every case once, whatever becomes of the workers."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from MedSAMLib.errors import MedSAMError
from MedSAMLib.quality.cohort.case_result import CaseResult
from MedSAMLib.quality.cohort.cases import Case
from MedSAMLib.quality.cohort.dispatching import WORKERS_ON_GPU, Dispatcher
from MedSAMLib.quality.cohort.pace import Pace, duration
from MedSAMLib.quality.cohort.worker import Ended, Failed, Ready

READY = Ready("tiny", "sha", "cpu")


class FakeEngine:
    """Workers that answer in an order of the test's choosing; some cases end their worker."""

    def __init__(self, capacity=4, first=READY, deadly=(), choose=lambda count: 0):
        self.capacity = capacity
        self.first = first
        self.deadly = deadly
        self.choose = choose
        self.started = 0
        self.busiest = 0
        self.sent = []
        self._answers = {}

    def start(self):
        self.started += 1
        self._answers[self.started] = self.first
        return self.started

    def send(self, worker, case):
        assert worker not in self._answers, "a worker was given two cases at a time"
        self.sent.append(case.id)
        ends = case.id in self.deadly
        self._answers[worker] = Ended("was shot") if ends else CaseResult(case.id)

    def wait(self, workers):
        assert set(workers) == set(self._answers)
        self.busiest = max(self.busiest, len(workers))
        worker = sorted(self._answers)[self.choose(len(self._answers))]
        return [(worker, self._answers.pop(worker))]


def cases(count: int) -> list[Case]:
    return [Case(f"c{number}", Path("i.png"), Path("s.png")) for number in range(count)]


def results(engine, count=10, workers=None, heard=None):
    on_ready = (lambda ready: None) if heard is None else heard.append
    return list(Dispatcher(engine, workers, on_ready).results(cases(count)))


@given(
    count=st.integers(0, 12),
    workers=st.integers(1, 5),
    deadly=st.sets(st.integers(0, 11)),
    choices=st.lists(st.integers(0, 100), min_size=60, max_size=60),
)
@settings(max_examples=150)
def test_every_case_has_one_result_in_whatever_order(count, workers, deadly, choices):
    order = iter(choices)
    engine = FakeEngine(
        deadly={f"c{n}" for n in deadly}, choose=lambda waiting: next(order) % waiting
    )
    found = results(engine, count, workers)
    assert sorted(each.id for each in found) == sorted(f"c{n}" for n in range(count))
    assert sorted(engine.sent) == sorted(f"c{n}" for n in range(count))
    broken = {each.id for each in found if each.error}
    assert broken == {f"c{n}" for n in deadly if n < count}
    assert engine.busiest <= workers


def test_a_case_that_ends_its_worker_is_broken_with_the_reason():
    (found,) = results(FakeEngine(deadly={"c0"}), count=1)
    assert found.is_broken
    assert found.error == ("The process that assessed it was shot; there may be too little memory.")


def test_no_more_workers_than_processors_or_cases():
    wide, narrow = FakeEngine(capacity=3), FakeEngine(capacity=8)
    results(wide, count=10)
    results(narrow, count=2)
    assert (wide.started, narrow.started) == (3, 2)


def test_a_gpu_is_shared_by_few_unless_wished_otherwise():
    few, many = (FakeEngine(capacity=16, first=Ready("m", "sha", "cuda:0")) for _ in range(2))
    results(few)
    results(many, workers=6)
    assert (few.started, many.started) == (WORKERS_ON_GPU, 6)


def test_a_judge_that_cannot_be_loaded_is_told_once():
    engine = FakeEngine(first=Failed("The model is not here."))
    with pytest.raises(MedSAMError, match=r"^The model is not here\.$"):
        results(engine)
    assert engine.started == 1


def test_workers_that_cannot_start_are_given_up():
    engine = FakeEngine(first=Ended("ended by itself (exit status 1)"))
    with pytest.raises(MedSAMError, match="cannot start: the last one ended by itself"):
        results(engine)
    assert engine.started == 3


def test_every_judge_is_heard():
    heard: list[Ready] = []
    results(FakeEngine(choose=lambda waiting: waiting - 1), workers=3, heard=heard)
    assert heard == [READY] * 3


def test_nobody_waits_for_a_worker_that_is_not_needed_any_more():
    heard: list[Ready] = []
    found = results(FakeEngine(choose=lambda waiting: 0), count=4, workers=3, heard=heard)
    assert len(found) == 4
    assert heard == [READY]


def test_without_cases_nothing_starts():
    engine = FakeEngine()
    assert results(engine, count=0) == []
    assert engine.started == 0


def test_the_remaining_time_is_measured_over_this_run():
    now = [100.0]
    pace = Pace(4, clock=lambda: now[0])
    assert pace.remaining() is None
    now[0] = 106.0
    pace.step()
    assert pace.remaining() == pytest.approx(18)
    now[0] = 108.0
    pace.step()
    assert pace.remaining() == pytest.approx(8)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "1 s"),
        (89, "89 s"),
        (100, "2 min"),
        (3600, "60 min"),
        (7800, "2 h 10 min"),
        (7200, "2 h"),
    ],
)
def test_durations_as_people_say_them(seconds, text):
    assert duration(seconds) == text
