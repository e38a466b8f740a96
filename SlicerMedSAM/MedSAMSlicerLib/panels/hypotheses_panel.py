"""The panel of MedSAMHypotheses: widgets on one side, the session on the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from ..hypotheses.request import Request
from ..hypotheses.saved_sets import from_json as sets_from_json
from ..hypotheses.saved_sets import to_json as sets_to_json
from ..scene.shared_prompts import keep, takeOver
from ..scene.volume_slices import showSlice
from ..session.ports import ModelChoice
from ..session.prompts import from_json
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
from .prompt_panel import PromptPanel
from .segment_chooser import SegmentChooser
from .shortcuts import Shortcuts
from .status_text import Action

_MULTIMASK_COUNT = 3


class HypothesesPanel(PromptPanel):
    """Connects the widgets `ui` of MedSAMHypotheses.ui with the services."""

    def __init__(self, ui: Any, icons: Path, services: HypothesesServices) -> None:
        super().__init__(ui, services)
        self._keptRevision = -1
        self._isTakingOver = self._isKeeping = False
        self._shortcuts = Shortcuts(keyActions(self._actions()), KEYS)
        self._makeControls()
        self._connect(icons)
        self._session.changed.connect(self.refresh)

    def _makeControls(self) -> None:
        ui, session = self._ui, self._session
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

    # The life of the panel

    def setParameters(self, parameters: Any) -> None:
        """Use the settings and what was made of this scene; None before a scene closes."""
        if self._parameters is not None:
            self._link.untie()
            self._segments.release()
        self._parameters = None
        if parameters is None:
            self._useVolume(None)
            self._services.setChoice(None)
            return
        kept = parameters.prompts, parameters.sets  # emptied as soon as the volume is set
        self._parameters = parameters
        self._services.setChoice(parameters)
        self._link.tie(parameters)
        self._isTakingOver = True
        self._onParameters()
        self._restore(*kept)
        self._isTakingOver = False
        if self._open:
            self._takePrompts()
        self._ui.inputsButton.collapsed = parameters.inputVolume is not None
        self.refresh()

    def _restore(self, prompts: str, sets: str) -> None:
        volume = self._parameters.inputVolume
        if volume is not None and (prompts or sets):
            found = sets_from_json(sets, volume.GetID())
            self._session.restore(from_json(prompts, volume.GetID()), found)

    def _takePrompts(self) -> None:
        """Go on with what was drawn in MedSAMSegment."""
        takeOver(self._session, self._services.slices.volumeNode)

    def _lookAround(self) -> None:
        self._segments.refreshRules()

    def _beforePrompt(self) -> None:
        """What is drawn is what is meant."""
        if self._parameters is not None and self._parameters.promptSegmentID:
            self._parameters.promptSegmentID = ""

    # What the panel shows

    def _showStatus(self) -> None:
        self._view.showStatus()

    @property
    def _offered(self) -> Action:
        return self._view.action

    @property
    def _canCancel(self) -> bool:
        return self._view.canCancel

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
            keep(self._session, self._parameters, self._open and not self._isTakingOver)
            if self._session.revision != self._keptRevision:
                self._keptRevision = self._session.revision
                self._parameters.sets = sets_to_json(self._session.sets.values())
            self._isKeeping = False

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
            **self._promptActions(),
            "accept": session.accept,
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
        ui = self._ui
        names = ("box", "positive", "negative", "undo", "redo", "accept", "next", "generate")
        self._connectButtons((*names, "mark", "merge", "mergeAll"), self._actions(), icons)
        ui.stopButton.connect("clicked(bool)", self._session.stop)
        for section in (ui.compareButton, ui.rangeButton):
            section.connect("contentsCollapsed(bool)", lambda _collapsed: self.refresh())
        ui.agreementLabel.text = _(
            "Yellow: in all alternatives. Gray: in half of them. Dark blue: in few."
        )

    def _onNext(self) -> None:
        """Accept, unless that is done, and go to the next slice that waits for a choice."""
        found = self._session.current
        if found is not None and not found.accepted and not self._session.accept():
            return
        key = self._session.next_slice()
        if key is not None:
            showSlice(key, self._session.view)
            self._session.view_changed()

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
