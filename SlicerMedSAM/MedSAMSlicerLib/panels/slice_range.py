"""A range of slices: counted from 1 for the user, and from 0 everywhere else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..session.propagation import Range


class SliceRange:
    """A `ctkRangeWidget`; `rangeChosen` gets what the user sets, with -1 for the volume's last."""

    def __init__(self, widget: Any, rangeChosen: Callable[[Range], None]) -> None:
        self._widget, self._rangeChosen = widget, rangeChosen
        self._wanted: Range = (0, -1)
        self._count = 0
        self._updating = False
        widget.connect("valuesChanged(double,double)", self._onValues)

    @property
    def chosen(self) -> Range:
        """The first and the last slice that are shown."""
        return round(self._widget.minimumValue) - 1, round(self._widget.maximumValue) - 1

    def setWanted(self, wanted: Range) -> bool:
        """The range that the scene keeps; if it is another one, it shows at the next `showIn`."""
        isOther = wanted != self._wanted
        if isOther:
            self._wanted, self._count = wanted, 0
        return isOther

    def showIn(self, count: int) -> None:
        """Show the range in a volume of so many slices."""
        if count == self._count:
            return
        self._count = count
        first, last = self._wanted
        last = count - 1 if last < 0 else min(last, count - 1)
        self._updating = True
        self._widget.setRange(1, count)
        self._widget.setValues(min(first, last) + 1, last + 1)
        self._updating = False

    def _onValues(self, first: float, last: float) -> None:
        if self._updating:
            return
        isWhole = round(last) == self._count
        self._wanted = (round(first) - 1, -1 if isWhole else round(last) - 1)
        self._rangeChosen(self._wanted)
