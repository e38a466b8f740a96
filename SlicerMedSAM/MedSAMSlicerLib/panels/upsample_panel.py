"""The panel of MedSAMUpsample: widgets on one side, the session on the other."""

from __future__ import annotations

from typing import Any

import slicer
from slicer.i18n import tr as _

from ..scene.scene_watcher import SceneWatcher
from ..scene.volume_slices import shownVolume, showVolume
from ..session.ports import ModelChoice
from ..slices import describeWindow
from ..upsampling.session import UpsampleSession
from .installation import Installation
from .model_chooser import ModelChooser
from .parameter_link import ParameterLink
from .shortcuts import Shortcuts
from .upsample_comparison import UpsampleComparison
from .upsample_inputs import UpsampleInputs
from .upsample_services import UpsampleServices
from .upsample_text import Action, Moment, limits, line

# None of them is a key of the slice views (g, t, r, v, f, b, arrows, brackets).
KEYS: dict[str, tuple[str, ...]] = {
    "upsample": ("U",),
    "undo": ("Z", "Ctrl+Z"),
    "escape": ("Escape",),
}


class UpsamplePanel:
    """Connects the widgets `ui` of MedSAMUpsample.ui with the services."""

    def __init__(self, ui: Any, services: UpsampleServices) -> None:
        self._ui, self._services, self._session = ui, services, services.session
        self._parameters: Any = None
        self._segmentation: list[tuple[Any, int]] = []  # observations
        self._subject: tuple[Any, Any] = (None, None)
        self._open = False
        self._action = Action.NONE
        self._watcher = SceneWatcher(self._onViews, self._onImage)
        self._link = ParameterLink(ui, self._onParameters)
        self._installation = Installation(services.dependencies)
        self._models = ModelChooser(ui, services.models, self._onModel)
        self._inputs = UpsampleInputs(ui, services.reader)
        self._comparison = UpsampleComparison(ui, services.results)
        session = self._session
        answers = {"upsample": self._onUpsample, "undo": session.remove}
        self._shortcuts = Shortcuts(answers | {"escape": session.bench.cancel}, KEYS)
        self._connect()
        session.changed.connect(self.refresh)

    @property
    def services(self) -> UpsampleServices:
        """What the panel works with."""
        return self._services

    @property
    def session(self) -> UpsampleSession:
        """What the panel shows."""
        return self._session

    # The life of the panel

    @property
    def hasParameters(self) -> bool:
        """Whether settings of the scene are in use."""
        return self._link.isInScene

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
            self._useSubject(None, None)
            return
        self._link.tie(parameters)
        self._onParameters()

    def enter(self) -> None:
        """The module is opened."""
        self._open = True
        self._watcher.start()
        self._watcher.watch(self._services.reader.volumeNode)
        self._shortcuts.start(slicer.util.mainWindow())
        slicer.app.layoutManager().connect("layoutChanged(int)", self._onLayout)
        self._session.enter(self._installation.look())

    def leave(self) -> None:
        """Another module is opened: keys and views are the user's own again."""
        if not self._open:
            return
        self._open = False
        slicer.app.layoutManager().disconnect("layoutChanged(int)", self._onLayout)
        self._shortcuts.stop()
        self._watcher.stop()
        self._comparison.showOver(False)
        self._session.leave()

    def cleanUp(self) -> None:
        """The module goes away."""
        self.leave()
        self.setParameters(None)
        self._models.end()
        self._services.close()

    # What the panel shows

    def refresh(self) -> None:
        """Show where the session stands."""
        self._inputs.refresh()
        self._showStatus()
        session, ui = self._session, self._ui
        ui.upsampleButton.enabled = session.can_run and not self._inputs.refusal
        ui.removeButton.enabled = session.can_remove
        self._comparison.refresh()
        self._comparison.showOver(self._open)
        volume = self._services.reader.volumeNode
        ui.windowLabel.text = (
            ""
            if volume is None
            else _("{window}, as the slice views show it").format(window=describeWindow(volume))
        )

    def _showStatus(self) -> None:
        status, ui = self._session.status, self._ui
        result = self._services.results.node("result")
        shown = line(
            status,
            Moment(
                installation=self._installation.summary,
                model=self._models.entry.title,
                terms=self._models.terms,
                result="" if result is None else result.GetName(),
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

    # What the user does in the panel

    def _connect(self) -> None:
        ui = self._ui
        ui.upsampleButton.connect("clicked(bool)", self._onUpsample)
        ui.removeButton.connect("clicked(bool)", self._session.remove)
        ui.cancelButton.connect("clicked(bool)", self._session.bench.cancel)
        ui.actionButton.connect("clicked(bool)", self._onAction)
        ui.limitsLabel.text = limits()

    def _onUpsample(self) -> None:
        if self._parameters is not None and not self._inputs.refusal:
            self._session.run(self._inputs.request())

    def _onAction(self) -> None:
        answers = {
            Action.INSTALL: self._install,
            Action.DOWNLOAD: self._session.download,
            Action.RETRY: self._session.bench.retry,
        }
        answers[self._action]()
        self._models.refresh()

    def _install(self) -> None:
        if self._installation.install(self._ui.statusLabel):
            self._session.enter(self._installation.look())
        self.refresh()

    # What is chosen

    def _onModel(self, name: str) -> None:
        self._parameters.model = name

    def _onParameters(self, _caller: Any = None, _event: str = "") -> None:
        if slicer.mrmlScene.IsBatchProcessing():
            return  # half a scene is loaded; the module tells when it is whole
        parameters = self._parameters
        self._models.choose(parameters.model)
        self._session.set_model(ModelChoice(self._models.entry.name, parameters.device))
        self._useSubject(parameters.inputVolume, parameters.segmentation)
        self.refresh()

    def _useSubject(self, volumeNode: Any, segmentationNode: Any) -> None:
        if (volumeNode, segmentationNode) == self._subject:
            return
        isOtherVolume = volumeNode is not self._subject[0]
        self._subject = (volumeNode, segmentationNode)
        reader = self._services.reader
        reader.volumeNode, reader.segmentationNode = volumeNode, segmentationNode
        self._observeSegmentation(segmentationNode)
        if self._open:
            self._watcher.watch(volumeNode)
            if volumeNode is not None and isOtherVolume:
                showVolume(volumeNode)
        names = ["" if node is None else node.GetID() for node in self._subject]
        self._session.set_subject(*names)

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
        if not slicer.mrmlScene.IsBatchProcessing():
            self._inputs.refresh()

    def _onViews(self) -> None:
        """Something else is shown; where no volume is chosen yet, the shown one is."""
        if self._parameters is not None and self._parameters.inputVolume is None:
            self._parameters.inputVolume = shownVolume()
        self.refresh()

    def _onImage(self) -> None:
        self.refresh()

    def _onLayout(self, _layout: int) -> None:
        self._watcher.start()
        self.refresh()
