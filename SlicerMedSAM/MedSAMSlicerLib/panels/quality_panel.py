"""The panel of MedSAMQuality: widgets on one side, the session on the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import slicer
from slicer.i18n import tr as _

from MedSAMLib.errors import MedSAMError

from ..quality.scene.importing import importLabelMap
from ..quality.scene.review_display import showVolume
from ..quality.session import QualitySession
from ..scene.scene_watcher import SceneWatcher
from ..scene.volume_slices import shownVolume
from ..session.ports import ModelChoice
from ..slices import describeWindow
from .model_chooser import ModelChooser
from .parameter_link import ParameterLink
from .quality_cases import QualityCases
from .quality_decisions import QualityDecisions
from .quality_export import QualityExport
from .quality_inputs import QualityInputs
from .quality_list import QualityList
from .quality_missed import QualityMissed
from .quality_services import QualityServices
from .quality_slices import QualitySlices
from .quality_text import Action, Moment, limits, line
from .shortcuts import Shortcuts

# None of them is a key of the slice views (g, t, r, v, f, b, arrows, brackets).
KEYS: dict[str, tuple[str, ...]] = {
    "next": ("N",),
    "previous": ("P",),
    "accept": ("A",),
    "flag": ("X",),
    "undo": ("Z", "Ctrl+Z"),
    "escape": ("Escape",),
    **{f"reason{number}": (str(number),) for number in range(1, 6)},
}
_SEGMENTATION_TYPES = ["vtkMRMLSegmentationNode", "vtkMRMLLabelMapVolumeNode"]


class QualityPanel:
    """Connects the widgets `ui` of MedSAMQuality.ui with the services."""

    def __init__(self, ui: Any, services: QualityServices) -> None:
        self._ui, self._services, self._session = ui, services, services.session
        self._parameters: Any = None
        self._link = ParameterLink(ui, self._onParameters)
        self._segmentation: list[tuple[Any, int]] = []  # observations
        self._updating = False
        self._open = self._installed = False
        self._installation = ""
        self._action = Action.NONE
        self._report: Any = None
        self._subject: tuple[Any, Any] = (None, None)
        session = self._session
        self._watcher = SceneWatcher(self._onViews, session.segmentation_changed)
        self._models = ModelChooser(ui, services.models, self._onModel)
        self._inputs = QualityInputs(ui, services.reader)
        self._list = QualityList(ui, session)
        self.slices = QualitySlices(ui, session, services.reader)
        self._decisions = QualityDecisions(ui, session, self._reviewer)
        self._missed = QualityMissed(ui, session, self._search)
        self._export = QualityExport(ui, session, services.chooseFile, self._name)
        self._cases = QualityCases(ui, services.cases, self._onCase, session.bench.fail)
        self._shortcuts = Shortcuts(
            self._decisions.actions() | {"escape": session.bench.cancel}, KEYS
        )
        self._connect()
        session.changed.connect(self.refresh)

    @property
    def services(self) -> QualityServices:
        """What the panel works with."""
        return self._services

    @property
    def session(self) -> QualitySession:
        """What the panel shows."""
        return self._session

    # The life of the panel

    @property
    def hasParameters(self) -> bool:
        """Whether settings of the scene are in use."""
        return self._link.isInScene

    def setParameters(self, parameters: Any) -> None:
        """Use the settings of this `QualityParameters`; None before a scene closes."""
        self._link.untie()
        self._parameters = parameters
        self._inputs.setParameters(parameters)
        if parameters is None:
            self._useSubject(None, None)
            return
        self._link.tie(parameters)
        self._ui.casePathLineEdit.currentPath = parameters.caseList
        self._onParameters()

    def enter(self) -> None:
        """The module is opened."""
        self._open = True
        self._watcher.start()
        self._watcher.watch(self._services.reader.volumeNode)
        self._shortcuts.start(slicer.util.mainWindow())
        slicer.app.layoutManager().connect("layoutChanged(int)", self._onLayout)
        self._lookForNetwork()

    def leave(self) -> None:
        """Another module is opened: keys, views and colors are the user's own again."""
        if not self._open:
            return
        self._open = False
        slicer.app.layoutManager().disconnect("layoutChanged(int)", self._onLayout)
        self._shortcuts.stop()
        self._watcher.stop()
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
        self._showStatus()
        self._foldInputs()
        self._ui.judgeButton.enabled = self._session.can_run
        self._inputs.refresh()
        for part in (self._list, self.slices, self._decisions, self._missed, self._export):
            part.refresh()
        self._cases.refresh()
        volume = self._services.reader.volumeNode
        self._ui.windowLabel.text = (
            ""
            if volume is None
            else _("{window}, as the slice views show it").format(window=describeWindow(volume))
        )

    def _showStatus(self) -> None:
        status = self._session.status
        shown = line(status, self._moment())
        ui = self._ui
        trouble = self._services.keeper.trouble
        ui.statusLabel.text = f"{trouble} {shown.text}" if trouble else shown.text
        ui.progressBar.visible = shown.canCancel
        ui.progressBar.maximum = max(status.total, 0)
        ui.progressBar.value = status.done
        ui.cancelButton.visible = shown.canCancel
        self._action = shown.action
        ui.actionButton.text = shown.button
        ui.actionButton.visible = shown.action is not Action.NONE

    def _foldInputs(self) -> None:
        """Before there is a list the place is for what makes it, and then for the list."""
        report = self._session.report
        if report is self._report:
            return
        self._report = report
        self._ui.inputsButton.collapsed = report is not None
        self._ui.reviewButton.collapsed = report is None
        node = self._services.reader.segmentationNode
        title = _("Image and segmentation")
        self._ui.inputsButton.text = f"{title}: {node.GetName()}" if report and node else title

    def _moment(self) -> Moment:
        session = self._session
        labelMap = None if self._parameters is None else self._parameters.labelMap
        return Moment(
            counts=session.review.counts,
            threshold=session.review.threshold,
            isStale=session.is_stale,
            canRun=session.can_run,
            hasSelection=session.review.selected is not None,
            installation=self._installation,
            model=self._models.entry.title,
            terms=self._models.terms,
            segmentation="" if labelMap is None else labelMap.GetName(),
        )

    # What the user does in the panel

    def _connect(self) -> None:
        ui = self._ui
        ui.judgeButton.connect("clicked(bool)", self._onJudge)
        ui.cancelButton.connect("clicked(bool)", self._session.bench.cancel)
        ui.actionButton.connect("clicked(bool)", self._onAction)
        ui.segmentationSelector.nodeTypes = _SEGMENTATION_TYPES
        ui.segmentationSelector.connect("currentNodeChanged(vtkMRMLNode*)", self._onSegmentation)
        ui.casePathLineEdit.connect("currentPathChanged(QString)", self._onCasePath)
        ui.limitsLabel.text = limits()

    def _onJudge(self) -> None:
        self._try(lambda: self._session.run(self._inputs.request()))

    def _search(self, slices: str) -> None:
        """In all segments: what is outlined in one that is not ticked is not missed."""

        def search() -> None:
            self._session.search(replace(self._inputs.request(slices), segment_ids=()))

        self._try(search)

    def _try(self, action: Callable[[], None]) -> None:
        try:
            action()
        except MedSAMError as error:
            self._session.bench.fail(str(error))

    def _onAction(self) -> None:
        answers = {
            Action.INSTALL: self._install,
            Action.DOWNLOAD: self._session.download,
            Action.RETRY: self._session.bench.retry,
            Action.IMPORT: self._import,
            Action.JUDGE: self._onJudge,
        }
        answers[self._action]()
        self._models.refresh()

    def _import(self) -> None:
        parameters = self._parameters
        self._setSegmentation(importLabelMap(parameters.labelMap, parameters.inputVolume))

    def _install(self) -> None:
        question = _("Install what the network needs (PyTorch, hundreds of MB)? {state}")
        if not slicer.util.confirmOkCancelDisplay(question.format(state=self._installation)):
            return
        self._ui.statusLabel.text = _("Installing; this takes some minutes...")
        slicer.app.processEvents()
        try:
            self._services.dependencies.install()
        except MedSAMError as error:
            self._installation = str(error)
            self.refresh()
            return
        self._lookForNetwork()

    def _lookForNetwork(self) -> None:
        dependencies = self._services.dependencies
        self._installed = dependencies.installed()
        self._installation = "" if self._installed else dependencies.summary()
        self._session.enter(self._installed)

    def _reviewer(self) -> str:
        return "" if self._parameters is None else self._parameters.reviewer

    def _name(self) -> str:
        node = self._services.reader.segmentationNode
        return _("Quality") if node is None else f"{node.GetName()} quality"

    # What is chosen

    def _onSegmentation(self, node: Any) -> None:
        if self._updating or self._parameters is None or slicer.mrmlScene.IsBatchProcessing():
            return
        self._setSegmentation(node)

    def _setSegmentation(self, node: Any) -> None:
        isLabelMap = _isLabelMap(node)
        modified = self._parameters.parameterNode.StartModify()
        self._parameters.labelMap = node if isLabelMap else None
        self._parameters.segmentation = None if isLabelMap else node
        self._parameters.parameterNode.EndModify(modified)

    def _onCase(self, volumeNode: Any, segmentationNode: Any) -> None:
        self._parameters.inputVolume = volumeNode
        self._setSegmentation(segmentationNode)
        slicer.util.setSliceViewerLayers(background=volumeNode, fit=True)

    def _onCasePath(self, path: str) -> None:
        if self._parameters is not None:
            self._parameters.caseList = path

    def _onModel(self, name: str) -> None:
        self._parameters.model = name

    def _onParameters(self, _caller: Any = None, _event: str = "") -> None:
        if slicer.mrmlScene.IsBatchProcessing():
            return  # half a scene is loaded; the module tells when it is whole
        parameters, session = self._parameters, self._session
        self._models.choose(parameters.model)
        session.set_model(ModelChoice(self._models.entry.name, parameters.device))
        segmentation = parameters.segmentation or parameters.labelMap
        self._updating = True
        self._ui.segmentationSelector.setCurrentNode(segmentation)
        self._updating = False
        self._useSubject(parameters.inputVolume, segmentation)
        if session.review.threshold != parameters.threshold:
            session.review.set_threshold(parameters.threshold)
            session.mark_segments()
        session.review.set_only_below(parameters.onlyBelow)
        session.set_colored(parameters.colored)
        session.set_outlined(parameters.outlined)
        self.refresh()

    def _useSubject(self, volumeNode: Any, segmentationNode: Any) -> None:
        if (volumeNode, segmentationNode) == self._subject:
            return
        self._session.set_subject("", "")  # while the reader still knows the old ones
        self._subject = (volumeNode, segmentationNode)
        reader, isLabelMap = self._services.reader, _isLabelMap(segmentationNode)
        reader.volumeNode = volumeNode
        reader.segmentationNode = None if isLabelMap else segmentationNode
        self._observeSegmentation(reader.segmentationNode)
        if self._open:
            self._watcher.watch(volumeNode)
            if volumeNode is not None:
                showVolume(volumeNode)
        self._export.clear()
        names = ["" if node is None else node.GetID() for node in (volumeNode, segmentationNode)]
        self._session.set_subject(*names, isLabelMap)
        if all(names) and not isLabelMap:
            self._restore()

    def _restore(self) -> None:
        kept = self._services.keeper.kept()
        if kept is not None:
            self._session.restore(*kept)
            if self._services.keeper.table.node() is None:
                self._session.keep()  # a case that is shown again

    # What happens in the scene

    def _observeSegmentation(self, node: Any) -> None:
        for subject, tag in self._segmentation:
            subject.RemoveObserver(tag)
        self._segmentation = []
        if node is None:
            return
        subject, kinds = node.GetSegmentation(), slicer.vtkSegmentation
        for event, answer in (
            (kinds.SourceRepresentationModified, self._onEdited),
            (kinds.SegmentAdded, self._onSegments),
            (kinds.SegmentRemoved, self._onSegments),
        ):
            self._segmentation.append((subject, subject.AddObserver(event, answer)))

    def _onEdited(self, _caller: Any, _event: str) -> None:
        self._session.segmentation_changed()

    def _onSegments(self, _caller: Any, _event: str) -> None:
        if not slicer.mrmlScene.IsBatchProcessing():
            self._inputs.refresh()

    def _onViews(self) -> None:
        """Something else is shown; where no volume is chosen yet, the shown one is."""
        if self._parameters is not None and self._parameters.inputVolume is None:
            self._parameters.inputVolume = shownVolume()
        self.slices.refresh()

    def _onLayout(self, _layout: int) -> None:
        self._watcher.start()


def _isLabelMap(node: Any) -> bool:
    return node is not None and bool(node.IsA("vtkMRMLLabelMapVolumeNode"))
