"""Memory that a network gives back is kept for its next answer.

On Linux the allocator returns larger pieces to the system as soon as they are free, and every page
of the next tensor of that size has to be fetched anew: decoding 64 boxes by ViT-B fetches 0.5 GB,
a fifth of its time.
"""

from __future__ import annotations

import ctypes
from functools import cache

# Numbers of <malloc.h>, and how many bytes: of a piece that is asked of the system by itself (the
# most that glibc takes, and what it comes to by itself), and of free memory that is kept.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
PIECE_BYTES = 32 << 20
KEPT_BYTES = 128 << 20


@cache
def keep_freed_memory() -> None:
    """Let this process keep up to 128 MB that it has freed; other allocators are left alone."""
    try:
        set_option = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # not glibc; Windows has no main program to open
        return
    set_option(_M_MMAP_THRESHOLD, PIECE_BYTES)
    set_option(_M_TRIM_THRESHOLD, KEPT_BYTES)
