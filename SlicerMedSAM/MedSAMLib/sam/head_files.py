"""Where the heads of a backbone lie, and whether a bundled one is what it should be.

A head is a safetensors file beside the backbone's own, `<name of the model>-<kind>.safetensors`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import MedSAMError
from .catalogue import BUNDLED_HEADS, CATALOGUE, bundled_folder
from .checksums import sha256_of

if TYPE_CHECKING:
    from .predictor import SamModel


def head_beside(model: SamModel, suffix: str) -> Path | None:
    """The head whose name ends in `suffix` beside the model's weights, None if there is none."""
    entry = next((each for each in CATALOGUE if each.name == model.name), None)
    if entry is None:
        path = Path(model.name).expanduser()
        beside = path.with_name(path.stem + suffix)
    elif entry.bundled:
        beside = bundled_folder() / f"{entry.name}{suffix}"
    else:
        from .store import Store

        beside = Store().folder / f"{entry.name}{suffix}"
    return beside if beside.is_file() else None


def check_bundled(path: Path) -> None:
    """Compare a head that comes with SlicerMedSAM with the catalogue's size and sha256."""
    expected = BUNDLED_HEADS.get(path.name)
    if expected is None or path.parent != bundled_folder():
        return
    if path.stat().st_size != expected.bytes or sha256_of(path) != expected.sha256:
        raise MedSAMError(f"{path} is not the head that came with SlicerMedSAM: install it again.")
