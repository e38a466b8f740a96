"""Writing files whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import MedSAMError, UsageError

# A quota is not known to every system.
_DISK_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
# Of a long name only the end is kept, so that the temporary name is not too long for the disk.
_KEPT_OF_NAME = 64


@contextmanager
def atomic_path(path: str | os.PathLike[str], overwrite: bool = False) -> Iterator[Path]:
    """A temporary path to write to, which becomes `path` when the block ends well.

    It lies in the same folder and has the same ending. On any failure, Ctrl-C included, it is
    removed and what was at `path` stays as it was. UsageError where `path` exists and `overwrite`
    is not set; MedSAMError where the folder cannot be written to, or the disk is full.
    """
    target = Path(os.path.realpath(path))  # a link keeps pointing where it does
    _check_target(target, overwrite)
    temporary = target.with_name(f".{secrets.token_hex(4)}-{target.name[-_KEPT_OF_NAME:]}")
    try:
        temporary.open("xb").close()
        yield temporary
        _flush_to_disk(temporary)
        _check_target(target, overwrite)
        temporary.replace(target)
    except OSError as error:
        raise MedSAMError(_sentence(target, error)) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def _check_target(target: Path, overwrite: bool) -> None:
    if target.is_dir():
        raise UsageError(f"{target} is a folder, not a file.")
    if target.exists() and not overwrite:
        raise UsageError(f"{target} is already there: add --force to replace it.")
    if not target.parent.is_dir():
        raise MedSAMError(f"{target} cannot be written: there is no folder {target.parent}.")


def _flush_to_disk(path: Path) -> None:
    """Some disks tell that they are full only now; and a power cut leaves no empty file."""
    with path.open("r+b") as written:
        os.fsync(written.fileno())


def _sentence(target: Path, error: OSError) -> str:
    if error.errno in _DISK_FULL:
        return f"{target} was not written: the disk is full."
    if isinstance(error, PermissionError):
        return f"{target} cannot be written: you may not write into {target.parent}."
    return f"{target} cannot be written: {error.strerror or error}."
