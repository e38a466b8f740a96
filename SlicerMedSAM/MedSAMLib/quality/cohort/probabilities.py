"""Reading the segmenter's own probabilities, which the baselines of quality need."""

from __future__ import annotations

import math
import struct
import tokenize
import zipfile
import zlib
from pathlib import Path

import numpy as np

from ...errors import MedSAMError
from ...images import read_volume
from ...memory import available_bytes

_ENDINGS_OF_ARRAYS = (".npy", ".npz")
_SIGNS_OF_DAMAGE = (
    OSError, ValueError, LookupError, EOFError, TypeError, AttributeError, SyntaxError,
    RuntimeError, MemoryError, OverflowError, zipfile.BadZipFile, zlib.error, struct.error,
    tokenize.TokenError,
)  # fmt: skip


def read_probabilities(path: Path, grid: tuple[int, int, int]) -> np.ndarray:
    """Probabilities on the image's grid: (K, J, I) of the foreground, or (C, K, J, I).

    An image file holds the foreground's, 0..1, or 0..255 in whole numbers. `.npy` and `.npz` (as
    nnU-Net writes them) may also hold a channel for the background and each label. MedSAMError
    for another grid and for what are no probabilities.
    """
    array = _array(path) if path.suffix.lower() in _ENDINGS_OF_ARRAYS else _volume(path)
    if array.dtype.kind in "ui" and array.size and array.max() > 1:
        array = array / np.float32(255)
    array = np.asarray(array, dtype=np.float32)
    if array.shape in (grid[1:], (1, *grid[1:])) and grid[0] == 1:
        array = array.reshape(grid)
    if array.shape[-3:] != grid and array.shape == (array.shape[0], *grid[1:]) and grid[0] == 1:
        array = array.reshape(-1, *grid)
    if array.shape != grid and (array.ndim != 4 or array.shape[1:] != grid):
        raise MedSAMError(
            f"{path} has the shape {array.shape}, which does not fit the image's {grid}."
        )
    if not np.isfinite(array).all() or array.min() < -1e-3 or array.max() > 1 + 1e-3:
        raise MedSAMError(f"{path} holds no probabilities: they must lie between 0 and 1.")
    return np.clip(array, 0, 1)


def _volume(path: Path) -> np.ndarray:
    array = read_volume(path).array
    return array[..., 0] if array.ndim == 4 else array


def _array(path: Path) -> np.ndarray:
    try:
        # Mapped, an array that claims more than the file has is refused before it is made.
        loaded = np.load(path, mmap_mode="r", allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return np.asarray(loaded)
        with loaded:
            return _member(loaded)
    except FileNotFoundError as error:
        raise MedSAMError(f"There is no file or folder {path}.") from error
    except _SIGNS_OF_DAMAGE as error:
        raise MedSAMError(f"{path} is not a NumPy file that can be read.") from error


def _member(archive: np.lib.npyio.NpzFile) -> np.ndarray:
    """The array that holds the probabilities; ValueError where it claims more than it has."""
    names = [n for n in ("probabilities", "softmax") if n in archive] or list(archive)[:1]
    stored = archive.zip.getinfo(f"{names[0]}.npy")
    free = available_bytes()
    if free is not None and stored.file_size > free:
        raise ValueError("more than fits into the memory")
    with archive.zip.open(stored) as stream:
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0
        shape, _, kind = (read if version == (1, 0) else np.lib.format.read_array_header_2_0)(
            stream
        )
    if kind.hasobject or math.prod(shape) * kind.itemsize > stored.file_size:
        raise ValueError("more is claimed than there is")
    return archive[names[0]]
