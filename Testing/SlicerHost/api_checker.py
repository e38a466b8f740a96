"""Checks sources and .ui files of modules for names that Slicer's Qt side does not have.

    python -m Testing.SlicerHost.api_checker FILE_OR_FOLDER ...

Prints one line for every unknown class, property, method or signal of qt, ctk, qMRML and qSlicer
classes, and ends with status 1 if there is one. What an object is must be plain to see in the same
file: made by `qt.QLabel()`, annotated, or a widget of a .ui file reached as `ui.<name>`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from .api.problem import Problem
from .api.source_file import check_source_file
from .api.source_types import Type
from .api.ui_file import UiFile, check_ui_file


def check(paths: Iterable[str | Path]) -> list[Problem]:
    """Problems in files and in all .py and .ui files of folders, in order."""
    files = sorted({file for path in paths for file in _files(Path(path))})
    ui_files = [check_ui_file(file) for file in files if file.suffix == ".ui"]
    problems = [problem for ui_file in ui_files for problem in ui_file.problems]
    widgets = _widgets(ui_files)
    for file in files:
        if file.suffix == ".py":
            problems += check_source_file(file, widgets)
    return sorted(problems)


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return [file for file in path.rglob("*") if file.suffix in (".py", ".ui")]
    return [path]


def _widgets(ui_files: list[UiFile]) -> dict[str, Type]:
    """Name -> classes of the widgets of that name in any .ui file."""
    widgets: dict[str, Type] = {}
    for ui_file in ui_files:
        for name, cls in ui_file.classes.items():
            widgets[name] = widgets.get(name, frozenset()) | {cls}
    return widgets


def main(arguments: list[str]) -> int:
    """Print the problems; 0 if there are none, 1 if there are, 2 without arguments."""
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    problems = check(arguments)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
