#!/usr/bin/env python3
"""One command for each thing that a developer or a newcomer does; needs nothing but Python.

    python3 dev.py demo [IMAGE]         segment a real head MR, or IMAGE, and make a page about it
    python3 dev.py panel [MODULE] [IMAGE]
                                        open a Slicer module's panel with slice views, no Slicer
    python3 dev.py extension [FOLDER]   install the extension as Slicer's package has it, and start
                                        its modules from there
    python3 dev.py test [ARGUMENTS]     run the tests; the arguments go to pytest
    python3 dev.py lint                 check the style
    python3 dev.py tutorials [NAME ...] [--pictures]
                                        carry the tutorials out as written; make their pictures
    python3 dev.py docs                 render the documents and the reference of the library

The first run makes the virtual environment `.venv` beside this file (or where the environment
variable MEDSAM_VENV says) and installs what the command needs into it; later runs start at once.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

if sys.version_info < (3, 10):  # noqa: UP036  said before the imports, which would fail obscurely
    sys.exit("dev.py: Python 3.10 or later is needed; this is {}.{}.".format(*sys.version_info[:2]))

from tools import demo_run, extension_run, panel_run, testing
from tools.environment import Environment, Plan, SetupError, prepare
from tools.system_packages import HOST_PACKAGES

ROOT = Path(__file__).resolve().parent

PLANS = {
    "demo": Plan(
        extras=("host",),
        without_dependencies=demo_run.IMAGE_PACKAGES,
        system_packages=HOST_PACKAGES,
    ),
    "panel": Plan(
        extras=("host",),
        without_dependencies=demo_run.IMAGE_PACKAGES,
        system_packages=HOST_PACKAGES,
    ),
    "extension": Plan(
        extras=("host",),
        packages=("cmake>=3.28", "ninja>=1.11"),
        system_packages=HOST_PACKAGES,
    ),
    "test": Plan(
        extras=("dev", "training", "host", "cohort", "docs"),
        without_dependencies=demo_run.IMAGE_PACKAGES,
        system_packages=HOST_PACKAGES,
    ),
    "tutorials": Plan(
        extras=("training", "host", "docs"),
        without_dependencies=demo_run.IMAGE_PACKAGES,
        system_packages=HOST_PACKAGES,
    ),
    "docs": Plan(extras=("training", "docs")),
    "lint": Plan(project=False, packages=("ruff",)),
}


def demo(environment: Environment, arguments: list[str]) -> int:
    """Segment an image and make a page about it."""
    return demo_run.run(environment, arguments)


def panel(environment: Environment, arguments: list[str]) -> int:
    """Open a module's panel in a window."""
    return panel_run.run(environment, arguments)


def extension(environment: Environment, arguments: list[str]) -> int:
    """Install the extension by CMake, and start its modules where that can be done."""
    return extension_run.run(environment, arguments)


def test(environment: Environment, arguments: list[str]) -> int:
    """Run the tests and the style check; the last line sums them up."""
    return testing.run(environment, arguments)


def lint(environment: Environment, arguments: list[str]) -> int:
    """Check the style with ruff."""
    return environment.run(["-m", "ruff", "check", *(arguments or ["."])], cwd=ROOT)


def tutorials(environment: Environment, arguments: list[str]) -> int:
    """Carry the tutorials out as they are written."""
    return environment.run(["-m", "tools.tutorials", *arguments], cwd=ROOT)


def docs(environment: Environment, arguments: list[str]) -> int:
    """Render the documents; the last line is the first page."""
    return environment.run(["-m", "tools.docs", *arguments], cwd=ROOT)


COMMANDS = {
    "demo": demo,
    "panel": panel,
    "extension": extension,
    "test": test,
    "lint": lint,
    "tutorials": tutorials,
    "docs": docs,
}


def parse(argv: list[str]) -> tuple[str, list[str]]:
    """Split the command from its own arguments, which are not judged here."""
    parser = argparse.ArgumentParser(
        prog="dev.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=COMMANDS, metavar="|".join(COMMANDS))
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="go to the command")
    parsed = parser.parse_args(argv)
    return parsed.command, parsed.arguments


def main(argv: list[str]) -> int:
    """Prepare the environment of the command and run it; returns its exit status."""
    command, arguments = parse(argv)
    try:
        return COMMANDS[command](prepare(PLANS[command], command, ROOT), arguments)
    except SetupError as error:
        print(f"dev.py {command}: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print(f"dev.py {command}: stopped.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
