"""The tests, a process for each kind that needs one of its own, and their sum."""

from __future__ import annotations

import subprocess
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tools.host import HOST_VARIABLES, host_works

if TYPE_CHECKING:
    from tools.environment import Environment

ROOT = Path(__file__).resolve().parent.parent
NOTHING_COLLECTED = 5  # pytest's exit status
# A loop in C++ hears no signal of pytest-timeout, so a whole process has a limit too.
LIMIT_S = 1800

# The networks of the tests are tiny: with more threads these mostly wait for one another, and on a
# busy machine a hundred times as long as they work.
VARIABLES = {"OMP_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Group:
    """Folders of tests that share a process."""

    name: str
    folders: tuple[str, ...]
    on_host: bool = False


# Qt under PythonQt's manners and VTK change a process for good: they get their own.
GROUPS = (
    Group("library", ("Testing/unit", "Testing/training")),
    Group("mrml", ("Testing/mrml",), on_host=True),
    Group("gui", ("Testing/gui",), on_host=True),
)


@dataclass(frozen=True)
class Tally:
    """How many tests passed, failed (errors included) and were skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped
        )

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def run(environment: Environment, arguments: Sequence[str]) -> int:
    """Run the groups and the style check; prints the sum as the last line, returns 0 or 1."""
    paths, options = split_arguments(arguments)
    started = time.monotonic()
    total, succeeded = Tally(), True
    for group in GROUPS:
        folders = chosen_paths(group, paths)
        if folders and group.on_host and not paths and not host_works():
            print(f"\n== {group.name} ==\nLeft out: Slicer's views are drawn off screen on Linux.")
        elif folders:
            tally, fine = _run_group(environment, group, [*folders, *options])
            total, succeeded = total + tally, succeeded and fine
    print("\n== style ==", flush=True)
    succeeded &= environment.run(["-m", "ruff", "check", "."], cwd=ROOT) == 0
    if total == Tally():
        print("No test was found.")
        succeeded = False
    print(f"\nAll in {time.monotonic() - started:.0f} s: {'passed' if succeeded else 'FAILED'}")
    print(total, flush=True)
    return 0 if succeeded else 1


def split_arguments(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Tell paths of tests (`FILE`, `FILE::TEST`, folders) from pytest's options."""
    paths = [a for a in arguments if not a.startswith("-") and Path(a.split("::")[0]).exists()]
    return paths, [a for a in arguments if a not in paths]


def chosen_paths(group: Group, paths: Sequence[str]) -> list[str]:
    """The paths that belong to a group, all of its folders that hold tests if none is named."""
    folders = [ROOT / folder for folder in group.folders]
    if not paths:
        return [str(f) for f in folders if next(f.rglob("test_*.py"), None)]
    absolute = [str(Path(path).absolute()) for path in paths]
    return [a for a in absolute if any(Path(a).is_relative_to(folder) for folder in folders)]


def _run_group(
    environment: Environment, group: Group, arguments: Sequence[str]
) -> tuple[Tally, bool]:
    print(f"\n== {group.name} ==", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        status = _run_pytest(environment, group, [*arguments, f"--junitxml={report}"])
        if status == NOTHING_COLLECTED:
            return Tally(), True
        if report.exists():
            return read_report(report), status == 0
    print(f"The process of the {group.name} tests ended early ({status}).")
    return Tally(failed=1), False


def _run_pytest(environment: Environment, group: Group, arguments: Sequence[str]) -> int | str:
    variables = HOST_VARIABLES if group.on_host else VARIABLES
    # One file that cannot be imported must not hide the results of all others.
    pytest = ["-m", "pytest", "--continue-on-collection-errors", *arguments]
    try:
        return environment.run(pytest, cwd=ROOT, variables=variables, timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        return f"stopped after {LIMIT_S} s"


def read_report(path: Path) -> Tally:
    """Sum the suites of a JUnit report as pytest writes it."""
    total = Tally()
    for suite in ElementTree.parse(path).getroot().iter("testsuite"):
        tests, failures, errors, skipped = (
            int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")
        )
        failed = failures + errors
        total += Tally(tests - failed - skipped, failed, skipped)
    return total
