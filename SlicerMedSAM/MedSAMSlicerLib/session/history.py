"""Undo and redo of prompts."""

from __future__ import annotations

from dataclasses import dataclass, field

from .commands import Command
from .prompts import Targets


@dataclass
class History:
    """The prompts of the current object, and the commands that made them."""

    targets: Targets = ()
    _done: list[tuple[Command, Targets]] = field(default_factory=list)
    _undone: list[Command] = field(default_factory=list)

    @property
    def can_undo(self) -> bool:
        """Whether there is a command to take back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether a command was taken back and nothing was done since."""
        return bool(self._undone)

    def do(self, command: Command) -> None:
        """Apply a command; what was undone before cannot be redone any more."""
        self._apply(command)
        self._undone.clear()

    def undo(self) -> None:
        """Take the last command back."""
        command, self.targets = self._done.pop()
        self._undone.append(command)

    def redo(self) -> None:
        """Do again what was taken back last."""
        self._apply(self._undone.pop())

    def start_from(self, targets: Targets = ()) -> None:
        """Other prompts, without a past."""
        self.targets = targets
        self._done.clear()
        self._undone.clear()

    def _apply(self, command: Command) -> None:
        self._done.append((command, self.targets))
        self.targets = command.apply(self.targets)
