"""The model folder: what is there, downloading, verifying and removing."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

from ..errors import MedSAMError, UsageError
from ..json_text import parsed
from .catalogue import CATALOGUE, ModelEntry, bundled_folder
from .checksums import sha256_of
from .downloading import Cancelled, DownloadCancelled, Progress, Transfer
from .engines.kept_encoders import KeptEncoders

logger = logging.getLogger(__name__)

FOLDER_VARIABLE = "MEDSAM_MODELS"
LOCK_POLL_SECONDS = 0.2


class ModelState(str, Enum):
    """Where a model stands; the value is the word that users see."""

    BUNDLED = "bundled"
    DOWNLOADED = "downloaded"
    ABSENT = "not here"
    CORRUPT = "corrupt"


def default_folder() -> Path:
    """`MEDSAM_MODELS` if set, otherwise a folder of the user's application data."""
    if folder := os.environ.get(FOLDER_VARIABLE):
        return Path(folder).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "SlicerMedSAM" / "models"


class Store:
    """The models in one folder.

    The folder can be copied as it is to a computer without network. A file counts as the model
    only after its sha256 was compared; the comparison is remembered beside it, so that listing
    does not read gigabytes again.
    """

    def __init__(self, folder: Path | str | None = None) -> None:
        self.folder = default_folder() if folder is None else Path(folder)

    def path(self, entry: ModelEntry) -> Path:
        """Where the file of `entry` lies or would lie."""
        return (bundled_folder() if entry.bundled else self.folder) / entry.filename

    def state(self, entry: ModelEntry) -> ModelState:
        """The state of one model; reads the whole file if it is new or has changed."""
        path = self.path(entry)
        try:
            genuine = path.is_file() and self._is_genuine(entry, path)
        except FileNotFoundError:  # another process removes it now
            return ModelState.ABSENT
        if not path.is_file():
            return ModelState.ABSENT
        if not genuine:
            return ModelState.CORRUPT
        return ModelState.BUNDLED if entry.bundled else ModelState.DOWNLOADED

    def listing(self) -> list[tuple[ModelEntry, ModelState]]:
        """Every model of the catalogue with its state."""
        return [(entry, self.state(entry)) for entry in CATALOGUE]

    def ready_path(self, entry: ModelEntry) -> Path:
        """The verified file of `entry`; MedSAMError that tells how to get it if it is not here."""
        _refuse_unsupported(entry)
        state = self.state(entry)
        if state is ModelState.ABSENT:
            raise MedSAMError(self._how_to_get(entry))
        if state is ModelState.CORRUPT:
            raise MedSAMError(self._corrupt(entry))
        return self.path(entry)

    def verify(self, entry: ModelEntry) -> None:
        """Read the whole file and compare its sha256; MedSAMError if absent or different."""
        path = self.path(entry)
        if not path.is_file():
            raise MedSAMError(self._how_to_get(entry))
        self._memo(entry).unlink(missing_ok=True)
        if not self._is_genuine(entry, path):
            raise MedSAMError(self._corrupt(entry))

    def download(
        self,
        entry: ModelEntry,
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> Path:
        """Fetch the model unless it is here already, verify it, and return its path.

        `progress(bytes_here, bytes_in_all)` is called often, `cancelled()` asked as often. An
        interrupted download goes on at the next call. Processes that download the same model
        wait for each other. Raises DownloadCancelled or MedSAMError.
        """
        _refuse_unsupported(entry)
        if entry.bundled:
            return self.ready_path(entry)
        progress, cancelled = progress or (lambda *_: None), cancelled or (lambda: False)
        with self._writing(entry, cancelled):
            if self.state(entry) is not ModelState.DOWNLOADED:
                part = self._part(entry)
                Transfer(entry.url, part, entry.bytes, progress, cancelled).run()
                self._accept(entry, part, entry.url)
        return self.path(entry)

    def import_file(self, entry: ModelEntry, source: Path | str) -> Path:
        """Copy a model file that came by another way into the folder, if it is the right one."""
        source = Path(source)
        if entry.bundled:
            raise UsageError(f"The model {entry.name} is part of SlicerMedSAM.")
        if not source.is_file():
            raise UsageError(f"There is no file {source}.")
        with self._writing(entry, lambda: False):
            copy = self._import(entry)
            try:
                shutil.copyfile(source, copy)
                self._accept(entry, copy, str(source))
            finally:
                copy.unlink(missing_ok=True)
        return self.path(entry)

    def remove(self, entry: ModelEntry) -> bool:
        """Delete the model, its downloads' rests and its conversions; False if none was there."""
        converted = KeptEncoders(self.folder).remove(entry.sha256)
        if entry.bundled:
            if converted:
                return True
            raise UsageError(f"The model {entry.name} is part of SlicerMedSAM and stays.")
        here = [p for p in (self.path(entry), self._part(entry)) if p.exists()]
        try:
            for path in [*here, self._memo(entry)]:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise MedSAMError(f"{path} cannot be removed: {error.strerror}.") from error
        return converted or bool(here)

    def converted_bytes(self, entry: ModelEntry) -> int:
        """On disk, of what was converted from the model for a faster engine."""
        return KeptEncoders(self.folder).nbytes(entry.sha256)

    def _accept(self, entry: ModelEntry, part: Path, origin: str) -> None:
        """Turn a complete `part` into the model, or delete it."""
        found = sha256_of(part)
        if found != entry.sha256:
            part.unlink()
            raise MedSAMError(
                f"What came from {origin} is not the model {entry.name}: its sha256 is {found} "
                f"instead of {entry.sha256}. It was deleted."
            )
        part.replace(self.path(entry))
        self._remember(entry)

    def _is_genuine(self, entry: ModelEntry, path: Path) -> bool:
        if path.stat().st_size != entry.bytes:
            return False
        if self._remembered(entry):
            return True
        try:
            genuine = sha256_of(path) == entry.sha256
        except FileNotFoundError:
            raise
        except OSError as error:
            raise MedSAMError(f"{path} cannot be read: {error.strerror}.") from error
        if genuine and not entry.bundled:
            self._remember(entry)
        return genuine

    def _remembered(self, entry: ModelEntry) -> bool:
        try:
            return parsed(self._memo(entry).read_text()) == self._fingerprint(entry)
        except (OSError, ValueError):
            return False

    def _remember(self, entry: ModelEntry) -> None:
        try:
            self._memo(entry).write_text(json.dumps(self._fingerprint(entry)))
        except OSError as error:  # a read-only folder: the file is read again next time
            logger.debug("The check of %s is not remembered: %s", entry.name, error)

    def _fingerprint(self, entry: ModelEntry) -> dict[str, str | int]:
        status = self.path(entry).stat()
        return {"sha256": entry.sha256, "bytes": status.st_size, "modified": status.st_mtime_ns}

    def _memo(self, entry: ModelEntry) -> Path:
        return self.folder / f"{entry.filename}.verified.json"

    def _part(self, entry: ModelEntry) -> Path:
        return self.folder / f"{entry.filename}.part"

    def _import(self, entry: ModelEntry) -> Path:
        return self.folder / f"{entry.filename}.import"

    @contextlib.contextmanager
    def _writing(self, entry: ModelEntry, cancelled: Cancelled) -> Iterator[None]:
        """The folder exists and no other process works on this model meanwhile."""
        import filelock  # comes with PyTorch; listing the models must work before that is installed

        lock = filelock.FileLock(self.folder / f".{entry.filename}.lock")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            _acquire(lock, cancelled)
            try:
                self._remove_links(entry)
                yield
            finally:
                lock.release()
        except OSError as error:
            raise MedSAMError(
                f"The model folder {self.folder} cannot be written ({error.strerror or error}); "
                f"choose another one with the environment variable {FOLDER_VARIABLE}."
            ) from error

    def _remove_links(self, entry: ModelEntry) -> None:
        """What is written to on the way is a file of this folder, not what a link points to."""
        for path in (self._part(entry), self._memo(entry), self._import(entry)):
            if path.is_symlink() and (path.is_file() or not path.exists()):
                path.unlink()

    def _how_to_get(self, entry: ModelEntry) -> str:
        if entry.bundled:
            return f"{self.path(entry)} is missing: install SlicerMedSAM again."
        return (
            f"The model {entry.name} is not on this computer: get it with `medsam models download "
            f"{entry.name}` ({entry.bytes / 1e6:.0f} MB, licence {entry.licence}), or copy "
            f"{entry.filename} into {self.folder}."
        )

    def _corrupt(self, entry: ModelEntry) -> str:
        remedy = (
            "install SlicerMedSAM again"
            if entry.bundled
            else f"remove it with `medsam models remove {entry.name}` and get it again"
        )
        return f"{self.path(entry)} is damaged or another file (its sha256 differs): {remedy}."


def _refuse_unsupported(entry: ModelEntry) -> None:
    if entry.unsupported:
        raise MedSAMError(f"{entry.unsupported}.")


def _acquire(lock, cancelled: Cancelled) -> None:
    import filelock

    while True:
        try:
            lock.acquire(timeout=LOCK_POLL_SECONDS)
            return
        except filelock.Timeout:
            if cancelled():
                raise DownloadCancelled("The download was cancelled.") from None
