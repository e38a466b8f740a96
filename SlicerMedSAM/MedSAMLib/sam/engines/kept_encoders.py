"""Image encoders converted for OpenVINO, kept in the model folder under their weights' sha256."""

from __future__ import annotations

import json
import logging
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

from ...json_text import parsed
from ..checksums import sha256_of

logger = logging.getLogger(__name__)

SUBFOLDER = "openvino"
NETWORK, WEIGHTS, MANIFEST = "encoder.xml", "encoder.bin", "manifest.json"
PART = ".part"
HOW_TO_GET_IT = "pip install openvino"


def openvino_version() -> str | None:
    """Of the installed OpenVINO, which is not imported; None where there is none."""
    try:
        return metadata.version("openvino")
    except metadata.PackageNotFoundError:
        return None


class KeptEncoders:
    """The folder `openvino` of a model folder: one folder a network and version of OpenVINO.

    A kept encoder appears whole or not at all, and is read in full and compared with its manifest
    before use; one that is damaged is removed. Two processes may work on the same folder.
    """

    def __init__(self, model_folder: Path) -> None:
        self.folder = model_folder / SUBFOLDER

    def path(self, model_id: str) -> Path:
        """The folder for the weights of this sha256 and the installed version."""
        return self.folder / f"{model_id}-{openvino_version()}"

    def usable(self, model_id: str) -> dict | None:
        """The manifest of a kept encoder that is whole; None, after removing it, where it is not.

        It holds `files`, name to sha256, and `differences`, precision to relative error.
        """
        folder = self.path(model_id)
        if not folder.is_dir():
            return None
        try:
            manifest = parsed((folder / MANIFEST).read_text("utf-8"))
            whole = all(
                sha256_of(folder / name) == manifest["files"][name] for name in (NETWORK, WEIGHTS)
            )
            differences = {k: float(v) for k, v in manifest["differences"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            whole = False
        if not whole:
            logger.warning("The damaged converted encoder %s is removed.", folder)
            self.discard(folder)
            return None
        return {**manifest, "differences": differences}

    def discard(self, folder: Path) -> None:
        """Remove a kept encoder; what the system holds fast stays and is tried again later."""
        doomed = folder.with_name(f".{folder.name}-{secrets.token_hex(4)}{PART}")
        try:
            folder.rename(doomed)  # from now on it is not found any more, even half removed
        except OSError:
            doomed = folder
        shutil.rmtree(doomed, ignore_errors=True)

    def remove(self, model_id: str) -> bool:
        """Remove what was made of these weights, for any version; whether there was anything."""
        found = list(self._all_of(model_id))
        for folder in found:
            self.discard(folder)
        return bool(found)

    def nbytes(self, model_id: str) -> int:
        """On disk, of all versions."""
        files = (f for folder in self._all_of(model_id) for f in folder.rglob("*"))
        return sum(file.stat().st_size for file in files if file.is_file())

    @contextmanager
    def making(self, model_id: str) -> Iterator[Build | None]:
        """A turn at making one: write into `build.folder`, then `build.keep(differences)`.

        None where another process has made it meanwhile. OSError where the folder refuses.
        """
        import filelock

        self.folder.mkdir(parents=True, exist_ok=True)
        target = self.path(model_id)
        with filelock.FileLock(self.folder / f".{target.name}.lock"):
            self._sweep(target.name)
            if self.usable(model_id):
                yield None
                return
            build = Build(target)
            try:
                yield build
            finally:
                shutil.rmtree(build.folder, ignore_errors=True)

    def _all_of(self, model_id: str) -> Iterator[Path]:
        return (f for f in self.folder.glob(f"{model_id}-*") if f.is_dir())

    def _sweep(self, name: str) -> None:
        """What processes that were killed have left; nobody else is making this one now."""
        for left in self.folder.glob(f".{name}-*{PART}"):
            shutil.rmtree(left, ignore_errors=True)


class Build:
    """A folder that becomes `target` when it is kept."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self.folder = target.with_name(f".{target.name}-{secrets.token_hex(4)}{PART}")
        self.folder.mkdir()

    def keep(self, differences: dict[str, float]) -> None:
        """Make it the kept encoder; `differences` from the reference are relative norms."""
        files = {name: sha256_of(self.folder / name) for name in (NETWORK, WEIGHTS)}
        text = json.dumps({"files": files, "differences": differences}, indent=2)
        (self.folder / MANIFEST).write_text(text, "utf-8")
        for name in (NETWORK, WEIGHTS, MANIFEST):
            with (self.folder / name).open("r+b") as written:
                os.fsync(written.fileno())
        self.folder.replace(self._target)
