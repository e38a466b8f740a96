"""Choosing the network: size, licence and whether it is here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slicer
from slicer.i18n import tr as _

from ..session.ports import ModelChoice

_BYTES_PER_MB = 1e6


class ModelChooser:
    """The section `modelButton` of a panel; its title tells the choice while it is closed."""

    def __init__(self, ui: Any, models: Any, chosen: Callable[[str], None]) -> None:
        self._ui, self._models, self._chosen = ui, models, chosen
        self._entries = models.usable()
        for entry in self._entries:
            ui.modelComboBox.addItem(entry.title)
        ui.modelComboBox.connect("activated(int)", self._onActivated)
        ui.removeModelButton.connect("clicked(bool)", self._onRemove)

    @property
    def entry(self) -> Any:
        """The chosen entry of the catalogue."""
        return self._entries[max(self._ui.modelComboBox.currentIndex, 0)]

    @property
    def terms(self) -> str:
        """Size and licence, to be read before a download."""
        size = f"{self.entry.bytes / _BYTES_PER_MB:.0f} MB"
        return _("{size}, licence {licence}").format(size=size, licence=self.entry.licence)

    def choose(self, name: str) -> None:
        """Show the model of this name; an unknown one, of a newer scene, becomes the first."""
        names = [entry.name for entry in self._entries]
        self._ui.modelComboBox.currentIndex = names.index(name) if name in names else 0
        self.refresh()

    def refresh(self) -> None:
        """Say where the model stands now."""
        entry, isHere = self.entry, self._isHere()
        self._ui.modelButton.text = _("Model: {model}").format(model=entry.title)
        self._ui.modelInfoLabel.text = " ".join((self._whereabouts(), self._terms()))
        self._ui.removeModelButton.visible = isHere and not entry.bundled

    def _isHere(self) -> bool:
        return self._models.is_here(ModelChoice(self.entry.name))

    def _whereabouts(self) -> str:
        if self.entry.bundled:
            return _("Comes with SlicerMedSAM.")
        size = f"{self.entry.bytes / _BYTES_PER_MB:.0f} MB"
        if self._isHere():
            return _("On this computer ({size}).").format(size=size)
        return _("To be downloaded ({size}).").format(size=size)

    def _terms(self) -> str:
        text = _("Licence: {licence}. For: {modalities}.")
        return text.format(licence=self.entry.licence, modalities=self.entry.modalities)

    def _onActivated(self, _index: int) -> None:
        self.refresh()
        self._chosen(self.entry.name)

    def _onRemove(self) -> None:
        question = _("Delete the weights of {model} from this computer?")
        if slicer.util.confirmYesNoDisplay(question.format(model=self.entry.title)):
            self._models.remove(ModelChoice(self.entry.name))
            self.refresh()
            self._chosen(self.entry.name)
