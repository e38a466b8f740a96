"""How long a run will still take."""

from __future__ import annotations

import time
from collections.abc import Callable


class Pace:
    """Measured over the cases of this run; those finished earlier say nothing about it."""

    def __init__(self, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._start = clock()
        self._total = total
        self._done = 0

    def step(self) -> None:
        """One more case is done."""
        self._done += 1

    def remaining(self) -> float | None:
        """Seconds, None before the first case is done."""
        if not self._done:
            return None
        each = (self._clock() - self._start) / self._done
        return each * (self._total - self._done)


def duration(seconds: float) -> str:
    """As people say it: `40 s`, `3 min`, `2 h 10 min`."""
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
