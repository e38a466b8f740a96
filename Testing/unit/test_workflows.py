"""The workflows for GitHub are well-formed and call what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

import dev

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SYSTEMS = {"ubuntu-latest", "macos-latest", "windows-latest"}


def read(path: Path) -> dict:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def jobs(path: Path) -> list[dict]:
    return list(read(path)["jobs"].values())


def steps(path: Path) -> list[dict]:
    return [step for job in jobs(path) for step in job["steps"]]


def matrices(path: Path) -> list[dict]:
    return [job["strategy"]["matrix"] for job in jobs(path) if "strategy" in job]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
class TestEveryWorkflow:
    """What any workflow must fulfill."""

    def test_runs_for_pull_requests_and_may_only_read(self, path):
        workflow = read(path)
        # YAML 1.1 takes the key `on` for the truth value.
        assert {"push", "pull_request"} <= set(workflow[True])
        assert workflow["permissions"] == {"contents": "read"}

    def test_ends_by_itself_and_names_where_it_runs(self, path):
        for job in jobs(path):
            assert job["timeout-minutes"] <= 120
            assert job["runs-on"] in SYSTEMS | {"${{ matrix.system }}"}

    def test_each_step_either_uses_an_action_of_a_version_or_runs_something(self, path):
        for step in steps(path):
            assert ("uses" in step) is not ("run" in step)
            assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+", step.get("uses", "a/b@v1"))

    def test_calls_commands_that_dev_py_has(self, path):
        called = re.findall(r"dev\.py (\w+)", path.read_text(encoding="utf-8"))
        assert called or "package_python_extension" in path.read_text(encoding="utf-8")
        assert set(called) <= set(dev.COMMANDS)

    def test_expressions_name_what_the_matrix_has(self, path):
        for job in jobs(path):
            keys = set(job.get("strategy", {}).get("matrix", {}))
            named = set(re.findall(r"matrix\.(\w+)", yaml.safe_dump(job)))
            assert named <= keys


def test_tests_run_on_three_systems_with_three_versions_of_python():
    (matrix,) = matrices(ROOT / ".github" / "workflows" / "tests.yml")
    assert set(matrix["system"]) == SYSTEMS
    assert matrix["python"] == ["3.10", "3.11", "3.12"]


def test_the_package_is_made_on_three_systems():
    for matrix in matrices(ROOT / ".github" / "workflows" / "package.yml"):
        assert set(matrix["system"]) == SYSTEMS


def test_pre_commit_runs_the_style_check_of_dev_py():
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    (hook,) = [hook for repo in config["repos"] for hook in repo["hooks"]]
    assert hook["entry"].split()[-1] in dev.COMMANDS
    assert hook["language"] == "python", "an interpreter of one name on every system"
