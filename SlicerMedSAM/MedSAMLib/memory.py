"""How much memory can be had now."""

from __future__ import annotations

import os


def available_bytes() -> int | None:
    """Memory that is free or could be at once; None where the system does not tell."""
    try:
        with open("/proc/meminfo", encoding="ascii") as facts:  # noqa: PTH123  not a file
            lines = dict(line.split(":", 1) for line in facts)
        return int(lines["MemAvailable"].split()[0]) << 10
    except (OSError, KeyError, ValueError):
        return _free_pages()


def _free_pages() -> int | None:
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows, macOS
        return None
