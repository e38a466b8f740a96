"""The installed extension starts from its own folder, quickly and without the source tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from Testing.SlicerHost.extension.building import build
from Testing.SlicerHost.extension.starting import start_in_own_process

MODULES = sorted(path.stem for path in Path(__file__).parents[2].glob("SlicerMedSAM/*.py"))


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Every module of the installed extension was opened once."""
    return start_in_own_process(build(tmp_path_factory.mktemp("extension")).modules_folder)


def test_every_module_opens_with_its_panel_and_icon(report):
    assert [module["name"] for module in report["modules"]] == MODULES
    for module in report["modules"]:
        assert module["title"].startswith("MedSAM ")
        assert module["has_panel"]
        assert module["has_icon"]
    assert report["errors"] == []


def test_all_code_came_from_the_installed_folder(report):
    assert report["foreign"] == []


def test_opening_all_modules_imports_nothing_heavy(report):
    assert report["heavy"] == []
