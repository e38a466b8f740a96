"""How far a run is and what learning rate that means, by steps or by the clock."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field


@dataclass
class Progress:
    """Share of a run that is over, the larger of steps done and minutes spent.

    `agreed_seconds` is the time that all processes of the run go by; it includes what earlier,
    interrupted pieces of the run used.
    """

    steps: int
    minutes: float
    step: int = 0
    agreed_seconds: float = 0.0
    _offset: float = 0.0
    _started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Time used so far by this process's own clock."""
        return self._offset + time.monotonic() - self._started

    def set_seconds(self, seconds: float) -> None:
        """Go by this time from now on, until told again."""
        self.agreed_seconds = seconds

    @property
    def fraction(self) -> float:
        return min(1.0, max(self.step / self.steps, self.agreed_seconds / (60 * self.minutes)))

    def start_clock(self) -> None:
        """Do not count what came before the first step, such as reading the data."""
        self._offset, self._started = self.agreed_seconds, time.monotonic()

    def state_dict(self) -> dict[str, float]:
        return {"step": self.step, "seconds": self.agreed_seconds}

    def load_state_dict(self, state: dict[str, float]) -> None:
        self.step, self.agreed_seconds = int(state["step"]), state["seconds"]
        self.start_clock()


def learning_rate_factor(step: int, fraction: float, warmup_steps: int) -> float:
    """Linear warm-up by steps, then half a cosine over the run, 0..1."""
    return min(1.0, (step + 1) / warmup_steps) * 0.5 * (1 + math.cos(math.pi * fraction))
