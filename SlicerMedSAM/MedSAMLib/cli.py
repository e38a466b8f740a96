"""The command `medsam`: which commands there are, and how they end.

Exit status 0: done. 1: could not be done. 2: wrong use. 130: interrupted with Ctrl-C. Every
failure is one line on stderr that starts with `medsam: error:`; `--log-level debug` adds the
traceback.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from .errors import MedSAMError, UsageError

# One module of `MedSAMLib.commands` each, with `add_parser(subparsers)` and `run(args)`,
# which returns an exit status or None for 0. In the order in which `--help` shows them.
COMMANDS = ("segment", "propagate", "models", "info")

DONE, FAILED, WRONG_USE, INTERRUPTED = 0, 1, 2, 130

DESCRIPTION = "Segment medical images with the Segment Anything family of networks."
EPILOG = """\
examples:
  medsam info
  medsam segment polyp.jpg --box 40 52 180 201 -o polyp.png
  medsam segment ct.nii.gz --slice 42 --box 120 80 200 150 -o liver.seg.nrrd --name liver
  medsam propagate ct.nii.gz --slice 42 --box 120 80 200 150 -o liver.seg.nrrd
  medsam COMMAND --help

Exit status: 0 done, 1 could not be done, 2 wrong use, 130 interrupted.
"""


class Parser(argparse.ArgumentParser):
    """Wrong arguments are told in one line; the usage is a `--help` away."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[:1].upper()}{message[1:]} (see '{self.prog} --help').")


class _Version(argparse.Action):
    """`--version`, looked up only when asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str, **_: object) -> None:
        super().__init__(option_strings, dest, nargs=0, help="show the version and exit")

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from . import __version__

        print(f"medsam {__version__}")
        parser.exit()


def build_parser() -> argparse.ArgumentParser:
    """The parser of `medsam` with every command's own."""
    parser = Parser(
        prog="medsam",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version)
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    for name in COMMANDS:
        importlib.import_module(f".commands.{name}", __package__).add_parser(subparsers)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line (without the program's name) and return its exit status."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    try:
        status = _run(arguments)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        return _reader_gone()
    except KeyboardInterrupt:
        return _fail("Interrupted.", INTERRUPTED)
    except UsageError as error:
        return _fail(str(error), WRONG_USE)
    except MedSAMError as error:
        return _fail(str(error), FAILED)
    except MemoryError:
        return _fail("Not enough memory for this image and model.", FAILED)
    except OSError as error:
        return _fail(_system_message(error), FAILED)
    except Exception as error:  # a fault of the program: still one line and a status
        return _fail(f"Unexpected {type(error).__name__}: {error} ({HINT})", FAILED)


HINT = "please report this; --log-level debug shows where"


def _run(arguments: list[str]) -> int:
    try:
        args = build_parser().parse_args(arguments)
    except SystemExit as end:  # --help and --version
        return int(end.code or 0)
    if args.command is None:
        raise UsageError("No command was given (see 'medsam --help').")
    _set_up_logging(getattr(args, "log_level", "warning"))
    return args.run(args) or DONE


def _set_up_logging(level: str) -> None:
    """Log to stderr; the libraries' own warnings belong to `--log-level info` and below."""
    logging.basicConfig(
        level=level.upper(), format="medsam: %(levelname)s: %(message)s", force=True
    )
    logging.captureWarnings(True)
    verbose = level in ("debug", "info")
    logging.getLogger("py.warnings").setLevel(logging.WARNING if verbose else logging.ERROR)


def _fail(message: str, status: int) -> int:
    """One line on stderr; with debug logging the traceback before it."""
    logging.getLogger(__name__).debug("traceback", exc_info=True)
    print(f"medsam: error: {' '.join(message.split())}", file=sys.stderr)
    return status


def _system_message(error: OSError) -> str:
    if error.strerror is None:
        return str(error)
    return f"{error.strerror}: {error.filename}" if error.filename else error.strerror


def _reader_gone() -> int:
    """The program reading our output has left (`medsam models list | head`): leave quietly."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FAILED
