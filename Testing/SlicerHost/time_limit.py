"""A time limit that also ends an endless loop inside C++, where Python's own timers never run."""

from __future__ import annotations

import contextlib
import faulthandler
from collections.abc import Iterator

HARD_LIMIT_S = 120.0


@contextlib.contextmanager
def hard_limit(stderr_fd: int, seconds: float = HARD_LIMIT_S) -> Iterator[None]:
    """Past the limit, write every thread's stack to the file descriptor and end the process.

    This is the last resort behind pytest-timeout, which fails just the one test but needs the
    interpreter, and the interpreter waits for ever for a loop inside Slicer.
    """
    faulthandler.dump_traceback_later(seconds, exit=True, file=stderr_fd)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
