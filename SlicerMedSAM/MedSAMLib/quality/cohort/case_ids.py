"""Names of cases that are safe as names of files on every system."""

from __future__ import annotations

import re
from pathlib import Path

from ...errors import UsageError

LONGEST = 100
_SAFE = re.compile(r"[\w][\w .+=@,()-]*", re.UNICODE)
_UNSAFE = re.compile(r"[^\w .+=@,()-]+", re.UNICODE)
# Windows keeps these names for devices, whatever the ending.
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def checked_id(text: str, row: int) -> str:
    """`text` if it can be the name of a file in one folder; UsageError, with the row, if not."""
    if len(text) > LONGEST:
        raise UsageError(f"Row {row}: the id has {len(text)} letters, at most {LONGEST} can be.")
    if not is_safe(text):
        raise UsageError(
            f"Row {row}: the id {text!r} cannot be the name of a file: use letters, digits, "
            "spaces and . _ - + = @ , ( ), beginning with a letter or digit."
        )
    return text


def is_safe(text: str) -> bool:
    """Whether this is a plain name on Linux, macOS and Windows: no folder, nothing hidden."""
    plain = _SAFE.fullmatch(text) is not None and not text.endswith((" ", "."))
    return plain and _RESERVED.fullmatch(text) is None


def id_of_file(path: Path, row: int) -> str:
    """A safe id made of an image's name, for a case that was given none."""
    from ...images.reading import volume_name

    name = _UNSAFE.sub("_", volume_name(path))[:LONGEST].strip(" .")
    return name if is_safe(name) else f"case-{row}"
