"""What a user can do to the prompts: every command makes new prompts of the old ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from .prompts import RAS, Box, Point, SliceKey, Target, Targets


class Command(Protocol):
    """A change of the prompts that can be done, undone and redone."""

    def apply(self, targets: Targets) -> Targets:
        """The prompts after the change."""


@dataclass(frozen=True)
class AddBox:
    """A box on a slice. It replaces the slice's box, unless every box is an object of its own."""

    slice: SliceKey
    box: Box
    separate: bool = False

    def apply(self, targets: Targets) -> Targets:
        index = None if self.separate else _last_on(self.slice, targets)
        new = Target(self.slice, self.box)
        if index is None:
            return (*targets, new)
        # Clicks that corrected the old box say nothing about the new one.
        had_box = targets[index].box is not None
        points = () if had_box else targets[index].points
        return _replaced(targets, index, Target(self.slice, self.box, points))


@dataclass(frozen=True)
class AddPoint:
    """A click. It belongs to the box around it, or else to what was last begun on the slice."""

    slice: SliceKey
    point: Point

    def apply(self, targets: Targets) -> Targets:
        index = _meant_by(self.slice, self.point.ras, targets)
        if index is None:
            return (*targets, Target(self.slice, points=(self.point,)))
        return _replaced(targets, index, targets[index].with_point(self.point))


def _last_on(key: SliceKey, targets: Targets) -> int | None:
    found = [index for index, target in enumerate(targets) if target.slice == key]
    return found[-1] if found else None


def _meant_by(key: SliceKey, ras: RAS, targets: Targets) -> int | None:
    around = [i for i, t in enumerate(targets) if t.slice == key and t.contains(ras)]
    return around[-1] if around else _last_on(key, targets)


def _replaced(targets: Targets, index: int, target: Target) -> Targets:
    return (*targets[:index], target, *targets[index + 1 :])
