"""The panel of MedSAMSegment: widgets on one side, the session on the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from ..session.ports import ModelChoice
from ..session.prompts import from_json, to_json
from ..session.status import Stage
from ..slices import describeWindow
from .prompt_panel import PromptPanel
from .propagation_controls import PropagationControls
from .segment_chooser import SegmentChooser
from .services import Services
from .shortcuts import Shortcuts
from .status_text import Action, Line, Moment, line


class SegmentPanel(PromptPanel):
    """Connects the widgets `ui` of MedSAMSegment.ui with the services."""

    def __init__(self, ui: Any, icons: Path, services: Services) -> None:
        super().__init__(ui, services)
        self._action = Action.NONE
        self._segments = SegmentChooser(ui, self._onSegment)
        self._propagation = PropagationControls(ui, self._session, self._onRange)
        self._shortcuts = Shortcuts(self._actions())
        self._connect(icons)
        self._session.changed.connect(self.refresh)

    def setParameters(self, parameters: Any) -> None:
        """Use the settings and prompts of this `SegmentParameters`; None before a scene closes."""
        if self._parameters is not None:
            self._link.untie()
            self._segments.release()
        self._parameters = self._services.target.choice = parameters
        if parameters is None:
            self._useVolume(None)
            return
        targets_text = parameters.prompts  # emptied as soon as the volume is set
        self._link.tie(parameters)
        self._onParameters()
        volume = parameters.inputVolume
        if volume is not None and targets_text:
            self._session.restore(from_json(targets_text, volume.GetID()))
        self.refresh()

    def _takePrompts(self) -> None:
        """Go on with prompts that were drawn in another module meanwhile."""
        text, volume = self._parameters.prompts, self._parameters.inputVolume
        if volume is not None and text and text != to_json(self._session.history.targets):
            self._session.restore(from_json(text, volume.GetID()))

    def _lookAround(self) -> None:
        self._segments.refreshRules()

    # What the panel shows

    def refresh(self) -> None:
        """Show where the session stands, and keep its prompts in the scene."""
        self._services.drawing.follow(self._session.status.stage is Stage.SEGMENTING)
        self._keepPrompts()
        self._showStatus()
        self._showButtons()
        self._propagation.refresh()
        if self._open:
            self._services.markups.show(self._session.history.targets)
        if self._parameters is not None:
            self._segments.show(self._parameters.segmentation, self._parameters.segmentID)

    def _keepPrompts(self) -> None:
        isUsed = self._open and self._parameters is not None
        if isUsed and not slicer.mrmlScene.IsBatchProcessing():
            text = to_json(self._session.history.targets)
            if self._parameters.prompts != text:
                self._parameters.prompts = text

    def _showStatus(self) -> None:
        status = self._session.status
        shown = line(status, self._moment())
        ui = self._ui
        ui.statusLabel.text = shown.text
        ui.progressBar.visible = shown.canCancel
        ui.progressBar.maximum = 0 if status.progress is None else 100
        ui.progressBar.value = round(100 * (status.progress or 0))
        ui.cancelButton.visible = shown.canCancel
        self._showAction(shown)

    def _showAction(self, shown: Line) -> None:
        self._action = shown.action
        self._ui.actionButton.text = shown.button
        self._ui.actionButton.visible = shown.action is not Action.NONE

    def _moment(self) -> Moment:
        session = self._session
        return Moment(
            tool=self._tool.tool,
            hasDraft=self._tool.hasDraft,
            note=session.note,
            installation=self._installation.summary,
            model=self._models.entry.title,
            terms=self._models.terms,
            isPropagated=session.has_spread,
            isEmpty=not session.can_accept,
            hasImage=self._services.slices.hasImage(),
        )

    def _showButtons(self) -> None:
        ui, session = self._ui, self._session
        canWork = self._services.slices.volumeNode is not None and self._installation.isComplete
        for button in (ui.boxButton, ui.positiveButton, ui.negativeButton):
            button.enabled = canWork
        ui.undoButton.enabled = session.can_undo
        ui.redoButton.enabled = session.history.can_redo
        ui.acceptButton.enabled = session.can_accept
        ui.discardButton.enabled = session.has_prompts
        ui.nextButton.enabled = canWork and (session.can_accept or not session.has_prompts)
        ui.windowLabel.text = self._windowText()

    def _windowText(self) -> str:
        volume = self._services.slices.volumeNode
        if volume is None:
            return ""
        return _("{window}, as the slice views show it").format(window=describeWindow(volume))

    # What the user does in the panel

    def _actions(self) -> dict[str, Any]:
        session = self._session
        own = {"accept": session.accept, "next": session.next_object}
        return {**self._promptActions(), **own}

    def _connect(self, icons: Path) -> None:
        names = ("box", "positive", "negative", "undo", "redo", "accept", "next")
        self._connectButtons(names, self._actions(), icons)
        self._ui.legendLabel.text = _(
            "Yellow outline: the mask. Blue: added by the last prompt. Orange: removed by it."
        )

    @property
    def _offered(self) -> Action:
        return self._action

    @property
    def _canCancel(self) -> bool:
        return line(self._session.status, self._moment()).canCancel

    def _discardObject(self) -> bool:
        hasPrompts = self._session.has_prompts
        if hasPrompts:
            self._session.discard()
        return hasPrompts

    # What is chosen

    def _onParameters(self, _caller: Any = None, _event: str = "") -> None:
        if slicer.mrmlScene.IsBatchProcessing():
            return  # half a scene is loaded; the module tells when it is whole
        parameters = self._parameters
        self._session.set_separate(parameters.separateBoxes)
        self._models.choose(parameters.model)
        self._session.set_model(ModelChoice(self._models.entry.name, parameters.device))
        self._propagation.setWanted((parameters.firstSlice, parameters.lastSlice))
        self._segments.show(parameters.segmentation, parameters.segmentID)
        self._useVolume(parameters.inputVolume)

    def _onSegment(self, segmentID: str) -> None:
        self._parameters.segmentID = segmentID
