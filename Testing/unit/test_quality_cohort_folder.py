"""The folder of a cohort: what is refused, what a resumed run keeps, and what it does again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from MedSAMLib.errors import MedSAMError, UsageError
from MedSAMLib.quality.cohort import CaseResult, Job, running
from MedSAMLib.quality.cohort.cases import Case
from MedSAMLib.quality.cohort.extra_checks import Finding
from MedSAMLib.quality.cohort.fingerprint import fingerprint
from MedSAMLib.quality.cohort.output_folder import opened_folder
from MedSAMLib.quality.cohort.truth import TrueDice
from MedSAMLib.quality.cohort.worker import Ready
from MedSAMLib.quality.pages.thumbnails import Thumbnail
from MedSAMLib.quality.results import ObjectScore, Report, SegmentScore
from MedSAMLib.quality.settings import Settings

NAN = float("nan")


def report(score: float = 0.5, name: str = "liver") -> Report:
    each = ObjectScore(1, name, 0, 0, (1, 2, 5, 6), 16, score, 0.4, score, NAN, NAN, NAN, 0.9, "ok")
    segment = SegmentScore(1, name, score, 0, 1, 16, "ok")
    return Report(
        score, (each,), (), (segment,), (8, 8), "axial", Settings(), "tiny", "sha", "0.1", 1.5
    )


class EngineInProcess:
    """Answers at once, and keeps count; a case called "broken" is."""

    capacity = 1

    def __init__(self, judge: str = "sha"):
        self.judge = judge
        self.assessed = []
        self.closed = False
        self._pending = None

    def start(self):
        self._pending = Ready("tiny", self.judge, "cpu")
        return "worker"

    def send(self, worker, case):
        self.assessed.append(case.id)
        found = CaseResult(case.id, fingerprint(case), report=report(), page="<html></html>")
        broken = CaseResult(case.id, fingerprint(case), error="It is broken.")
        self._pending = broken if case.id == "broken" else found

    def wait(self, workers):
        return [("worker", self._pending)]

    def close(self):
        self.closed = True


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Run cases with these ids into a folder; gives the engine."""

    def with_cases(*ids, resume=False, job=None, judge="sha", output=None, progress=None):
        engine = EngineInProcess(judge)
        monkeypatch.setattr(running, "_engine", lambda *_: engine)
        found = running.run_cohort(
            [case(tmp_path, each) for each in ids],
            output or tmp_path / "out",
            job or Job(),
            resume=resume,
            progress=progress,
        )
        engine.found = found
        return engine

    return with_cases


def case(folder: Path, case_id: str) -> Case:
    image = folder / f"{case_id}.png"
    if not image.exists():
        image.write_text("image")
    return Case(case_id, image, image)


def files(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_one_result_and_one_page_a_case_and_a_summary(run, tmp_path):
    engine = run("a", "b", "broken")
    assert engine.assessed == ["a", "b", "broken"]
    assert engine.closed
    assert files(tmp_path / "out") == {
        *(".lock", "cohort.json", "index.html", "cases.csv", "segments.csv", "summary.json"),
        *("cases/a.json", "cases/a.html", "cases/b.json", "cases/b.html", "cases/broken.json"),
    }
    assert [each.id for each in engine.found.summary.broken] == ["broken"]


def test_results_are_refused_without_resume(run, tmp_path):
    run("a")
    before = files(tmp_path / "out")
    with pytest.raises(UsageError, match="add --resume"):
        run("a", "b")
    assert files(tmp_path / "out") == before


def test_what_is_finished_is_not_done_again(run):
    run("a", "b")
    again = run("a", "b", "c", resume=True)
    assert again.assessed == ["c"]
    assert again.found.resumed == 2
    assert len(again.found.summary.cases) == 3


def test_a_broken_case_is_tried_again(run):
    run("a", "broken")
    assert run("a", "broken", resume=True).assessed == ["broken"]


def test_a_case_whose_files_changed_is_done_again(run, tmp_path):
    run("a", "b")
    (tmp_path / "a.png").write_text("another image")
    assert run("a", "b", resume=True).assessed == ["a"]


@pytest.mark.parametrize("text", ["", "{", "{}", '{"kind": "something else"}', "[1]", "\0"])
def test_a_damaged_result_is_done_again(run, tmp_path, text):
    run("a", "b")
    (tmp_path / "out" / "cases" / "b.json").write_text(text)
    assert run("a", "b", resume=True).assessed == ["b"]


def test_half_written_files_of_a_killed_run_are_removed(run, tmp_path):
    run("a")
    halves = [tmp_path / "out" / "cases" / ".0123abcd-b.json", tmp_path / "out" / ".89abcdef-x"]
    for path in halves:
        path.write_text("half")
    run("a", resume=True)
    assert not any(path.exists() for path in halves)


def test_resume_may_be_given_from_the_start(run):
    assert run("a", resume=True).assessed == ["a"]


@pytest.mark.parametrize(
    ("job", "message"),
    [
        (Job(Settings(metric="iou")), "metric dice, now iou"),
        (Job(window=(40, 400)), "window None"),
        (Job(flag_below=0.5), "flag_below None, now 0.5"),
        (Job(model="medsam"), "model starter, now medsam"),
    ],
)
def test_other_settings_do_not_mix(run, job, message):
    run("a")
    with pytest.raises(UsageError, match=message):
        run("a", "b", resume=True, job=job)
    with pytest.raises(UsageError, match=message):
        run("a", resume=True, job=job)  # also when nothing is left to do


def test_another_judge_of_the_same_name_does_not_mix(run):
    run("a")
    with pytest.raises(UsageError, match="judge sha, now other"):
        run("a", "b", resume=True, judge="other")


def test_the_number_of_workers_may_change(run):
    run("a", job=Job(threads=1))
    assert run("a", "b", resume=True, job=Job(threads=2, device="cpu")).assessed == ["b"]


def test_a_folder_with_other_files_is_refused(run, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "index.html").write_text("precious")
    with pytest.raises(UsageError, match="holds other files"):
        run("a")
    assert (tmp_path / "out" / "index.html").read_text() == "precious"


def test_a_file_is_no_folder(run, tmp_path):
    (tmp_path / "out").write_text("precious")
    with pytest.raises(UsageError, match="is a file, not a folder"):
        run("a")


def test_two_runs_do_not_write_into_one_folder(run, tmp_path):
    with (
        opened_folder(tmp_path / "out", resume=False),
        pytest.raises(MedSAMError, match="Another run is writing"),
    ):
        run("a", resume=True)


def test_a_damaged_note_on_the_settings(run, tmp_path):
    run("a")
    (tmp_path / "out" / "cohort.json").write_text("{")
    with pytest.raises(MedSAMError, match=r"cohort\.json is damaged"):
        run("a", resume=True)


def test_progress_counts_what_was_finished_before(run):
    run("a", "b")
    states = []
    run("a", "b", "c", "broken", resume=True, progress=states.append)
    assert [(each.done, each.total, each.broken) for each in states] == [(3, 4, 0), (4, 4, 1)]
    assert states[-1].remaining == 0


def test_an_interruption_leaves_whole_files_and_ends_the_workers(run, tmp_path):
    def interrupt(state):
        if state.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run("a", "b", "c", progress=interrupt)
    assert running._engine().closed
    written = files(tmp_path / "out")
    assert {"cases/a.json", "cases/a.html", "cases/b.json", "cases/b.html"} <= written
    assert not any(name.startswith(("cases/c", "cases/.")) for name in written)
    assert run("a", "b", "c", resume=True).assessed == ["c"]


def test_the_file_of_a_case_gives_the_result_back():
    picture = Thumbnail(b"png", 4, 3, (4.0, 3.0), {"given": "M0,0 1,1Z"})
    result = CaseResult(
        "a",
        {"image": {"name": "a.png", "bytes": 5, "changed": 7}},
        report=report(NAN),
        notes=("A note.",),
        baselines={"model confidence": 0.9, "soft Dice confidence": NAN},
        findings=(Finding("labels", "liver", "spleen", 3, (1, 2, 3, 4), 0.5),),
        truth=TrueDice({1: 0.5}, {(1, 0): 0.4}, ("spleen",)),
        picture=picture,
        page="not kept here",
        seconds=1.25,
    )
    text = result.to_json()
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    again = CaseResult.from_json(text)
    assert again.to_json() == text
    assert again.truth == result.truth
    assert again.findings == result.findings
    assert again.picture == picture
    np.testing.assert_equal(again.baselines, dict(result.baselines))
    assert again.report.segments[0].name == "liver"


def test_nothing_but_the_seconds_varies_from_run_to_run():
    texts = {
        replace(
            CaseResult("a", report=replace(report(), seconds=seconds)), seconds=seconds
        ).to_json().replace(f'"seconds": {seconds}', "")
        for seconds in (1.5, 2.25)
    }  # fmt: skip
    assert len(texts) == 1
