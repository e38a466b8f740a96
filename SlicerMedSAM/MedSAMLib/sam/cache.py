"""Embeddings that were computed before, in memory and optionally on disk, both bounded in bytes."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from ..errors import UsageError
from ..json_text import parsed
from .embedding import Embedding

logger = logging.getLogger(__name__)

MEMORY_BYTES = 512 << 20
DISK_BYTES = 4 << 30
SUFFIX = ".safetensors"
_HALF = ".part"
_ABANDONED_S = 3600

Window = str | tuple[float, float] | None


@dataclass(frozen=True)
class CacheKey:
    """What an embedding depends on: the pixels, the weights, the window."""

    content: str
    model_id: str
    window: str

    def filename(self) -> str:
        """Of the embedding on disk."""
        text = "|".join((self.content, self.model_id, self.window))
        return hashlib.blake2b(text.encode(), digest_size=20).hexdigest() + SUFFIX


def cache_key(image: np.ndarray, model_id: str, window: Window) -> CacheKey:
    """The key of `image` (H, W[, 3]) of any type for a model and a window."""
    image = np.ascontiguousarray(image)
    digest = hashlib.blake2b(f"{image.shape}{image.dtype.str}".encode(), digest_size=20)
    digest.update(image.data)
    return CacheKey(digest.hexdigest(), model_id, _window_text(window))


def _window_text(window: Window) -> str:
    if window is None or isinstance(window, str):
        return str(window)
    try:
        return str([float(number) for number in window])
    except (TypeError, ValueError):
        raise UsageError("A window is two numbers: center and width.") from None


class EmbeddingCache:
    """The embeddings used last, least recently used first out. Safe to share between threads.

    `max_bytes` bounds the memory (0 keeps nothing); features that half precision holds exactly, as
    those of networks in bfloat16, take half of it. With a `folder` embeddings also survive the
    program: there they are half precision (relative error about 5e-4), at most `max_disk_bytes`,
    each file appearing whole or not at all; what cannot be read is removed and computed again.
    """

    def __init__(
        self,
        max_bytes: int = MEMORY_BYTES,
        folder: Path | str | None = None,
        max_disk_bytes: int = DISK_BYTES,
    ) -> None:
        self.max_bytes = max_bytes
        self._disk = None if folder is None else EmbeddingFolder(Path(folder), max_disk_bytes)
        self._embeddings: OrderedDict[CacheKey, Embedding] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    @property
    def nbytes(self) -> int:
        """Bytes held in memory."""
        return self._bytes

    def __len__(self) -> int:
        return len(self._embeddings)

    def get(self, key: CacheKey) -> Embedding | None:
        """The embedding for `key`, or None."""
        with self._lock:
            if key in self._embeddings:
                self._embeddings.move_to_end(key)
                return _unpacked(self._embeddings[key])
        embedding = self._disk.read(key) if self._disk else None
        if embedding is not None:
            self._keep(key, embedding)
        return embedding

    def put(self, key: CacheKey, embedding: Embedding) -> None:
        """Keep `embedding`, dropping the least recently used ones that no longer fit."""
        self._keep(key, embedding)
        if self._disk:
            self._disk.write(key, embedding)

    def clear(self) -> None:
        """Forget everything in memory."""
        with self._lock:
            self._embeddings.clear()
            self._bytes = 0

    def _keep(self, key: CacheKey, embedding: Embedding) -> None:
        embedding = _packed(embedding)
        with self._lock:
            self._drop(key)
            if embedding.nbytes > self.max_bytes:
                return
            self._embeddings[key] = embedding
            self._bytes += embedding.nbytes
            while self._bytes > self.max_bytes:
                self._drop(next(iter(self._embeddings)))

    def _drop(self, key: CacheKey) -> None:
        dropped = self._embeddings.pop(key, None)
        if dropped is not None:
            self._bytes -= dropped.nbytes


def _packed(embedding: Embedding) -> Embedding:
    """With features in half precision where that loses nothing."""
    half = embedding.features.half()
    exact = torch.equal(half.float(), embedding.features)
    return replace(embedding, features=half) if exact else embedding


def _unpacked(embedding: Embedding) -> Embedding:
    if embedding.features.dtype == torch.float32:
        return embedding
    return replace(embedding, features=embedding.features.float())


class EmbeddingFolder:
    """Embeddings as half-precision safetensors files; the files' times tell which was used last."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self.folder = folder
        self.max_bytes = max_bytes

    def read(self, key: CacheKey) -> Embedding | None:
        """The stored embedding; None if there is none or it cannot be read."""
        path = self.folder / key.filename()
        if not path.is_file():
            return None
        try:
            embedding = _read_embedding(path)
            os.utime(path)
        except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
            logger.warning("A damaged embedding is removed from the cache: %s", error)
            with contextlib.suppress(OSError):
                path.unlink()
            return None
        return embedding

    def write(self, key: CacheKey, embedding: Embedding) -> None:
        """Store the embedding and remove the oldest ones; a disk that refuses is only logged."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            _write_embedding(self.folder / key.filename(), embedding)
            self._shrink()
        except (OSError, SafetensorError) as error:
            logger.warning("The embedding is not kept on disk: %s", error)

    def _shrink(self) -> None:
        self._remove_halves()
        files = [(s.st_mtime_ns, s.st_size, f) for f, s in self._files("*" + SUFFIX)]
        total = sum(size for _, size, _ in files)
        for _, size, file in sorted(files):
            if total <= self.max_bytes:
                return
            file.unlink(missing_ok=True)
            total -= size

    def _remove_halves(self) -> None:
        """What killed programs have left; a running one needs far less than an hour for its own."""
        for file, status in self._files("*" + _HALF):
            if status.st_mtime < time.time() - _ABANDONED_S:
                file.unlink(missing_ok=True)

    def _files(self, pattern: str) -> Iterator[tuple[Path, os.stat_result]]:
        """Files with their status; other programs may remove some meanwhile."""
        for file in self.folder.glob(pattern):
            with contextlib.suppress(FileNotFoundError):
                yield file, file.stat()


def _write_embedding(path: Path, embedding: Embedding) -> None:
    meta = {
        "original_size": embedding.original_size,
        "input_size": embedding.input_size,
        "model_id": embedding.model_id,
    }
    # Not `files.atomic_path`: two processes may store the same embedding at once, and both may.
    handle, name = tempfile.mkstemp(prefix=path.stem, suffix=_HALF, dir=path.parent)
    os.close(handle)
    try:
        tensors = {"features": embedding.features.to("cpu", torch.float16).contiguous()}
        for part in ("pixels", "image"):
            kept = getattr(embedding, part)
            if kept is not None:
                tensors[part] = kept.cpu().contiguous()
        save_file(tensors, name, metadata={"embedding": json.dumps(meta)})
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def _read_embedding(path: Path) -> Embedding:
    with safe_open(path, framework="pt") as file:
        meta = parsed(file.metadata()["embedding"])
        features = file.get_tensor("features").float()
        names = set(file.keys())
        kept = {part: file.get_tensor(part) for part in ("pixels", "image") if part in names}
    if not torch.isfinite(features).all():
        raise ValueError(f"{path} holds numbers that are not finite")
    return Embedding(
        features=features,
        original_size=tuple(meta["original_size"]),
        input_size=tuple(meta["input_size"]),
        model_id=meta["model_id"],
        **kept,
    )
