"""Stand-ins for a network that is slow, or that fails."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from MedSAMLib.errors import MedSAMError
from MedSAMSlicerLib.self_test.bright_pixels import BrightPixels

LIMIT_S = 20


class HeldNetwork(BrightPixels):
    """Works no further in an embedding until a test lets it."""

    def __init__(self) -> None:
        self._held, self._free = threading.Event(), threading.Event()

    def embed(self, image: np.ndarray, window: Any = "auto") -> np.ndarray:
        self._held.set()
        assert self._free.wait(LIMIT_S)
        return super().embed(image, window)

    def wait_until_held(self) -> None:
        """Until the worker is in an embedding; the panel lives on meanwhile."""
        import slicer

        for _attempt in range(LIMIT_S * 100):
            slicer.app.processEvents()
            if self._held.wait(0.01):
                return
        raise AssertionError("no embedding has begun")

    def hold(self) -> None:
        """Stop at the next embedding."""
        self._held.clear()
        self._free.clear()

    def release(self) -> None:
        """Go on, now and from now on."""
        self._free.set()

    def release_soon(self) -> None:
        """Go on in a moment."""
        threading.Timer(0.2, self.release).start()


class FailingNetwork(BrightPixels):
    """Raises `error` until it is None."""

    def __init__(self) -> None:
        self.error: Exception | None = MedSAMError("The graphics card ran out of memory.")

    def embed(self, image: np.ndarray, window: Any = "auto") -> np.ndarray:
        if self.error is not None:
            raise self.error
        return super().embed(image, window)
