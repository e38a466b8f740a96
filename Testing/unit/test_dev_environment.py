"""The environment of `dev.py`: made once, remembered, mended, and nobody's folder destroyed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import environment as environments
from tools.environment import Environment, Plan, SetupError, prepare

ROOT = Path(__file__).resolve().parents[2]
NOTHING = Plan(project=False)


@pytest.fixture
def a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the environment is to go; no interpreter is really copied there."""
    folder = tmp_path / "an environment"
    monkeypatch.setenv("MEDSAM_VENV", str(folder))
    monkeypatch.setattr(Environment, "output", lambda self, code: _answer(self))
    monkeypatch.setattr(environments, "_venv", _make_fake)
    return folder


def _answer(environment: Environment) -> str | None:
    return "" if environment.python.exists() else None


def _make_fake(folder: Path) -> bool:
    python = Environment(folder).python
    python.parent.mkdir(parents=True)
    python.touch()
    (folder / "pyvenv.cfg").touch()
    return True


def test_the_second_run_does_nothing(a_folder: Path, capsys: pytest.CaptureFixture[str]):
    prepare(NOTHING, "test", ROOT)
    assert "Setting up" in capsys.readouterr().out

    assert prepare(NOTHING, "test", ROOT).folder == a_folder
    assert capsys.readouterr().out == ""


def test_another_plan_is_set_up_anew(a_folder: Path, capsys: pytest.CaptureFixture[str]):
    prepare(NOTHING, "test", ROOT)
    capsys.readouterr()

    prepare(Plan(project=False, extras=("host",)), "test", ROOT)
    assert "Setting up" in capsys.readouterr().out


def test_a_half_made_environment_is_made_anew(a_folder: Path):
    a_folder.mkdir()
    (a_folder / "pyvenv.cfg").touch()
    (a_folder / "left over").touch()

    assert prepare(NOTHING, "test", ROOT).python.exists()
    assert not (a_folder / "left over").exists()


def test_a_folder_of_something_else_is_left_alone(a_folder: Path):
    a_folder.mkdir()
    (a_folder / "thesis.tex").touch()

    with pytest.raises(SetupError, match="not a virtual environment"):
        prepare(NOTHING, "test", ROOT)
    assert (a_folder / "thesis.tex").exists()


def test_a_failed_installation_is_tried_again(a_folder: Path, monkeypatch: pytest.MonkeyPatch):
    plan = Plan(project=False, packages=("a-package",))
    monkeypatch.setattr(Environment, "pip_install", lambda *a, **k: False)
    with pytest.raises(SetupError, match="a-package could not be installed"):
        prepare(plan, "test", ROOT)

    asked: list[list[str]] = []
    monkeypatch.setattr(Environment, "pip_install", lambda self, a, **k: asked.append(a) or True)
    prepare(plan, "test", ROOT)
    assert asked == [["a-package"]]


def test_python_without_venv_is_explained(a_folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(environments, "_venv", lambda folder: False)
    monkeypatch.setattr(environments.system_packages, "ensure", lambda packages, say: None)

    with pytest.raises(SetupError, match=r"python3\.\d+-venv"):
        prepare(NOTHING, "test", ROOT)
