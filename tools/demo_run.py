"""Starts the demo inside the environment that `dev.py` prepared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.environment import Environment

ROOT = Path(__file__).resolve().parent.parent

# nilearn's wheel contains a real head MR; it is read as a file, nilearn itself is never imported.
IMAGE_PACKAGES = ("nilearn",)


def run(environment: Environment, arguments: list[str]) -> int:
    """Run the demo in the user's folder, so that a relative IMAGE means what the user typed."""
    # UTF-8, because file names are printed that the terminal's own encoding may not have.
    variables = {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    return environment.run(["-m", "tools.demo", *arguments], variables=variables)
