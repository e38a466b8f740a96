"""Does an element of a DICOM file claim more bytes than the file has?

GDCM takes the memory that an element claims, up to 4 GiB, before it finds that nothing is there.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

_PREAMBLE = 128
_META_GROUP = 2
_TRANSFER_SYNTAX = (0x0002, 0x0010)
_IMPLICIT = b"1.2.840.10008.1.2"
_BIG_ENDIAN, _DEFLATED = b"1.2.840.10008.1.2.2", b"1.2.840.10008.1.2.1.99"
_UNDEFINED = 0xFFFFFFFF
_LONG_KINDS = (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT",
               b"UV")  # fmt: skip
# Of smaller claims the readers may make what they can.
_HARMLESS = 16 << 20


def claims_too_much(path: Path) -> bool:
    """Whether the elements up to the first of undefined length reach far beyond the file's end.

    False for what is no DICOM file of Part 10, and for big-endian and deflated ones.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        if file.read(_PREAMBLE + 4)[_PREAMBLE:] != b"DICM":
            return False
        return _walk(file, size)


def _walk(file: BinaryIO, size: int) -> bool:
    syntax = b""
    while head := file.read(8):
        if len(head) < 8:
            return False
        tag = struct.unpack_from("<HH", head)
        if tag[0] != _META_GROUP and syntax in (_BIG_ENDIAN, _DEFLATED):
            return False
        is_implicit = tag[0] != _META_GROUP and syntax == _IMPLICIT
        length = _length(file, head, is_implicit)
        if length == _UNDEFINED:
            return False
        # Where even the kind is damaged, GDCM reads on at any place and takes any length for one.
        allowed = _HARMLESS if is_implicit or head[4:6].isalpha() else 0
        if length > max(size - file.tell(), 0) + allowed:
            return True
        if tag == _TRANSFER_SYNTAX:
            syntax = file.read(length).rstrip(b"\0 ")
        else:
            file.seek(length, 1)
    return False


def _length(file: BinaryIO, head: bytes, is_implicit: bool) -> int:
    """The length that an element's first 8 bytes claim, or the 4 that follow them."""
    if is_implicit or not head[4:6].isalpha():
        return struct.unpack_from("<I", head, 4)[0]
    if head[4:6] in _LONG_KINDS:
        rest = file.read(4)
        return struct.unpack("<I", rest)[0] if len(rest) == 4 else _UNDEFINED
    return struct.unpack_from("<H", head, 6)[0]
