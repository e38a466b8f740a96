"""Packages of the system: asked for once, and never a reason to stop."""

from __future__ import annotations

import subprocess

import pytest

from tools import system_packages

LISTING = """installed\tlibegl1\t
installed\tlibglib2.0-0t64\tlibglib2.0-0 (= 2.80.0-6), libglib
config-files\tlibgl1\t
"""


@pytest.fixture
def a_debian(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """A Debian where the listing above is the truth; returns the commands that are run."""
    commands: list[list[str]] = []

    def run(command: list[str], **_) -> subprocess.CompletedProcess:
        commands.append(command)
        return subprocess.CompletedProcess(command, 0, stdout=LISTING)

    monkeypatch.setattr(system_packages.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(system_packages.subprocess, "run", run)
    return commands


@pytest.mark.usefixtures("a_debian")
def test_a_package_may_be_provided_by_another():
    wanted = ("libegl1", "libglib2.0-0", "libgl1")
    assert system_packages.missing(wanted) == ["libgl1"]


def test_root_installs(a_debian: list[list[str]], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(system_packages, "right_to_install", list)
    system_packages.ensure(["libgl1"], say=lambda text: None)
    assert a_debian[-1][:2] == ["apt-get", "install"]
    assert a_debian[-1][-1] == "libgl1"


@pytest.mark.usefixtures("a_debian")
def test_others_are_told_the_line(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(system_packages, "right_to_install", lambda: None)
    said: list[str] = []
    system_packages.ensure(["libgl1"], said.append)
    assert "sudo apt-get install --yes --no-install-recommends libgl1" in said[0]


def test_no_dpkg_no_opinion(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(system_packages.shutil, "which", lambda name: None)
    assert system_packages.missing(["libgl1"]) == []
