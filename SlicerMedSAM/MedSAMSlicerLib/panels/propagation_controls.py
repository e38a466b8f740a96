"""Range, start and stop of a propagation, and how it ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from slicer.i18n import tr as _

from ..session.propagation import Ending, Range
from ..session.session import SegmentSession
from ..session.status import Stage
from .slice_range import SliceRange


class PropagationControls:
    """The widgets of the panel's section of that name; slices are counted from 1 for the user."""

    def __init__(
        self, ui: Any, session: SegmentSession, rangeChosen: Callable[[Range], None]
    ) -> None:
        self._ui, self._session = ui, session
        self._range = SliceRange(ui.rangeWidget, rangeChosen)
        ui.propagateButton.connect("clicked(bool)", self._onPropagate)
        ui.stopButton.connect("clicked(bool)", session.stop_propagation)

    def setWanted(self, wanted: Range) -> None:
        """The range that the scene keeps; a last slice of -1 is the volume's last."""
        if self._range.setWanted(wanted):
            self.refresh()

    def refresh(self) -> None:
        """Show what can be done now."""
        session, running = self._session, self._session.status.stage is Stage.PROPAGATING
        place = session.propagation_slices
        if place is not None:
            self._range.showIn(place[1])
        self._ui.rangeWidget.enabled = place is not None and not running
        self._ui.propagateButton.enabled = session.can_propagate
        self._ui.stopButton.enabled = running
        self._ui.propagationLabel.text = self._text(place, session.endings)

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

    def _onPropagate(self) -> None:
        self._session.propagate(self._range.chosen)
