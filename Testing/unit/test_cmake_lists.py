"""SlicerMedSAM/CMakeLists.txt lists every file that ships, and nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "SlicerMedSAM"


def listed(variable: str) -> list[str]:
    """The files of `set(variable ...)`."""
    text = (FOLDER / "CMakeLists.txt").read_text(encoding="utf-8")
    (body,) = re.findall(rf"set\({variable}\n(.*?)\)", text, re.DOTALL)
    return body.split()


def in_the_tree(is_script: bool) -> list[str]:
    found = (path for path in FOLDER.rglob("*") if path.is_file())
    names = (path.relative_to(FOLDER).as_posix() for path in found if not _is_made(path))
    return sorted(
        name for name in names if name != "CMakeLists.txt" and name.endswith(".py") is is_script
    )


def _is_made(path: Path) -> bool:
    """Caches, hidden files, and what an editable installation leaves."""
    return any(
        part == "__pycache__" or part.startswith(".") or part.endswith(".egg-info")
        for part in path.relative_to(FOLDER).parts
    )


@pytest.mark.parametrize(
    ("variable", "is_script"),
    [("MODULE_PYTHON_SCRIPTS", True), ("MODULE_PYTHON_RESOURCES", False)],
)
def test_the_list_is_the_tree(variable, is_script):
    names = listed(variable)
    assert len(names) == len(set(names)), "a file is listed twice"
    forgotten = set(in_the_tree(is_script)) - set(names)
    gone = set(names) - set(in_the_tree(is_script))
    assert not forgotten, f"add to {variable}: {sorted(forgotten)}"
    assert not gone, f"remove from {variable}: {sorted(gone)}"


def test_the_extension_is_described():
    text = (FOLDER.parent / "CMakeLists.txt").read_text(encoding="utf-8")
    for name in ("HOMEPAGE", "CONTRIBUTORS", "DESCRIPTION", "ICONURL", "SCREENSHOTURLS"):
        assert re.search(rf'set\(EXTENSION_{name} ".+"\)', text), name
    assert 'set(EXTENSION_DEPENDS "PyTorch")' in text
