"""What all panels do alike that take prompts from the slice views."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import qt
import slicer

from ..scene.scene_watcher import SceneWatcher
from ..scene.view_tool import Tool, ViewTool
from ..scene.volume_slices import shownVolume, showVolume
from ..session.prompts import RAS, Box
from ..session.propagation import Range
from .installation import Installation
from .model_chooser import ModelChooser
from .parameter_link import ParameterLink
from .shortcuts import Shortcuts
from .status_text import Action

_ICONS = {
    "boxButton": "PromptBox.svg",
    "positiveButton": "PromptPositive.svg",
    "negativeButton": "PromptNegative.svg",
}


class PromptPanel:
    """The life of the panel, the tools for prompts, the volume, and the action that is offered.

    A panel has to set `_shortcuts`, and to say what is missing here.
    """

    _shortcuts: Shortcuts

    def __init__(self, ui: Any, services: Any) -> None:
        self._ui, self._services, self._session = ui, services, services.session
        self._parameters: Any = None
        self._link = ParameterLink(ui, self._onParameters)
        self._open = False
        self._installation = Installation(services.dependencies)
        self._tool = ViewTool(self)
        self._watcher = SceneWatcher(self._onViews, self._session.image_changed)
        self._models = ModelChooser(ui, services.models, self._onModel)

    # What each panel says for itself

    def refresh(self) -> None:
        """Show where the session stands."""
        raise NotImplementedError

    def setParameters(self, parameters: Any) -> None:
        """Use the settings of this scene; None before a scene closes."""
        raise NotImplementedError

    def _onParameters(self, _caller: Any = None, _event: str = "") -> None:
        raise NotImplementedError

    def _showStatus(self) -> None:
        """Show the line that tells what to do, and what belongs to it."""
        raise NotImplementedError

    @property
    def _offered(self) -> Action:
        """What the button beside that line does."""
        raise NotImplementedError

    @property
    def _canCancel(self) -> bool:
        """Whether work is done that can be given up."""
        raise NotImplementedError

    def _takePrompts(self) -> None:
        """Go on with what was drawn in another module meanwhile."""
        raise NotImplementedError

    def _lookAround(self) -> None:
        """The module is opened: what it shows may be another now."""

    def _beforePrompt(self) -> None:
        """A prompt is about to be drawn."""

    def _discardObject(self) -> bool:
        """Give up an unfinished object; False if there is none or it stays."""
        return False

    # The life of the panel

    @property
    def services(self) -> Any:
        """What the panel works with."""
        return self._services

    @property
    def session(self) -> Any:
        """What the panel shows."""
        return self._session

    @property
    def hasParameters(self) -> bool:
        """Whether settings of the scene are in use."""
        return self._link.isInScene

    def enter(self) -> None:
        """The module is opened."""
        self._open = True
        self._watcher.start()
        self._watcher.watch(self._services.slices.volumeNode)
        self._tool.start()
        self._shortcuts.start(slicer.util.mainWindow())
        slicer.app.layoutManager().connect("layoutChanged(int)", self._onLayout)
        self._lookAround()
        self._takePrompts()  # before anything tells the scene what the session has
        self._lookForNetwork()

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
        """The panel is about the slice that the user looks at."""
        self._session.view_changed(view)

    def onPoint(self, view: str, ras: RAS, positive: bool) -> None:
        """A click."""
        self._beforePrompt()
        self._session.add_point(view, ras, positive)

    def onBox(self, view: str, first: RAS, second: RAS) -> None:
        """A finished box."""
        self._beforePrompt()
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

    # What the user does in the panel

    def _promptActions(self) -> dict[str, Callable[[], Any]]:
        """What keys and buttons of prompts do, by name."""
        return {
            "box": lambda: self._toggle(Tool.BOX),
            "positive": lambda: self._toggle(Tool.POSITIVE),
            "negative": lambda: self._toggle(Tool.NEGATIVE),
            "undo": self._session.undo,
            "redo": self._session.redo,
            "escape": self._onEscape,
        }

    def _connectButtons(
        self, names: Sequence[str], actions: Mapping[str, Callable[[], Any]], icons: Path
    ) -> None:
        """Buttons `<name>Button` do the actions of their names; all panels have a few more."""
        ui = self._ui
        for name in names:
            getattr(ui, f"{name}Button").connect("clicked(bool)", actions[name])
        ui.discardButton.connect("clicked(bool)", self._session.discard)
        ui.cancelButton.connect("clicked(bool)", self._session.cancel)
        ui.actionButton.connect("clicked(bool)", self._onAction)
        for name, file in _ICONS.items():
            getattr(ui, name).icon = qt.QIcon(str(icons / file))

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
        elif self._canCancel:
            self._session.cancel()
        elif not self._discardObject() and self._tool.tool is not Tool.NONE:
            self._toggle(self._tool.tool)

    def _onAction(self) -> None:
        answers = {
            Action.INSTALL: self._install,
            Action.DOWNLOAD: self._session.download,
            Action.RESUME: self._session.resume,
            Action.SHOW_VOLUME: self._showVolume,
        }
        answers[self._offered]()
        self._models.refresh()

    def _install(self) -> None:
        if self._installation.install(self._ui.statusLabel):
            self._lookForNetwork()
        else:
            self.refresh()

    def _lookForNetwork(self) -> None:
        self._session.enter(self._installation.look())

    # What is chosen

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
