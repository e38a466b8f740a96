"""Carry the tutorials out as they are written; with --pictures, make their pictures anew.

python -m tools.tutorials [NAME ...] [--pictures]

Without names all of them. Each is done in a process and an empty folder of its own; tutorials
about panels are played on the project's test host, with the real network.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.host import HOST_VARIABLES
from tools.tutorials.tutorial import FOLDER, ROOT, panel_tutorials

ALONE = "--alone"


def names() -> list[str]:
    """Of all tutorials."""
    return sorted(path.stem for path in FOLDER.glob("*.md"))


def main(arguments: list[str]) -> int:
    """Carry them out one after the other; 0 if all could be."""
    parser = argparse.ArgumentParser(prog="tools.tutorials", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names())}")
    parser.add_argument("--pictures", action="store_true", help="write docs/tutorials/pictures")
    parser.add_argument(ALONE, action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.names) - set(names()):
        parser.error(f"there is no tutorial {', '.join(sorted(unknown))}")
    if chosen.alone:
        return _carry_out(chosen.names[0], chosen.pictures)
    failed = [n for n in chosen.names or names() if _start(n, chosen.pictures) != 0]
    print(f"could not be carried out: {', '.join(failed)}" if failed else "all were carried out")
    return 1 if failed else 0


def _start(name: str, pictures: bool) -> int:
    print(f"== {name} ==", flush=True)
    command = [sys.executable, "-m", "tools.tutorials", name, ALONE]
    command += ["--pictures"] if pictures else []
    return subprocess.run(command, cwd=ROOT, env=variables()).returncode


def variables() -> dict[str, str]:
    """The environment of a tutorial: this checkout's packages, and the host's settings."""
    paths = [str(ROOT / "SlicerMedSAM"), str(ROOT), os.environ.get("PYTHONPATH", "")]
    search = os.pathsep.join(path for path in paths if path)
    return {**os.environ, **HOST_VARIABLES, "PYTHONPATH": search, "PYTHONUTF8": "1"}


def _carry_out(name: str, pictures: bool) -> int:
    with tempfile.TemporaryDirectory() as folder:
        if name in panel_tutorials():
            from tools.tutorials.playing import play_alone

            play_alone(name, Path(folder), pictures)
        else:
            from tools.tutorials.typing_in import type_in

            type_in(FOLDER / f"{name}.md", Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
