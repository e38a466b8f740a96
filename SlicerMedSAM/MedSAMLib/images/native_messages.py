"""Silence for native readers, which print to the process's output instead of raising."""

from __future__ import annotations

import logging
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import BinaryIO

_logger = logging.getLogger(__name__)
_STDOUT, _STDERR = 1, 2
_lock = threading.RLock()


class NativeMessages:
    """What native code printed; `text` is filled when the context is left."""

    text: str = ""


@contextmanager
def captured_native_messages() -> Iterator[NativeMessages]:
    """Keep away from the user what C and C++ libraries print on the process's descriptors 1 and 2.

    ITK, libjpeg (on stdout) and MetaIO report some faults there only, so the text is evidence
    too. It is logged at debug level. A descriptor that the process does not have is left alone.
    """
    messages = NativeMessages()
    with _lock, tempfile.TemporaryFile() as sink:
        try:
            with ExitStack() as restore:
                for descriptor in (_STDOUT, _STDERR):
                    _redirect(descriptor, sink, restore)
                yield messages
        finally:
            sink.seek(0)
            messages.text = sink.read().decode(errors="replace").strip()
            if messages.text:
                _logger.debug("%s", messages.text)


def _redirect(descriptor: int, sink: BinaryIO, restore: ExitStack) -> None:
    with suppress(OSError):
        original = os.dup(descriptor)
        restore.callback(os.close, original)
        os.dup2(sink.fileno(), descriptor)
        restore.callback(os.dup2, original, descriptor)
