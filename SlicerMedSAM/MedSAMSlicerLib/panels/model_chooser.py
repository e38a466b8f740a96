"""Choosing the network: size, licence and whether it is here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slicer.i18n import tr as _

from ..session.ports import ModelChoice
from .model_manager import ModelManager
from .model_text import sizeText, whereaboutsText


class ModelChooser:
    """The section `modelButton` of a panel; its title tells the choice while it is closed."""

    def __init__(self, ui: Any, models: Any, chosen: Callable[[str], None]) -> None:
        self._ui, self._models, self._chosen = ui, models, chosen
        self._entries = models.usable()
        for entry in self._entries:
            ui.modelComboBox.addItem(entry.title)
        ui.modelComboBox.connect("activated(int)", self._onActivated)
        self.manager: ModelManager | None = None
        ui.manageModelsButton.connect("clicked(bool)", self._onManage)

    @property
    def entry(self) -> Any:
        """The chosen entry of the catalogue."""
        return self._entries[max(self._ui.modelComboBox.currentIndex, 0)]

    @property
    def terms(self) -> str:
        """Size and licence, to be read before a download."""
        return _("{size}, licence {licence}").format(
            size=sizeText(self.entry), licence=self.entry.licence
        )

    def choose(self, name: str) -> None:
        """Show the model of this name; an unknown one, of a newer scene, becomes the first."""
        names = [entry.name for entry in self._entries]
        self._ui.modelComboBox.currentIndex = names.index(name) if name in names else 0
        self.refresh()

    def refresh(self) -> None:
        """Say where the model stands now."""
        entry = self.entry
        isHere = self._models.is_here(ModelChoice(entry.name))
        self._ui.modelButton.text = _("Model: {model}").format(model=entry.title)
        text = _("{whereabouts} ({size}). Licence: {licence}. For: {modalities}.")
        self._ui.modelInfoLabel.text = text.format(
            whereabouts=whereaboutsText(entry, isHere),
            size=sizeText(entry),
            licence=entry.licence,
            modalities=entry.modalities,
        )

    def end(self) -> None:
        """Close the manager; a download stops."""
        if self.manager is not None:
            self.manager.end()

    def _onActivated(self, _index: int) -> None:
        self.refresh()
        self._chosen(self.entry.name)

    def _onManage(self) -> None:
        if self.manager is None:
            window = self._ui.manageModelsButton.window()
            self.manager = ModelManager(self._models, window, self._onChanged)
        self.manager.refresh()
        self.manager.show()

    def _onChanged(self) -> None:
        self.refresh()
        self._chosen(self.entry.name)
