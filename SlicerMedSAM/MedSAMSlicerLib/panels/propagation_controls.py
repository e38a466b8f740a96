"""Range, start and stop of a propagation, and how it ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from slicer.i18n import tr as _

from ..session.propagation import Ending, Range
from ..session.session import SegmentSession
from ..session.status import Stage


class PropagationControls:
    """The widgets of the panel's section of that name; slices are counted from 1 for the user."""

    def __init__(
        self, ui: Any, session: SegmentSession, rangeChosen: Callable[[Range], None]
    ) -> None:
        self._ui, self._session, self._rangeChosen = ui, session, rangeChosen
        self._count = 0
        self._wanted: Range = (0, -1)
        self._updating = False
        ui.propagateButton.connect("clicked(bool)", self._onPropagate)
        ui.stopButton.connect("clicked(bool)", session.stop_propagation)
        ui.rangeWidget.connect("valuesChanged(double,double)", self._onRange)

    def setWanted(self, wanted: Range) -> None:
        """The range that the scene keeps; a last slice of -1 is the volume's last."""
        if wanted != self._wanted:
            self._wanted, self._count = wanted, 0
            self.refresh()

    def refresh(self) -> None:
        """Show what can be done now."""
        session, running = self._session, self._session.status.stage is Stage.PROPAGATING
        place = session.propagation_slices
        if place is not None and place[1] != self._count:
            self._showRange(place[1])
        self._ui.rangeWidget.enabled = place is not None and not running
        self._ui.propagateButton.enabled = session.can_propagate
        self._ui.stopButton.enabled = running
        self._ui.propagationLabel.text = self._text(place, session.endings)

    def _showRange(self, count: int) -> None:
        self._count = count
        first, last = self._wanted
        last = count - 1 if last < 0 else min(last, count - 1)
        self._updating = True
        self._ui.rangeWidget.setRange(1, count)
        self._ui.rangeWidget.setValues(min(first, last) + 1, last + 1)
        self._updating = False

    def _text(self, place: tuple[int, int] | None, endings: Sequence[Ending]) -> str:
        if not self._session.has_prompts:
            return _("Segment the object on one slice first.")
        if place is None:
            return _("Needs prompts on one slice that is parallel to the voxels.")
        if endings:
            text = _("Ended at slice {slice}: {reason}.")
            return " ".join(text.format(slice=e.index + 1, reason=e.reason) for e in endings)
        return _("The object is on slice {slice} of {count}.").format(
            slice=place[0] + 1, count=place[1]
        )

    def _onRange(self, first: float, last: float) -> None:
        if self._updating:
            return
        isWhole = round(last) == self._count
        self._wanted = (round(first) - 1, -1 if isWhole else round(last) - 1)
        self._rangeChosen(self._wanted)

    def _onPropagate(self) -> None:
        widget = self._ui.rangeWidget
        self._session.propagate((round(widget.minimumValue) - 1, round(widget.maximumValue) - 1))
