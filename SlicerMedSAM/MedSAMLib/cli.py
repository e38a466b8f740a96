"""The command `medsam`: which commands there are, and how they end.

Exit status 0: done. 1: could not be done. 2: wrong use. 130: interrupted with Ctrl-C. Every
failure is one line on stderr that starts with `medsam: error:`; `--log-level debug` adds the
traceback.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import NoReturn

from .errors import MedSAMError, UsageError

# One module of `MedSAMLib.commands` each, with `add_parser(subparsers)` and `run(args)`,
# which returns an exit status or None for 0. In the order in which `--help` shows them.
COMMANDS = ("segment", "propagate", "hypotheses", "upsample", "assess", "models", "info")

DONE, FAILED, WRONG_USE, INTERRUPTED = 0, 1, 2, 130

DESCRIPTION = "Segment medical images with the Segment Anything family of networks."
EPILOG = """\
examples:
  medsam info
  medsam segment polyp.jpg --box 40 52 180 201 -o polyp.png
  medsam segment ct.nii.gz --slice 42 --box 120 80 200 150 -o liver.seg.nrrd --name liver
  medsam propagate ct.nii.gz --slice 42 --box 120 80 200 150 -o liver.seg.nrrd
  medsam hypotheses ct.nii.gz --slice 42 --box 120 80 160 118 --count 8 -o nodule.seg.nrrd
  medsam upsample ct.nii.gz --mask liver.seg.nrrd --scale 4 -o fine.seg.nrrd
  medsam COMMAND --help

Exit status: 0 done, 1 could not be done, 2 wrong use, 130 interrupted.
"""


class Parser(argparse.ArgumentParser):
    """Wrong arguments are told in one line; the usage is a `--help` away."""

    def error(self, message: str) -> NoReturn:
        """UsageError instead of the usage and an exit."""
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
    with contextlib.ExitStack() as closing:
        closing.enter_context(_termination_as_ctrl_c())
        try:
            status = _run(arguments, closing)
            sys.stdout.flush()
            return status
        except BrokenPipeError:
            return _reader_gone()
        except KeyboardInterrupt:
            return _fail("Interrupted.", INTERRUPTED)
        except UsageError as error:
            return _fail(str(error), WRONG_USE)
        except Exception as error:
            return _fail(_why(error), FAILED)


def _run(arguments: list[str], closing: contextlib.ExitStack) -> int:
    try:
        args = build_parser().parse_args(arguments)
    except SystemExit as end:  # --help and --version
        return int(end.code or 0)
    if args.command is None:
        raise UsageError("No command was given (see 'medsam --help').")
    closing.enter_context(_logging_to_stderr(args.log_level))
    return args.run(args) or DONE


@contextlib.contextmanager
def _termination_as_ctrl_c() -> Iterator[None]:
    """`kill`, `timeout` and job schedulers end a run as cleanly as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _Format(logging.Formatter):
    """Warnings look like errors do: `medsam: warning: ...`."""

    def format(self, record: logging.LogRecord) -> str:
        return f"medsam: {record.levelname.lower()}: {super().format(record)}"


@contextlib.contextmanager
def _logging_to_stderr(level: str) -> Iterator[None]:
    """Log to stderr; the libraries' own warnings belong to `--log-level info` and below."""
    root, library_warnings = logging.getLogger(), logging.getLogger("py.warnings")
    handler = logging.StreamHandler()
    handler.setFormatter(_Format())
    before = root.level
    root.addHandler(handler)
    root.setLevel(level.upper())
    library_warnings.setLevel("WARNING" if level in ("debug", "info") else "ERROR")
    logging.captureWarnings(True)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        root.setLevel(before)
        root.removeHandler(handler)


def _fail(message: str, status: int) -> int:
    """One line on stderr; with debug logging the traceback before it."""
    logging.getLogger(__name__).debug("traceback", exc_info=True)
    print(f"medsam: error: {' '.join(message.split())}", file=sys.stderr)
    return status


def _why(error: Exception) -> str:
    """What failed, in one sentence for a user."""
    if isinstance(error, MedSAMError):
        return str(error)
    if isinstance(error, MemoryError):
        return "Not enough memory for this image and model."
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}."
    return (
        f"Unexpected {type(error).__name__}: {error} "
        "(please report this; --log-level debug shows where)."
    )


def _reader_gone() -> int:
    """The program that reads our output has left (`medsam models list | head`): end quietly."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FAILED
