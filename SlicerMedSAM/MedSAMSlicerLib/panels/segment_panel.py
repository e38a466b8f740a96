"""The panel of MedSAMSegment: widgets on one side, the session on the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import qt
import slicer
import vtk
from slicer.i18n import tr as _

from ..scene.scene_watcher import SceneWatcher
from ..scene.view_tool import Tool, ViewTool
from ..scene.volume_slices import shownVolume, showVolume
from ..session.ports import ModelChoice
from ..session.prompts import RAS, Box, from_json, to_json
from ..session.propagation import Range
from ..session.session import SegmentSession
from ..slices import describeWindow
from .installation import Installation
from .model_chooser import ModelChooser
from .propagation_controls import PropagationControls
from .segment_chooser import SegmentChooser
from .services import Services
from .shortcuts import Shortcuts
from .status_text import Action, Line, Moment, line

_ICONS = {
    "boxButton": "PromptBox.svg",
    "positiveButton": "PromptPositive.svg",
    "negativeButton": "PromptNegative.svg",
}


class SegmentPanel:
    """Connects the widgets `ui` of MedSAMSegment.ui with the services."""

    def __init__(self, ui: Any, icons: Path, services: Services) -> None:
        self._ui, self._services, self._session = ui, services, services.session
        self._parameters: Any = None
        self._guiTag: int | None = None
        self._observer: int | None = None
        self._open = False
        self._installation = Installation(services.dependencies)
        self._action = Action.NONE
        self._tool = ViewTool(self)
        self._watcher = SceneWatcher(self._onViews, self._session.image_changed)
        self._models = ModelChooser(ui, services.models, self._onModel)
        self._segments = SegmentChooser(ui, self._onSegment)
        self._propagation = PropagationControls(ui, self._session, self._onRange)
        self._shortcuts = Shortcuts(self._actions())
        self._connect(icons)
        self._session.changed.connect(self.refresh)

    @property
    def services(self) -> Services:
        """What the panel works with."""
        return self._services

    @property
    def session(self) -> SegmentSession:
        """What the panel shows."""
        return self._session

    # The life of the panel

    @property
    def hasParameters(self) -> bool:
        """Whether settings of the scene are in use."""
        used = self._parameters
        return used is not None and slicer.mrmlScene.IsNodePresent(used.parameterNode)

    def setParameters(self, parameters: Any) -> None:
        """Use the settings and prompts of this `SegmentParameters`; None before a scene closes."""
        if self._parameters is not None:
            self._parameters.disconnectGui(self._guiTag)
            self._parameters.RemoveObserver(self._observer)
            self._segments.release()
        self._parameters = self._services.target.choice = parameters
        if parameters is None:
            self._useVolume(None)
            return
        targets_text = parameters.prompts  # emptied as soon as the volume is set
        self._guiTag = parameters.connectGui(self._ui)
        self._observer = parameters.AddObserver(vtk.vtkCommand.ModifiedEvent, self._onParameters)
        self._onParameters()
        volume = parameters.inputVolume
        if volume is not None and targets_text:
            self._session.restore(from_json(targets_text, volume.GetID()))
        self.refresh()

    def enter(self) -> None:
        """The module is opened."""
        self._open = True
        self._watcher.start()
        self._watcher.watch(self._services.slices.volumeNode)
        self._tool.start()
        self._shortcuts.start(slicer.util.mainWindow())
        slicer.app.layoutManager().connect("layoutChanged(int)", self._onLayout)
        self._segments.refreshRules()
        self._takePrompts()
        self._lookForNetwork()

    def _takePrompts(self) -> None:
        """Go on with prompts that were drawn in MedSAMHypotheses meanwhile."""
        text, volume = self._parameters.prompts, self._parameters.inputVolume
        if volume is not None and text and text != to_json(self._session.history.targets):
            self._session.restore(from_json(text, volume.GetID()))

    def leave(self) -> None:
        """Another module is opened: keys and mouse are the views' own again."""
        if not self._open:
            return
        self._open = False
        slicer.app.layoutManager().disconnect("layoutChanged(int)", self._onLayout)
        self._shortcuts.stop()
        self._tool.stop()
        self._watcher.stop()
        self._session.leave()
        self._services.clearScene()

    def cleanUp(self) -> None:
        """The module goes away."""
        self.leave()
        self.setParameters(None)
        self._models.end()
        self._services.close()

    # What the mouse does in the views

    def onViewEntered(self, view: str) -> None:
        """The network looks first where the user looks."""
        self._session.view_changed(view)

    def onPoint(self, view: str, ras: RAS, positive: bool) -> None:
        """A click."""
        self._session.add_point(view, ras, positive)

    def onBox(self, view: str, first: RAS, second: RAS) -> None:
        """A finished box."""
        self._session.add_box(view, first, second)

    def onDraftBegun(self) -> None:
        """A box has its first corner."""
        self._showStatus()

    def onDraft(self, view: str, first: RAS, second: RAS) -> None:
        """A box whose second corner is still moving."""
        key = self._services.slices.current(view)
        if key is not None:
            self._services.markups.showDraft(key, Box(first, second))
        self._showStatus()

    def onDraftGivenUp(self) -> None:
        """There is no unfinished box any more."""
        self._services.markups.removeDraft()
        self._showStatus()

    # What the panel shows

    def refresh(self) -> None:
        """Show where the session stands, and keep its prompts in the scene."""
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
        return {
            "box": lambda: self._toggle(Tool.BOX),
            "positive": lambda: self._toggle(Tool.POSITIVE),
            "negative": lambda: self._toggle(Tool.NEGATIVE),
            "undo": self._session.undo,
            "redo": self._session.redo,
            "accept": self._session.accept,
            "escape": self._onEscape,
            "next": self._session.next_object,
        }

    def _connect(self, icons: Path) -> None:
        ui, actions = self._ui, self._actions()
        names = ("box", "positive", "negative", "undo", "redo", "accept", "next")
        for name in names:
            getattr(ui, f"{name}Button").connect("clicked(bool)", actions[name])
        ui.discardButton.connect("clicked(bool)", self._session.discard)
        ui.cancelButton.connect("clicked(bool)", self._session.cancel)
        ui.actionButton.connect("clicked(bool)", self._onAction)
        for name, file in _ICONS.items():
            getattr(ui, name).icon = qt.QIcon(str(icons / file))
        ui.legendLabel.text = _(
            "Yellow outline: the mask. Blue: added by the last prompt. Orange: removed by it."
        )

    def _toggle(self, tool: Tool) -> None:
        self._tool.choose(Tool.NONE if tool is self._tool.tool else tool)
        buttons = {
            Tool.BOX: self._ui.boxButton,
            Tool.POSITIVE: self._ui.positiveButton,
            Tool.NEGATIVE: self._ui.negativeButton,
        }
        for each, button in buttons.items():
            button.checked = each is self._tool.tool
        self._showStatus()

    def _onEscape(self) -> None:
        """Give up the innermost thing: the box being drawn, the work, the object, the tool."""
        if self._tool.hasDraft:
            self._tool.giveUpDraft()
        elif line(self._session.status, self._moment()).canCancel:
            self._session.cancel()
        elif self._session.has_prompts:
            self._session.discard()
        elif self._tool.tool is not Tool.NONE:
            self._toggle(self._tool.tool)

    def _onAction(self) -> None:
        answers = {
            Action.INSTALL: self._install,
            Action.DOWNLOAD: self._session.download,
            Action.RESUME: self._session.resume,
            Action.SHOW_VOLUME: self._showVolume,
        }
        answers[self._action]()
        self._models.refresh()

    def _install(self) -> None:
        if self._installation.install(self._ui.statusLabel):
            self._lookForNetwork()
        else:
            self.refresh()

    def _lookForNetwork(self) -> None:
        self._session.enter(self._installation.look())

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

    def _useVolume(self, volumeNode: Any) -> None:
        if volumeNode is self._services.slices.volumeNode:
            return
        self._services.slices.volumeNode = volumeNode
        if self._open:
            self._watcher.watch(volumeNode)
            if volumeNode is not None and not self._services.slices.isShown():
                self._showVolume()
        if volumeNode is None:
            self._services.clearScene()
        self._session.set_volume("" if volumeNode is None else volumeNode.GetID())

    def _onViews(self) -> None:
        """Something else is shown; where no volume is chosen yet, the shown one is."""
        if self._parameters is not None and self._parameters.inputVolume is None:
            self._parameters.inputVolume = shownVolume()
        self._session.view_changed()

    def _showVolume(self) -> None:
        showVolume(self._services.slices.volumeNode)
        self._session.view_changed()

    def _onModel(self, name: str) -> None:
        self._parameters.model = name
        self._session.resume()

    def _onSegment(self, segmentID: str) -> None:
        self._parameters.segmentID = segmentID

    def _onRange(self, wanted: Range) -> None:
        self._parameters.firstSlice, self._parameters.lastSlice = wanted

    def _onLayout(self, _layout: int) -> None:
        self._watcher.start()
        self._tool.start()
        self._session.view_changed()
