"""The worker thread: order, cancelling, failures, and which thread does what."""

from __future__ import annotations

import threading
import time

import pytest

from MedSAMLib.errors import UsageError
from MedSAMSlicerLib.worker import Priority, Worker


class PumpedTimer:
    """Stands for qt.QTimer: the test decides when it fires, so no event loop is needed."""

    def __init__(self) -> None:
        self.slots, self.running = [], False

    def connect(self, signal: str, slot) -> bool:
        assert signal == "timeout()"
        self.slots.append(slot)
        return True

    def start(self, milliseconds: int) -> None:
        assert milliseconds > 0
        self.running = True

    def stop(self) -> None:
        self.running = False

    def fire(self) -> None:
        for slot in self.slots:
            slot()


@pytest.fixture
def timer():
    return PumpedTimer()


@pytest.fixture
def worker(timer):
    worker = Worker(timer)
    yield worker
    assert worker.stop()


def pump(worker, timer, seconds: float = 10.0) -> None:
    """Let the timer fire until all is delivered."""
    end = time.monotonic() + seconds
    while worker.busy:
        assert timer.running
        assert time.monotonic() < end, "the worker did not finish"
        timer.fire()


class Gate:
    """Work that says when it has begun, and waits to be let go."""

    def __init__(self, result: object = None) -> None:
        self.begun, self.open, self.result = threading.Event(), threading.Event(), result

    def __call__(self, task) -> object:
        self.begun.set()
        assert self.open.wait(10)
        return self.result


def test_work_runs_in_another_thread_and_callbacks_in_this_one(worker, timer):
    threads = {}

    def work(task):
        threads["work"] = threading.get_ident()
        task.progress(0.5)
        return 42

    def note(name):
        return lambda value: threads.update({name: (threading.get_ident(), value)})

    worker.submit(work, note("result"), onProgress=note("progress"))
    pump(worker, timer)
    here = threading.get_ident()
    assert threads["work"] != here
    assert (threads["progress"], threads["result"]) == ((here, 0.5), (here, 42))


def test_the_same_thread_does_all_the_work(worker, timer):
    seen = []
    for _ in range(3):
        worker.submit(lambda task: threading.get_ident(), seen.append)
        pump(worker, timer)
    assert len(set(seen)) == 1


def test_nothing_is_delivered_before_the_timer_fires(worker, timer):
    results = []
    worker.submit(lambda task: 1, results.append)
    time.sleep(0.05)
    assert results == []
    pump(worker, timer)
    assert results == [1]


def test_the_timer_runs_only_while_there_is_work(worker, timer):
    assert not timer.running
    worker.submit(lambda task: 1, lambda value: None)
    assert timer.running
    pump(worker, timer)
    assert not timer.running


def test_a_click_goes_before_what_waits(worker, timer):
    gate, order = Gate(), []
    worker.submit(gate, lambda value: order.append("running"))
    assert gate.begun.wait(10)
    for name, priority in [
        ("background", Priority.BACKGROUND),
        ("shown", Priority.SHOWN),
        ("click", Priority.CLICK),
        ("click 2", Priority.CLICK),
    ]:
        worker.submit(lambda task, name=name: name, order.append, priority=priority)
    gate.open.set()
    pump(worker, timer)
    assert order == ["running", "click", "click 2", "shown", "background"]


def test_the_latest_of_a_channel_wins(worker, timer):
    gate, results = Gate("old, running"), []
    worker.submit(gate, results.append, channel="embedding")
    assert gate.begun.wait(10)
    worker.submit(lambda task: "old, waiting", results.append, channel="embedding")
    worker.submit(lambda task: "other", results.append, channel="download")
    worker.submit(lambda task: "latest", results.append, channel="embedding")
    gate.open.set()
    pump(worker, timer)
    assert results == ["other", "latest"]


def test_cancelled_work_stops_at_its_next_checkpoint(worker, timer):
    steps, begun = [], threading.Event()

    def work(task):
        for step in range(10_000):
            task.checkpoint()
            steps.append(step)
            begun.set()
            time.sleep(0.001)

    task = worker.submit(work, pytest.fail, onError=pytest.fail)
    assert begun.wait(10)
    task.cancel()
    pump(worker, timer)
    assert len(steps) < 10_000


def test_cancelled_work_that_waits_is_never_begun(worker, timer):
    gate = Gate()
    worker.submit(gate, lambda value: None)
    assert gate.begun.wait(10)
    worker.submit(lambda task: pytest.fail("it ran"), pytest.fail).cancel()
    gate.open.set()
    pump(worker, timer)


def test_a_known_failure_is_delivered_as_its_sentence(worker, timer, caplog):
    def work(task):
        raise UsageError("The box is outside the image.")

    sentences = []
    worker.submit(work, pytest.fail, onError=sentences.append)
    pump(worker, timer)
    assert sentences == ["The box is outside the image."]
    assert not caplog.records


def test_an_unknown_failure_is_a_sentence_for_the_user_and_a_traceback_for_the_log(
    worker, timer, caplog
):
    def work(task):
        raise KeyError("encoder")

    sentences = []
    worker.submit(work, pytest.fail, onError=sentences.append)
    pump(worker, timer)
    assert sentences == ["This failed unexpectedly: 'encoder' (the log has the details)."]
    assert "Traceback" in caplog.text
    assert caplog.records[0].thread == threading.get_ident()


def test_too_little_memory_is_told_as_such(worker, timer, caplog):
    def work(task):
        raise MemoryError

    sentences = []
    worker.submit(work, pytest.fail, onError=sentences.append)
    pump(worker, timer)
    assert "not enough memory" in sentences[0]


def test_the_worker_goes_on_after_a_failure(worker, timer, caplog):
    results = []
    worker.submit(lambda task: 1 / 0, pytest.fail)
    worker.submit(lambda task: 2, results.append)
    pump(worker, timer)
    assert results == [2]


def test_a_callback_may_submit_more_work(worker, timer):
    results = []

    def again(value):
        results.append(value)
        if value < 3:
            worker.submit(lambda task: value + 1, again)

    worker.submit(lambda task: 1, again)
    pump(worker, timer)
    assert results == [1, 2, 3]


def test_a_failing_callback_takes_no_other_result_with_it(worker, timer):
    def fail(value):
        raise RuntimeError("in a callback")

    results = []
    worker.submit(lambda task: 1, fail)
    worker.submit(lambda task: 2, results.append)
    with pytest.raises(RuntimeError, match="in a callback"):
        pump(worker, timer)
    pump(worker, timer)
    assert results == [2]


def test_stopping_cancels_and_ends_the_thread(timer):
    worker, gate = Worker(timer), Gate()
    worker.submit(gate, pytest.fail)
    worker.submit(lambda task: pytest.fail("it ran"), pytest.fail)
    assert gate.begun.wait(10)
    assert not worker.stop(timeout=0.05)
    gate.open.set()
    timer.fire()
    assert not worker.busy
    assert not timer.running


def test_work_can_be_submitted_after_stopping(worker, timer):
    assert worker.stop()
    results = []
    worker.submit(lambda task: 1, results.append)
    pump(worker, timer)
    assert results == [1]
