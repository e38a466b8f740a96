"""How `dev.py test` chooses, sums and reports."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import testing
from tools.testing import GROUPS, Tally

REPORT = """<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10"/></testsuites>
"""


class FakeEnvironment:
    """Answers each pytest process with a status and a report; the style check with `style`."""

    def __init__(self, pytest_status: int | None = 0, report: str = REPORT, style: int = 0) -> None:
        self.pytest_status, self.report, self.style = pytest_status, report, style
        self.variables: list[dict[str, str] | None] = []

    def run(self, arguments, cwd=None, variables=None, timeout=None) -> int:
        if "ruff" in arguments:
            return self.style
        self.variables.append(variables)
        report = Path(arguments[-1].removeprefix("--junitxml="))
        if self.report:
            report.write_text(self.report, encoding="utf-8")
        return self.pytest_status


HERE = str(Path(__file__))


def test_a_report_is_summed(tmp_path: Path):
    report = tmp_path / "report.xml"
    report.write_text(REPORT, encoding="utf-8")
    assert testing.read_report(report) == Tally(passed=4, failed=3, skipped=3)


def test_the_sum_is_the_last_line(capsys: pytest.CaptureFixture[str]):
    assert testing.run(FakeEnvironment(pytest_status=1), [HERE]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "4 passed, 3 failed, 3 skipped"


def test_a_process_that_dies_is_a_failure(capsys: pytest.CaptureFixture[str]):
    assert testing.run(FakeEnvironment(pytest_status=-11, report=""), [HERE]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "0 passed, 1 failed, 0 skipped"


def test_nothing_collected_anywhere_is_a_failure():
    assert testing.run(FakeEnvironment(pytest_status=5), [HERE]) == 1


def test_bad_style_is_a_failure(tmp_path: Path):
    good = REPORT.replace('errors="1" failures="2"', 'errors="0" failures="0"')
    assert testing.run(FakeEnvironment(report=good), [HERE]) == 0
    assert testing.run(FakeEnvironment(report=good, style=1), [HERE]) == 1


def test_a_named_test_runs_in_its_own_group_only():
    library, *others = GROUPS
    assert testing.chosen_paths(library, [f"{HERE}::test_one"]) == [f"{HERE}::test_one"]
    assert all(testing.chosen_paths(group, [HERE]) == [] for group in others)


def test_paths_are_told_from_options():
    paths, options = testing.split_arguments([HERE, "-k", "no such file", "-x"])
    assert paths == [HERE]
    assert options == ["-k", "no such file", "-x"]


def test_slicer_and_qt_run_off_screen_in_processes_of_their_own():
    names = [group.name for group in GROUPS if group.on_host]
    assert names == ["mrml", "gui"]
    assert testing.HOST_VARIABLES["QT_QPA_PLATFORM"] == "offscreen"


@pytest.mark.parametrize(("works", "processes"), [(True, 3), (False, 1)])
def test_the_host_is_left_out_where_it_cannot_draw(monkeypatch, capsys, works, processes):
    monkeypatch.setattr(testing, "host_works", lambda: works)
    environment = FakeEnvironment()
    testing.run(environment, [])
    assert len(environment.variables) == processes
    assert capsys.readouterr().out.count("Left out") == 3 - processes


def test_a_test_of_the_host_that_is_named_runs_anywhere(monkeypatch):
    monkeypatch.setattr(testing, "host_works", lambda: False)
    environment = FakeEnvironment()
    testing.run(environment, [str(testing.ROOT / "Testing" / "gui" / "test_host_module.py")])
    assert len(environment.variables) == 1
