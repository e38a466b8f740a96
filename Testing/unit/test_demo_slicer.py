"""The page's pictures of Slicer's panel: a sentence where there are none, and never a failure."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from MedSAMLib.images import Volume
from MedSAMLib.prompts import Prompts
from tools.demo import in_slicer
from tools.demo.slicer_journey import PICTURES, Task
from tools.demo.subject import Subject


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    volume = Volume(
        np.zeros((6, 40, 50), np.uint8), np.diag([-2.0, -2, 3, 1]), "a", None, tmp_path / "a.nii.gz"
    )
    prompts = Prompts(box=(10, 20, 30, 36))
    return Subject(volume, "axial", 4, prompts, "auto", "Bar", "Bar", "a", "a.", "Chosen.")


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The host is there, and its process fails; returns the commands that were run."""
    commands: list[list[str]] = []

    def run(command: list[str], **_) -> SimpleNamespace:
        commands.append(command)
        return SimpleNamespace(returncode=1, stderr="Traceback\nRuntimeError: no <EGL>.\n")

    monkeypatch.setattr(in_slicer, "find_spec", lambda name: object())
    monkeypatch.setattr(in_slicer.subprocess, "run", run)
    return commands


def test_the_box_goes_to_the_panel_by_its_edges(subject, host, tmp_path):
    in_slicer.slicer_section(subject, (100.0, 200.0), tmp_path)
    task = Task(**json.loads(host[0][-1]))
    # Pixels 9.5 to 29.5 and 19.5 to 35.5 of slice 4.
    assert task.corners == [[-19, -39, 12], [-59, -71, 12]]
    assert task.window == [100, 200]


@pytest.mark.usefixtures("host")
def test_trouble_is_one_sentence_and_leaves_no_pictures(subject, tmp_path):
    (tmp_path / PICTURES[0]).touch()
    section = in_slicer.slicer_section(subject, "auto", tmp_path)
    assert "could not be made: RuntimeError: no &lt;EGL&gt;.<" in section.html
    assert not section.figures
    assert not (tmp_path / PICTURES[0]).exists()


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (subprocess.TimeoutExpired("python", 45), "longer than 45 s"),
        (OSError(8, "Exec format error"), "Exec format error"),
        (SimpleNamespace(returncode=-11, stderr="Fatal Python error"), "signal 11"),
        (SimpleNamespace(returncode=3, stderr=""), "ended with 3"),
    ],
)
@pytest.mark.usefixtures("host")
def test_every_trouble_has_its_words(outcome, words, subject, tmp_path, monkeypatch):
    def run(*_, **__):
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(in_slicer.subprocess, "run", run)
    assert words in in_slicer.slicer_section(subject, "auto", tmp_path).html


def test_without_the_packages_nothing_is_started(subject, host, tmp_path, monkeypatch):
    monkeypatch.setattr(in_slicer, "find_spec", lambda name: None)
    section = in_slicer.slicer_section(subject, "auto", tmp_path)
    assert "slicer-core and PySide6 are not installed" in section.html
    assert not host


def test_pictures_are_shown(subject, host, tmp_path, monkeypatch):
    for name in PICTURES:
        Image.new("RGB", (8, 6)).save(tmp_path / name)
    monkeypatch.setattr(in_slicer.subprocess, "run", lambda *_, **__: SimpleNamespace(returncode=0))
    section = in_slicer.slicer_section(subject, "auto", tmp_path)
    assert [figure.name for figure in section.figures] == list(PICTURES)
    assert all(f'src="{name}"' in section.html for name in PICTURES)


@pytest.mark.parametrize(
    "change",
    [
        {"axis": "coronal"},
        {"prompts": Prompts(points=[(1, 1)], labels=[1])},
        {"volume": Volume(np.zeros((6, 4, 5)), np.eye(4), "a", None, Path("a.dcm"))},
        {"volume": Volume(np.zeros((1, 4, 5)), np.eye(4), "a", None, Path("a.nii"))},
    ],
)
def test_what_the_red_view_cannot_show_is_left_out(change, subject):
    assert not in_slicer.panel_can_show(replace(subject, **change), "starter")


def test_a_box_on_an_axial_slice_is_shown_with_the_starter_alone(subject):
    assert in_slicer.panel_can_show(subject, "starter")
    assert not in_slicer.panel_can_show(subject, "vit_b")
