"""How long work that is told about part by part will still take."""

from __future__ import annotations

import time
from collections.abc import Callable


class Remaining:
    """Call `told` at each part; the first part is left out, because it also loads the network."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._first: tuple[float, int] | None = None
        self._seconds_left: float | None = None

    @property
    def seconds_left(self) -> float | None:
        """None before two parts are done."""
        return self._seconds_left

    def told(self, done: int, total: int) -> None:
        """So many parts of so many are done now."""
        if done < 1:
            return
        if self._first is None:
            self._first = self._clock(), done
            return
        begun, first = self._first
        if done > first:
            pace = (self._clock() - begun) / (done - first)
            self._seconds_left = pace * (total - done)
