"""Configures and installs the extension with CMake."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import cmake
import ninja

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
MODULES_FOLDER = "lib/Slicer-5.12/qt-scripted-modules"


class BuildError(RuntimeError):
    """CMake refused; the message is what it said."""


@dataclass(frozen=True)
class Extension:
    """An extension that was installed into a folder."""

    modules_folder: Path
    facts: list[tuple[str, str]]

    def all(self, name: str) -> list[str]:
        """The values of a fact: `name`, an EXTENSION_ variable without that, or `test`."""
        return [value for key, value in self.facts if key == name]

    @property
    def module_files(self) -> list[Path]:
        """The scripts that Slicer takes for modules."""
        return sorted(self.modules_folder.glob("*.py"))


def build(folder: Path, source: Path = ROOT) -> Extension:
    """Configure `source` in `folder`/build and install it into `folder`/installed.

    Raises BuildError. Build tools and compilers are found as CMake finds them.
    """
    build_folder, installed = folder / "build", folder / "installed"
    _cmake(
        "-S", source, "-B", build_folder, "-G", "Ninja",
        f"-DCMAKE_MAKE_PROGRAM={Path(ninja.BIN_DIR, 'ninja').as_posix()}",
        f"-DSlicer_DIR={HERE.as_posix()}", "-DBUILD_TESTING=ON",
    )  # fmt: skip
    _cmake("--install", build_folder, "--prefix", installed)
    lines = (build_folder / "extension.txt").read_text(encoding="utf-8").splitlines()
    facts = [(key, value) for key, _, value in (line.partition("=") for line in lines)]
    return Extension(installed / MODULES_FOLDER, facts)


def _cmake(*arguments: str | Path) -> None:
    command = [str(Path(cmake.CMAKE_BIN_DIR, "cmake")), *map(str, arguments)]
    answer = subprocess.run(command, capture_output=True, text=True)
    if answer.returncode != 0:
        raise BuildError(answer.stderr.strip() or answer.stdout)
