"""What the network needs inside Slicer: looked for at any time, installed only when asked to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol


class State(Enum):
    READY = "ready"
    MISSING = "missing"
    BROKEN = "broken"


@dataclass(frozen=True)
class Finding:
    """One requirement: its package, its state, and a sentence with what to do about it."""

    package: str
    state: State
    sentence: str


class Environment(Protocol):
    """What is known of the running Python and Slicer; `SlicerEnvironment` is the real one."""


class SlicerEnvironment:
    """The real Python, Slicer's packaging and the PyTorch extension."""


class Dependencies:
    """`Dependencies(SlicerEnvironment())`. Nothing is imported or installed on construction."""

    def __init__(self, environment: Environment) -> None: ...

    def installed(self) -> bool:
        """Quick look (no import of PyTorch): are all packages there?"""
        raise NotImplementedError

    def findings(self) -> list[Finding]:
        """Import everything (seconds) and tell the state of each package in plain words."""
        raise NotImplementedError

    def summary(self) -> str:
        """One sentence for the panel: ready, or what is missing or broken and what to do."""
        raise NotImplementedError

    def install(self) -> None:
        """Install what is missing. Main thread only, after the user agreed.

        MedSAMError with a sentence where it cannot be done; a restart may be needed after it.
        """
        raise NotImplementedError


_ = Any
