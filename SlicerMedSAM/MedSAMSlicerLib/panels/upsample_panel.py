"""The panel of MedSAMUpsample: widgets on one side, the session on the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from ..scene.shared_prompts import keep, takeOver
from ..session.ports import ModelChoice
from ..session.prompts import from_json
from ..slices import describeWindow
from ..upsampling.status import WORKING
from .prompt_panel import PromptPanel
from .shortcuts import KEYS as PROMPT_KEYS
from .shortcuts import Shortcuts
from .status_text import Action
from .upsample_comparison import UpsampleComparison
from .upsample_inputs import UpsampleInputs
from .upsample_services import UpsampleServices
from .upsample_text import Moment, limits, line

# None of them is a key of the slice views (g, t, r, v, f, b, arrows, brackets).
_PROMPT_KEYS = ("box", "positive", "negative", "undo", "redo", "escape")
KEYS: dict[str, tuple[str, ...]] = {
    **{name: PROMPT_KEYS[name] for name in _PROMPT_KEYS},
    "upsample": ("U",),
}


class UpsamplePanel(PromptPanel):
    """Connects the widgets `ui` of MedSAMUpsample.ui with the services."""

    def __init__(self, ui: Any, icons: Path, services: UpsampleServices) -> None:
        super().__init__(ui, services)
        self._segmentation: list[tuple[Any, int]] = []  # observations
        self._action = Action.NONE
        self._isKeeping = self._isTakingOver = False
        self._inputs = UpsampleInputs(ui, services)
        self._comparison = UpsampleComparison(ui, services.results)
        actions = {**self._promptActions(), "upsample": self._onUpsample}
        self._shortcuts = Shortcuts(actions, KEYS)
        names = ("box", "positive", "negative", "undo", "redo", "upsample")
        self._connectButtons(names, actions, icons)
        ui.removeButton.connect("clicked(bool)", self._session.remove)
        ui.limitsLabel.text = limits()
        self._session.changed.connect(self.refresh)

    # The life of the panel

    def setParameters(self, parameters: Any) -> None:
        """Use the settings of this `UpsampleParameters`; None before a scene closes."""
        self._link.untie()
        self._parameters = parameters
        results = self._services.results
        results.hide()
        results.forget()
        results.choice = parameters
        self._inputs.setParameters(parameters)
        self._comparison.setParameters(parameters)
        if parameters is None:
            self._useSegmentation(None)
            self._useVolume(None)
            return
        prompts, self._isTakingOver = parameters.prompts, True
        self._link.tie(parameters)
        self._onParameters()
        if parameters.inputVolume is not None:
            self._session.restore(from_json(prompts, parameters.inputVolume.GetID()))
        self._isTakingOver = False
        if self._open:
            self._takePrompts()

    def leave(self) -> None:
        """Another module is opened: keys, mouse and views are the user's own again."""
        if self._open:
            self._comparison.showOver(False)
        super().leave()

    def _takePrompts(self) -> None:
        """Go on with what was drawn in MedSAMSegment."""
        isNew = takeOver(self._session, self._services.slices.volumeNode)
        if isNew and self._parameters.segmentation is None:
            self._parameters.fromDrawn = True

    def _beforePrompt(self) -> None:
        """What is drawn is what is meant."""
        if self._parameters is not None:
            self._parameters.fromDrawn = True

    # What the panel shows

    def refresh(self) -> None:
        """Show where the session stands, and keep what is drawn in the scene."""
        if slicer.mrmlScene.IsBatchProcessing():
            return
        self._keepPrompts()
        self._inputs.refresh()
        self._showStatus()
        self._showButtons()
        self._comparison.refresh()
        self._comparison.showOver(self._open)
        if self._open:
            self._services.markups.show(self._session.history.targets)

    def _keepPrompts(self) -> None:
        if self._parameters is not None:
            self._isKeeping = True  # what is kept is no news to the panel
            keep(self._session, self._parameters, self._open and not self._isTakingOver)
            self._isKeeping = False

    def _showStatus(self) -> None:
        status, ui = self._session.status, self._ui
        results = self._services.results
        result = results.node("result")
        shown = line(
            status,
            Moment(
                refusal=self._inputs.refusal,
                tool=self._tool.tool,
                hasDraft=self._tool.hasDraft,
                installation=self._installation.summary,
                model=self._models.entry.title,
                terms=self._models.terms,
                result="" if result is None else result.GetName(),
                methods=results.methods(),
            ),
        )
        ui.statusLabel.text = shown.text
        ui.progressBar.visible = shown.canCancel
        ui.progressBar.maximum = max(status.total, 0)
        ui.progressBar.value = status.done
        ui.cancelButton.visible = shown.canCancel
        self._action = shown.action
        ui.actionButton.text = shown.button
        ui.actionButton.visible = shown.action is not Action.NONE

    def _showButtons(self) -> None:
        ui, session = self._ui, self._session
        volume = self._services.reader.volumeNode
        canDraw = volume is not None and self._installation.isComplete
        for button in (ui.boxButton, ui.positiveButton, ui.negativeButton):
            button.enabled = canDraw
        ui.undoButton.enabled = session.can_remove or session.history.can_undo
        ui.redoButton.enabled = session.history.can_redo
        ui.discardButton.enabled = bool(session.history.targets)
        ui.upsampleButton.enabled = session.can_run and not self._inputs.refusal
        ui.removeButton.enabled = session.can_remove
        window = "" if volume is None else describeWindow(volume)
        text = _("{window}, as the slice views show it").format(window=window)
        ui.windowLabel.text = text if window else ""

    # What the user does in the panel

    @property
    def _offered(self) -> Action:
        return self._action

    @property
    def _canCancel(self) -> bool:
        return self._session.status.stage in WORKING

    def _onUpsample(self) -> None:
        if self._parameters is not None and not self._inputs.refusal:
            self._session.run(self._inputs.request())

    # What is chosen

    def _onModel(self, name: str) -> None:
        self._parameters.model = name

    def _onParameters(self, _caller: Any = None, _event: str = "") -> None:
        parameters = self._parameters
        if self._isKeeping or slicer.mrmlScene.IsBatchProcessing() or parameters is None:
            return  # half a scene is loaded; the module tells when it is whole
        self._models.choose(parameters.model)
        self._session.set_model(ModelChoice(self._models.entry.name, parameters.device))
        self._useVolume(parameters.inputVolume)
        self._useSegmentation(parameters.segmentation)
        self._session.set_from_drawn(parameters.fromDrawn)
        self.refresh()

    def _useVolume(self, volumeNode: Any) -> None:
        if volumeNode is self._services.slices.volumeNode:
            return
        before, self._isTakingOver = self._isTakingOver, True
        self._services.reader.volumeNode = volumeNode
        super()._useVolume(volumeNode)
        self._isTakingOver = before
        if self._open and not before and volumeNode is not None:
            self._takePrompts()

    def _useSegmentation(self, node: Any) -> None:
        reader = self._services.reader
        if node is reader.segmentationNode:
            return
        reader.segmentationNode = node
        self._observeSegmentation(node)
        if node is not None and not self._isTakingOver:
            self._parameters.fromDrawn = False  # what was chosen last is what is meant
        self._session.set_segmentation("" if node is None else node.GetID())

    # What happens in the scene

    def _observeSegmentation(self, node: Any) -> None:
        for subject, tag in self._segmentation:
            subject.RemoveObserver(tag)
        self._segmentation = []
        if node is None:
            return
        subject, kinds = node.GetSegmentation(), slicer.vtkSegmentation
        for event in (kinds.SegmentAdded, kinds.SegmentRemoved, kinds.SegmentModified):
            self._segmentation.append((subject, subject.AddObserver(event, self._onSegments)))

    def _onSegments(self, _caller: Any, _event: str) -> None:
        if self._open:
            self.refresh()
