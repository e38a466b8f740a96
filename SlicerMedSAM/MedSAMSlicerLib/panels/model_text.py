"""How large a network is and where it lies, in words."""

from __future__ import annotations

from typing import Any

from slicer.i18n import tr as _

_BYTES_PER_MB = 1e6


def sizeText(entry: Any) -> str:
    """Of the file."""
    return _("{megabytes} MB").format(megabytes=f"{entry.bytes / _BYTES_PER_MB:.0f}")


def whereaboutsText(entry: Any, isHere: bool) -> str:
    """Whether there is something to download, or to delete."""
    if entry.bundled:
        return _("Comes with SlicerMedSAM")
    return _("On this computer") if isHere else _("To be downloaded")
