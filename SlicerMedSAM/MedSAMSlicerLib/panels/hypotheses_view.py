"""What the panel of MedSAMHypotheses shows: the line, the pictures, and what can be pressed."""

from __future__ import annotations

from typing import Any

from slicer.i18n import tr as _

from ..hypotheses.candidates import SliceSet
from ..scene.view_tool import ViewTool
from ..session.ports import SliceImage
from ..session.status import Stage
from .hypotheses_gallery import Gallery
from .hypotheses_services import HypothesesServices
from .hypotheses_status import HypothesesMoment, agreementText, line, methodText
from .installation import Installation
from .model_chooser import ModelChooser
from .status_text import Action, Moment

# Without alternatives there is nothing to do with them.
_NEED_ALTERNATIVES = (
    "infoLabel",
    "acceptButton",
    "markButton",
    "ruleComboBox",
    "mergeButton",
    "mergeAllButton",
    "showComboBox",
    "bestFirstCheckBox",
    "agreementCheckBox",
)


class AlternativesView:
    """Writes the session's state into the widgets `ui`; changes nothing else."""

    def __init__(
        self,
        ui: Any,
        services: HypothesesServices,
        tool: ViewTool,
        models: ModelChooser,
        installation: Installation,
    ) -> None:
        self.action = Action.NONE
        self.canCancel = False
        self._ui, self._services, self._session = ui, services, services.session
        self._tool, self._models, self._installation = tool, models, installation
        session = services.session
        self._gallery = Gallery(ui.galleryList, session.choose, session.accept)

    def show(self, parameters: Any) -> None:
        """Show everything; parameters: those in use, None while the module is not open."""
        self.showStatus()
        self._showButtons()
        self._showAlternatives(parameters is not None and parameters.bestFirst)
        self._showAgreement(parameters is not None and parameters.showAgreement)

    def showStatus(self) -> None:
        """Show where things stand and what to do next."""
        ui, status = self._ui, self._session.status
        shown = line(status, self._moment())
        ui.statusLabel.text = shown.text
        ui.progressBar.visible = shown.canCancel
        ui.progressBar.maximum = 0 if status.progress is None else 100
        ui.progressBar.value = round(100 * (status.progress or 0))
        ui.cancelButton.visible = shown.canCancel
        ui.stopButton.visible = status.stage is Stage.GENERATING and self._session.is_making_many
        ui.actionButton.text = shown.button
        ui.actionButton.visible = shown.action is not Action.NONE
        self.action, self.canCancel = shown.action, shown.canCancel

    def _moment(self) -> HypothesesMoment:
        session, current = self._session, self._session.current
        waiting = sum(not each.accepted for each in session.sets.values() if each is not current)
        return HypothesesMoment(
            common=Moment(
                tool=self._tool.tool,
                hasDraft=self._tool.hasDraft,
                installation=self._installation.summary,
                model=self._models.entry.title,
                terms=self._models.terms,
                hasImage=self._services.slices.hasImage(),
            ),
            note=session.note,
            found=current,
            isOutdated=session.is_outdated,
            isDrawn=self._services.source.is_drawn,
            others=waiting,
        )

    def _showButtons(self) -> None:
        ui, session, found = self._ui, self._session, self._session.current
        isReady = self._services.slices.volumeNode is not None and self._installation.isComplete
        for button in (ui.boxButton, ui.positiveButton, ui.negativeButton):
            button.enabled = isReady
        ui.undoButton.enabled = session.can_undo
        ui.redoButton.enabled = session.history.can_redo
        ui.discardButton.enabled = session.has_work
        ui.generateButton.enabled = session.can_generate
        ui.acceptButton.enabled = session.can_accept
        ui.nextButton.visible = len(session.sets) > 1
        ui.markButton.enabled = found is not None and not found.candidate.rule
        ui.mergeButton.enabled = found is not None and len(found.marked) > 1
        ui.mergeAllButton.enabled = found is not None and len(found.alternatives) > 1

    def _showAlternatives(self, bestFirst: bool) -> None:
        ui, found = self._ui, self._session.current
        for name in _NEED_ALTERNATIVES:
            getattr(ui, name).visible = found is not None
        self._gallery.show(found, self._image, bestFirst, self._unit())
        if found is not None:
            title = self._titleOf(found)
            ui.infoLabel.text = f"{agreementText(found)} {methodText(found, title)}"
            text = _('Accept into "{name}" (Enter)')
            ui.acceptButton.text = text.format(name=self._services.target.name)

    def _showAgreement(self, isWanted: bool) -> None:
        agreement = self._services.agreement
        agreement.show(self._session.current if isWanted else None)
        self._ui.agreementLabel.visible = agreement.isShown

    def _image(self) -> SliceImage | None:
        found = self._session.current
        return None if found is None else self._services.slices.read(found.slice)

    def _unit(self) -> tuple[float, str]:
        """What a pixel counts: mm2, but for photographs, which have no size, 1."""
        volume, found = self._services.slices.volumeNode, self._session.current
        if volume is None or found is None or volume.IsA("vtkMRMLVectorVolumeNode"):
            return 1.0, _("px")
        x, y = found.slice.plane.pixel_spacing
        return x * y, _("mm²")

    def _titleOf(self, found: SliceSet) -> str:
        titles = {entry.name: entry.title for entry in self._services.models.usable()}
        return titles.get(found.model, found.model)
