"""Builds the extension, starts its modules, and says how that went."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from .building import BuildError, build
from .starting import start_in_own_process


def main(arguments: list[str]) -> int:
    """Print a line for each module; 0 if all started without an error, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m Testing.SlicerHost.extension")
    parser.add_argument("folder", nargs="?", help="where to; a temporary folder without it")
    parser.add_argument("--no-start", action="store_true", help="install only")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(options.folder or temporary).resolve()
        try:
            extension = build(folder)
        except BuildError as error:
            print(error, file=sys.stderr)
            return 1
        print(f"Installed {extension.all('name')[0]} in {extension.modules_folder}")
        if options.no_start:
            return 0
        return _report(start_in_own_process(extension.modules_folder))


def _report(report: dict[str, Any]) -> int:
    for module in report["modules"]:
        print(f"{module['title']}: loaded in {module['load_ms']} ms, opened in "
              f"{module['open_ms']} ms")  # fmt: skip
    for error in report["errors"]:
        print(error, file=sys.stderr)
    print(f"{len(report['modules'])} modules started, {len(report['errors'])} errors")
    return 1 if report["errors"] or not report["modules"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
