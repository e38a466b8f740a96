"""The panel of MedSAMHypotheses: widgets on one side, the session on the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import qt
import slicer
import vtk
from slicer.i18n import tr as _

from ..hypotheses.request import Request
from ..hypotheses.saved_sets import from_json as sets_from_json
from ..hypotheses.saved_sets import to_json as sets_to_json
from ..hypotheses.scene_shared_prompts import promptsOf, share
from ..hypotheses.session import HypothesesSession
from ..scene.scene_watcher import SceneWatcher
from ..scene.view_tool import Tool, ViewTool
from ..scene.volume_slices import shownVolume, showSlice, showVolume
from ..session.ports import ModelChoice
from ..session.prompts import RAS, Box, from_json, to_json
from ..session.propagation import Range
from .hypotheses_choices import ChoicesControls
from .hypotheses_choosers import (
    FixedChoice,
    PromptChooser,
    ReaderChooser,
    methodEntries,
    ruleEntries,
    showEntries,
)
from .hypotheses_comparison import ReadersTable
from .hypotheses_keys import KEYS, keyActions, numberActions
from .hypotheses_range import RangeControls
from .hypotheses_services import HypothesesServices
from .hypotheses_view import AlternativesView
from .installation import Installation
from .model_chooser import ModelChooser
from .segment_chooser import SegmentChooser
from .shortcuts import Shortcuts
from .status_text import Action

_ICONS = {
    "boxButton": "PromptBox.svg",
    "positiveButton": "PromptPositive.svg",
    "negativeButton": "PromptNegative.svg",
}
_MULTIMASK_COUNT = 3


class HypothesesPanel:
    """Connects the widgets `ui` of MedSAMHypotheses.ui with the services."""

    def __init__(self, ui: Any, icons: Path, services: HypothesesServices) -> None:
        self._ui, self._services, self._session = ui, services, services.session
        self._parameters: Any = None
        self._guiTag: int | None = None
        self._observer: int | None = None
        self._open = False
        self._keptRevision = -1
        self._isTakingOver = self._isKeeping = False
        self._installation = Installation(services.dependencies)
        self._tool = ViewTool(self)
        self._watcher = SceneWatcher(self._onViews, self._session.image_changed)
        self._shortcuts = Shortcuts(keyActions(self._actions()), KEYS)
        self._makeControls()
        self._connect(icons)
        self._session.changed.connect(self.refresh)

    def _makeControls(self) -> None:
        ui, session = self._ui, self._session
        self._models = ModelChooser(ui, self._services.models, self._onModel)
        self._segments = SegmentChooser(ui, self._keep("segmentID"))
        self._reader = ReaderChooser(ui.readerComboBox, self._keep("reader"))
        self._prompt = PromptChooser(ui.promptComboBox, self._keep("promptSegmentID"))
        self._method = FixedChoice(ui.methodComboBox, methodEntries(), self._keep("method"))
        self._rule = FixedChoice(ui.ruleComboBox, ruleEntries(), self._keep("rule"))
        self._showMode = FixedChoice(ui.showComboBox, showEntries(), self._keep("showMode"))
        self._view = AlternativesView(
            ui, self._services, self._tool, self._models, self._installation
        )
        self._range = RangeControls(ui, session, self._onRange)
        self._readers = ReadersTable(ui, self._services.slices, self._keep("compared"))
        self._choices = ChoicesControls(ui, self._services.book)

    @property
    def services(self) -> HypothesesServices:
        """What the panel works with."""
        return self._services

    @property
    def session(self) -> HypothesesSession:
        """What the panel shows."""
        return self._session

    # The life of the panel

    @property
    def hasParameters(self) -> bool:
        """Whether settings of the scene are in use."""
        used = self._parameters
        return used is not None and slicer.mrmlScene.IsNodePresent(used.parameterNode)

    def setParameters(self, parameters: Any) -> None:
        """Use the settings and what was made of this scene; None before a scene closes."""
        if self._parameters is not None:
            self._parameters.disconnectGui(self._guiTag)
            self._parameters.RemoveObserver(self._observer)
            self._segments.release()
        self._parameters = None
        if parameters is None:
            self._useVolume(None)
            self._services.setChoice(None)
            return
        kept = parameters.prompts, parameters.sets  # emptied as soon as the volume is set
        self._parameters = parameters
        self._services.setChoice(parameters)
        self._guiTag = parameters.connectGui(self._ui)
        self._observer = parameters.AddObserver(vtk.vtkCommand.ModifiedEvent, self._onParameters)
        self._isTakingOver = True
        self._onParameters()
        self._restore(*kept)
        self._isTakingOver = False
        if self._open:
            self._takeSharedPrompts()
        self._ui.inputsButton.collapsed = parameters.inputVolume is not None
        self.refresh()

    def _restore(self, prompts: str, sets: str) -> None:
        volume = self._parameters.inputVolume
        if volume is not None and (prompts or sets):
            found = sets_from_json(sets, volume.GetID())
            self._session.restore(from_json(prompts, volume.GetID()), found)

    def enter(self) -> None:
        """The module is opened."""
        self._open = True
        self._watcher.start()
        self._watcher.watch(self._services.slices.volumeNode)
        self._tool.start()
        self._shortcuts.start(slicer.util.mainWindow())
        slicer.app.layoutManager().connect("layoutChanged(int)", self._onLayout)
        self._segments.refreshRules()
        self._session.enter(self._installation.look())
        self._takeSharedPrompts()

    def _takeSharedPrompts(self) -> None:
        """Go on with what was drawn in MedSAMSegment."""
        volume = self._services.slices.volumeNode
        prompts = "" if volume is None else promptsOf(volume)
        if prompts and prompts != "[]" and prompts != to_json(self._session.history.targets):
            self._session.restore(from_json(prompts, volume.GetID()))

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
        """The panel shows the alternatives of the slice that the user looks at."""
        self._session.view_changed(view)

    def onPoint(self, view: str, ras: RAS, positive: bool) -> None:
        """A click."""
        self._useDrawnPrompts()
        self._session.add_point(view, ras, positive)

    def onBox(self, view: str, first: RAS, second: RAS) -> None:
        """A finished box."""
        self._useDrawnPrompts()
        self._session.add_box(view, first, second)

    def onDraftBegun(self) -> None:
        """A box has its first corner."""
        self._view.showStatus()

    def onDraft(self, view: str, first: RAS, second: RAS) -> None:
        """A box whose second corner is still moving."""
        key = self._services.slices.current(view)
        if key is not None:
            self._services.markups.showDraft(key, Box(first, second))
        self._view.showStatus()

    def onDraftGivenUp(self) -> None:
        """There is no unfinished box any more."""
        self._services.markups.removeDraft()
        self._view.showStatus()

    def _useDrawnPrompts(self) -> None:
        if self._parameters is not None and self._parameters.promptSegmentID:
            self._parameters.promptSegmentID = ""

    # What the panel shows

    def refresh(self) -> None:
        """Show where the session stands, and keep what it has in the scene."""
        if slicer.mrmlScene.IsBatchProcessing():
            return
        self._keepWork()
        self._view.show(self._parameters if self._open else None)
        self._showChoosers()
        self._range.refresh(self._services.source.is_drawn)
        self._choices.refresh()
        if self._open:
            self._services.markups.show(self._session.history.targets)

    def _keepWork(self) -> None:
        if self._parameters is not None:
            self._isKeeping = True  # what is kept is no news to the panel
            self._keepPrompts()
            if self._session.revision != self._keptRevision:
                self._keptRevision = self._session.revision
                self._parameters.sets = sets_to_json(self._session.sets.values())
            self._isKeeping = False

    def _keepPrompts(self) -> None:
        prompts = to_json(self._session.history.targets)
        if self._parameters.prompts != prompts:
            self._parameters.prompts = prompts
            if self._open and not self._isTakingOver:
                share(self._services.slices.volumeNode, prompts)

    def _showChoosers(self) -> None:
        parameters = self._parameters
        if parameters is None:
            return
        segmentation = parameters.segmentation
        self._segments.show(segmentation, parameters.segmentID)
        self._prompt.show(segmentation, parameters.promptSegmentID)
        readers = {row["reader"] for row in self._services.book.rows()}
        self._reader.show(parameters.reader, segmentation, readers)
        if not self._ui.compareButton.collapsed:
            compared = parameters.comparedSegmentation or segmentation
            versions = self._services.target.versions()
            self._readers.show(self._session.current, compared, versions)
        self._showInputsTitle()

    def _showInputsTitle(self) -> None:
        volume = self._services.slices.volumeNode
        title = _("Image and segment")
        if volume is not None:
            title = f"{volume.GetName()} → {self._services.target.name}"
        self._ui.inputsButton.text = title

    # What the user does in the panel

    def _actions(self) -> dict[str, Any]:
        session = self._session
        return {
            "box": lambda: self._toggle(Tool.BOX),
            "positive": lambda: self._toggle(Tool.POSITIVE),
            "negative": lambda: self._toggle(Tool.NEGATIVE),
            "undo": session.undo,
            "redo": session.redo,
            "accept": session.accept,
            "escape": self._onEscape,
            "next": self._onNext,
            "generate": session.generate,
            "back": lambda: session.browse(-1),
            "forth": lambda: session.browse(1),
            "mark": lambda: session.toggle_mark(),
            "merge": lambda: session.merge(self._parameters.rule),
            "mergeAll": lambda: session.merge_all(self._parameters.rule),
            "agreement": lambda: self._ui.agreementCheckBox.click(),
            "showMode": lambda: self._showMode.next(),
            **numberActions(session.choose),
        }

    def _connect(self, icons: Path) -> None:
        ui, actions = self._ui, self._actions()
        names = ("box", "positive", "negative", "undo", "redo", "accept", "next", "generate")
        for name in (*names, "mark", "merge", "mergeAll"):
            getattr(ui, f"{name}Button").connect("clicked(bool)", actions[name])
        ui.discardButton.connect("clicked(bool)", self._session.discard)
        ui.cancelButton.connect("clicked(bool)", self._session.cancel)
        ui.stopButton.connect("clicked(bool)", self._session.stop)
        ui.actionButton.connect("clicked(bool)", self._onAction)
        for section in (ui.compareButton, ui.rangeButton):
            section.connect("contentsCollapsed(bool)", lambda _collapsed: self.refresh())
        for name, file in _ICONS.items():
            getattr(ui, name).icon = qt.QIcon(str(icons / file))
        ui.agreementLabel.text = _(
            "Yellow: in all alternatives. Gray: in half of them. Dark blue: in few."
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
        self._view.showStatus()

    def _onEscape(self) -> None:
        """Give up the innermost thing: the box being drawn, the work, the tool."""
        if self._tool.hasDraft:
            self._tool.giveUpDraft()
        elif self._view.canCancel:
            self._session.cancel()
        elif self._tool.tool is not Tool.NONE:
            self._toggle(self._tool.tool)

    def _onNext(self) -> None:
        """Accept, unless that is done, and go to the next slice that waits for a choice."""
        found = self._session.current
        if found is not None and not found.accepted and not self._session.accept():
            return
        key = self._session.next_slice()
        if key is not None:
            showSlice(key, self._session.view)
            self._session.view_changed()

    def _onAction(self) -> None:
        answers = {
            Action.INSTALL: self._install,
            Action.DOWNLOAD: self._session.download,
            Action.RESUME: self._session.resume,
            Action.SHOW_VOLUME: self._showVolume,
        }
        answers[self._view.action]()
        self._models.refresh()

    def _install(self) -> None:
        if self._installation.install(self._ui.statusLabel):
            self._session.enter(self._installation.look())
        else:
            self.refresh()

    # What is chosen

    def _keep(self, name: str) -> Any:
        def keep(value: str) -> None:
            if self._parameters is not None:
                setattr(self._parameters, name, value)

        return keep

    def _onParameters(self, _caller: Any = None, _event: str = "") -> None:
        if self._isKeeping or slicer.mrmlScene.IsBatchProcessing() or self._parameters is None:
            return  # half a scene is loaded; the module tells when it is whole
        parameters, session = self._parameters, self._session
        isMultimask = parameters.method == "multimask"
        count = min(parameters.count, _MULTIMASK_COUNT) if isMultimask else parameters.count
        session.request = Request(count, parameters.method)
        session.automatic, session.best_first = parameters.automatic, parameters.bestFirst
        self._method.show(parameters.method)
        self._rule.show(parameters.rule)
        self._showMode.show(parameters.showMode)
        self._readers.setTicked(parameters.compared)
        self._models.choose(parameters.model)
        session.set_model(ModelChoice(self._models.entry.name, parameters.device))
        self._range.setWanted((parameters.firstSlice, parameters.lastSlice))
        self._useVolume(parameters.inputVolume)
        session.view_changed()

    def _useVolume(self, volumeNode: Any) -> None:
        if volumeNode is self._services.slices.volumeNode:
            return
        if volumeNode is None:
            self._services.clearScene()
        self._services.slices.volumeNode = volumeNode
        if self._open:
            self._watcher.watch(volumeNode)
            if volumeNode is not None and not self._services.slices.isShown():
                self._showVolume()
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

    def _onRange(self, wanted: Range) -> None:
        self._parameters.firstSlice, self._parameters.lastSlice = wanted

    def _onLayout(self, _layout: int) -> None:
        self._watcher.start()
        self._tool.start()
        self._session.view_changed()
