"""Reading the segmenter's own probabilities, which the baselines of quality need."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from ...errors import MedSAMError
from ...images import read_volume

_ENDINGS_OF_ARRAYS = (".npy", ".npz")


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
        with path.open("rb") as file:
            loaded = np.load(file, allow_pickle=False)
            if isinstance(loaded, np.ndarray):
                return loaded
            names = [n for n in ("probabilities", "softmax") if n in loaded] or list(loaded)[:1]
            return loaded[names[0]]
    except FileNotFoundError as error:
        raise MedSAMError(f"There is no file or folder {path}.") from error
    except (OSError, ValueError, IndexError, EOFError, zipfile.BadZipFile) as error:
        raise MedSAMError(f"{path} is not a NumPy file that can be read.") from error
