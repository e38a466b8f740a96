"""Where the heads of a backbone lie, whether they are what they should be, and which are loaded.

A head is a safetensors file beside the backbone's own, `<name of the model>-<kind>.safetensors`.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import MedSAMError
from .catalogue import BUNDLED_HEADS, CATALOGUE, bundled_folder
from .checkpoint_files import Checkpoint
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


def check_backbone(checkpoint: Checkpoint, path: Path, model: SamModel, training: str) -> None:
    """MedSAMError unless the head in `path` was made for `model`; `training` makes such heads."""
    if checkpoint.metadata.get("model_id") != model.model_id:
        raise MedSAMError(
            f"{path} was made for another backbone than {model.name}: train one for it with "
            f"{training}, or take the backbone for which it was made."
        )


class KeptHeads:
    """The heads of the models in use: each is loaded once, and again when its file changes."""

    def __init__(self, load: Callable[[Path, SamModel], Any]) -> None:
        self._load = load
        self._kept: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()

    def of(self, model: SamModel, path: Path | None) -> Any:
        """The head in `path` on the model's device; None without a path."""
        if path is None:
            return None
        state = path.stat()
        key = (path, state.st_mtime_ns, state.st_size, model.device)
        kept = self._kept.get(model)
        if kept is None or kept[0] != key:
            kept = (key, self._load(path, model))
            self._kept[model] = kept
        return kept[1]
