"""What the header of an image claims, compared with what can be, before memory is taken for it."""

from __future__ import annotations

import math
from pathlib import Path

from ..errors import MedSAMError
from ..memory import available_bytes

# The image itself, and NumPy's copy of it.
_COPIES = 2
# Deflate packs at most 1032 bytes into one; in these files nothing else does the packing.
_MOST_EXPANSION = 1100
_DEFLATED = (".mha", ".png")
_META = (".mha", ".mhd")
_META_HEADER_BYTES = 1 << 16
_END_OF_META = b"ElementDataFile"
_MOST_DIMENSIONS = 10
_NRRD_MAGIC = b"NRRD"
# NRRD's library writes a complaint about a longer line past the end of its buffer (1024 bytes).
_LONGEST_LINE = 900
# Key and value pairs may be of any length.
_LONGEST_PAIR = 1 << 24


def check_claimed_size(path: Path, pixels: int, bytes_per_pixel: int) -> None:
    """MedSAMError where a file is too small for its claim, or the claim for this computer."""
    claimed = pixels * bytes_per_pixel
    if path.suffix.lower() in _DEFLATED and claimed > _MOST_EXPANSION * path.stat().st_size:
        raise MedSAMError(f"{path} is truncated or damaged: copy or download it again.")
    free = available_bytes()
    if free is not None and _COPIES * claimed > free:
        raise MedSAMError(
            f"{path} needs {_COPIES * claimed / 2**30:.1f} GB of memory and {free / 2**30:.1f} GB "
            "are free: crop it or reduce its resolution, if it is not damaged."
        )


def check_meta_header(path: Path) -> None:
    """MedSAMError for a MetaImage whose dimensions are none: the library itself crashes on some."""
    if path.suffix.lower() not in _META:
        return
    with path.open("rb") as file:
        head = file.read(_META_HEADER_BYTES).partition(_END_OF_META)[0]
    lines = (line.partition(b"=") for line in head.splitlines())
    fields = {name.strip(): value.split() for name, _, value in lines}
    try:
        (rank,) = (int(word) for word in fields.get(b"NDims", ()))
        sizes = [int(word) for word in fields[b"DimSize"]]
    except (KeyError, ValueError):
        rank, sizes = 0, []
    if not (1 <= rank <= _MOST_DIMENSIONS and len(sizes) == rank and min(sizes) > 0):
        raise MedSAMError(f"{path} is not an image that can be read, or it is damaged.")
    if math.prod(sizes) > 2**62:
        raise MedSAMError(f"{path} is truncated or damaged: copy or download it again.")


def check_nrrd_header(path: Path) -> None:
    """MedSAMError for an NRRD header with a line on which the library itself would crash."""
    with path.open("rb") as file:
        if file.read(len(_NRRD_MAGIC)) != _NRRD_MAGIC:
            return
        while line := file.readline(_LONGEST_PAIR).rstrip(b"\r\n"):
            if len(line) > _LONGEST_LINE and not (line.startswith(b"#") or b":=" in line):
                raise MedSAMError(f"{path} is not an image that can be read, or it is damaged.")
