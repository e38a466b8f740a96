"""Alternatives for many slices: which, and the button that begins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slicer.i18n import tr as _

from ..hypotheses.session import HypothesesSession
from ..session.propagation import Range
from ..session.status import Stage
from .slice_range import SliceRange


class RangeControls:
    """The widgets of the panel's section; slices are counted from 1 for the user."""

    def __init__(
        self, ui: Any, session: HypothesesSession, rangeChosen: Callable[[Range], None]
    ) -> None:
        self._ui, self._session = ui, session
        self._range = SliceRange(ui.rangeWidget, rangeChosen)
        ui.generateRangeButton.connect("clicked(bool)", self._onGenerate)

    def setWanted(self, wanted: Range) -> None:
        """The range that the scene keeps; a last slice of -1 is the volume's last."""
        if self._range.setWanted(wanted):
            self.refresh()

    def refresh(self, isDrawn: bool = True) -> None:
        """Show what can be done now, if anybody sees it."""
        if self._ui.rangeButton.collapsed:
            return
        place, stage = self._session.range_slices, self._session.status.stage
        if place is not None:
            self._range.showIn(place[1])
        isFree = place is not None and stage is not Stage.GENERATING
        self._ui.rangeWidget.enabled = isFree
        hasPrompt = self._session.can_generate if isDrawn else place is not None
        self._ui.generateRangeButton.enabled = isFree and hasPrompt
        self._ui.rangeLabel.text = self._text(place, isDrawn)

    def _text(self, place: tuple[int, int] | None, isDrawn: bool) -> str:
        if place is None:
            return _("Needs a slice that is parallel to the voxels.")
        waiting = sum(not each.accepted for each in self._session.sets.values())
        total = len(self._session.sets)
        if total > 1:
            return _("{total} slices have alternatives; {waiting} wait for a choice.").format(
                total=total, waiting=waiting
            )
        if isDrawn:
            return _("The prompt of the shown slice is used on every slice of the range.")
        return _("On every slice the box of the segment there is the prompt.")

    def _onGenerate(self) -> None:
        self._session.generate_range(*self._range.chosen)
