"""Reading a pickle that holds only containers, numbers, text and NumPy arrays.

A pickle is a program: the usual loader imports and calls whatever the file names. This one
resolves the few names that NumPy writes for arrays, and refuses every other before it is imported.
"""

from __future__ import annotations

import importlib
import io
import pickle
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from MedSAMLib.errors import MedSAMError


def load_numpy_pickle(path: Path) -> Any:
    """What a pickle file holds; the ones that Python 2 wrote are read too.

    Raises MedSAMError for a file that names anything but arrays, is damaged, or is no pickle.
    """
    try:
        with path.open("rb") as file:
            return _ArraysOnly(io.BufferedReader(file), path).load()
    except (pickle.UnpicklingError, EOFError, ValueError, TypeError, IndexError, KeyError) as error:
        raise MedSAMError(f"{path} is damaged or no pickle of arrays ({error}).") from error


def _latin1(text: str, encoding: str) -> bytes:
    """How protocols 0 to 2 write bytes; any other codec is none of an array's business."""
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"bytes in the encoding {encoding}")
    return text.encode("latin1")


def _of_numpy(home: str, name: str) -> Any:
    """NumPy 2 moved its core; files of NumPy 1 name the old place."""
    core = "numpy._core" if int(np.__version__.split(".")[0]) >= 2 else "numpy.core"
    return getattr(importlib.import_module(f"{core}.{home}"), name)


_OF_NUMPYS_CORE = (
    ("multiarray", "_reconstruct"),
    ("multiarray", "scalar"),
    ("numeric", "_frombuffer"),
)


_ALLOWED = {
    ("numpy", "ndarray"): lambda: np.ndarray,
    ("numpy", "dtype"): lambda: np.dtype,
    ("_codecs", "encode"): lambda: _latin1,
    **{
        (f"{core}.{home}", name): partial(_of_numpy, home, name)
        for core in ("numpy.core", "numpy._core")
        for home, name in _OF_NUMPYS_CORE
    },
}


class _ArraysOnly(pickle.Unpickler):
    def __init__(self, file: io.BufferedReader, path: Path) -> None:
        super().__init__(file, encoding="latin1")
        self._path = path

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise MedSAMError(
                f"{self._path} was not loaded: it names {module}.{name}, and a pickle of images "
                "and masks holds arrays only. Do not open it with Python's own pickle either."
            )
        return _ALLOWED[module, name]()

    def persistent_load(self, pid: object) -> Any:
        raise MedSAMError(f"{self._path} was not loaded: it refers to data outside of itself.")
