"""A list of receivers (qt.Signal is not safe in scripts of the application)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Signal:
    """Call `connect` with what is to be called by `emit`."""

    def __init__(self) -> None:
        self._receivers: list[Callable[..., Any]] = []

    def connect(self, receiver: Callable[..., Any]) -> None:
        """Call `receiver` at every emission."""
        self._receivers.append(receiver)

    def disconnect_all(self) -> None:
        """Forget every receiver."""
        self._receivers.clear()

    def emit(self, *arguments: Any) -> None:
        """Call the receivers."""
        for receiver in tuple(self._receivers):
            receiver(*arguments)
