"""Is a NIfTI file whole? ITK fills what is missing with zeros and says nothing."""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path

from ..errors import MedSAMError

_GZIP_MAGIC = b"\x1f\x8b"
_CHUNK = 1 << 22


def check_nifti_is_whole(path: Path, header: dict[str, str]) -> None:
    """MedSAMError where the file holds fewer bytes than its header (ITK's names) promises."""
    rank = int(header["dim[0]"])
    voxels = math.prod(int(header[f"dim[{axis}]"]) for axis in range(1, rank + 1))
    promised = int(float(header["vox_offset"])) + voxels * int(header["bitpix"]) // 8
    try:
        present = _uncompressed_bytes(path, promised)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        present = 0
    if present < promised:
        raise MedSAMError(f"{path} is truncated or damaged: copy or download it again.")


def _uncompressed_bytes(path: Path, enough: int) -> int:
    """The bytes in the file; of a compressed one no more are counted than are enough."""
    with path.open("rb") as raw:
        compressed = raw.read(2) == _GZIP_MAGIC
    if not compressed:
        return path.stat().st_size
    with gzip.open(path) as stream:
        present = 0
        while present < enough and (chunk := stream.read(_CHUNK)):
            present += len(chunk)
        return present
