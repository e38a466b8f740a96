"""Installs the extension and starts its modules, inside the environment of `dev.py`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tools.host import HOST_VARIABLES, host_works

if TYPE_CHECKING:
    from tools.environment import Environment

ROOT = Path(__file__).resolve().parent.parent


def run(environment: Environment, arguments: list[str]) -> int:
    """[FOLDER]: where to; a temporary folder without it."""
    folder = [str(Path(arguments[0]).absolute())] if arguments else []
    options = [] if host_works() else ["--no-start"]
    return environment.run(
        ["-m", "Testing.SlicerHost.extension", *folder, *options],
        cwd=ROOT,
        variables={**HOST_VARIABLES, "PYTHONPATH": str(ROOT)},
    )
