"""What is drawn around objects, and which of it is meant: that on the slice that is looked at."""

from __future__ import annotations

from typing import Protocol

from MedSAMLib.errors import MedSAMError

from ..session.commands import AddBox, AddPoint, Command
from ..session.history import History
from ..session.prompts import (
    RAS,
    Box,
    Point,
    SliceKey,
    Targets,
    has_area_inside,
    is_inside,
    on_slice,
)


class Shown(Protocol):
    """The slices of the chosen volume that the views show (`scene.volume_slices`)."""

    def current(self, view: str) -> SliceKey | None:
        """That of a view; without a name, of the first view that has one."""

    def others(self, view: str) -> list[SliceKey]:
        """Those of the other views."""


class Drawing:
    """Boxes and points of one volume, with their history."""

    def __init__(self, slices: Shown) -> None:
        self.history = History()
        self._slices = slices
        self._view = ""

    def look_at(self, view: str) -> None:
        """The user looks at this view now; "" for the same one as before."""
        self._view = view or self._view

    def add_box(self, view: str, first: RAS, second: RAS) -> bool:
        """A box between two world points on the slice of a view; False beside the image."""
        key, box = self._slice_of(view), Box(first, second)
        return key is not None and has_area_inside(key.plane, box) and self._do(AddBox(key, box))

    def add_point(self, view: str, ras: RAS, positive: bool) -> bool:
        """A click on the slice of a view; False beside the image."""
        key, point = self._slice_of(view), Point(ras, positive)
        return key is not None and is_inside(key.plane, ras) and self._do(AddPoint(key, point))

    @property
    def meant(self) -> Targets:
        """What is drawn on the slice that is looked at; else on the first of the shown ones."""
        for key in self._shown():
            drawn = on_slice(self.history.targets, key)
            if found := tuple(each for each in drawn if each.can_be_segmented):
                return found
        return ()

    def _shown(self) -> list[SliceKey]:
        if not self.history.targets:
            return []
        try:
            looked_at = self._slices.current(self._view)
            return [*([] if looked_at is None else [looked_at]), *self._slices.others(self._view)]
        except MedSAMError:  # the volume has no slices that can be drawn on
            return []

    def _slice_of(self, view: str) -> SliceKey | None:
        self.look_at(view)
        try:
            return self._slices.current(view)
        except MedSAMError:
            return None

    def _do(self, command: Command) -> bool:
        self.history.do(command)
        return True
