"""The networks of the catalogue: the session's `Models`."""

from __future__ import annotations

from typing import Any

from MedSAMLib.sam import CATALOGUE, ModelEntry, Store, find_entry

from ..session.ports import ModelChoice, Task


class CatalogueModels:
    """Weights come from the model folder; what is loaded last stays loaded."""

    def __init__(self, store: Store | None = None) -> None:
        self._store = store or Store()
        self._loaded: tuple[ModelChoice, Any] | None = None

    @property
    def folder(self) -> str:
        """Where downloaded weights lie."""
        return str(self._store.folder)

    def usable(self) -> list[ModelEntry]:
        """The entries that SlicerMedSAM can run."""
        return [entry for entry in CATALOGUE if not entry.unsupported]

    def is_here(self, choice: ModelChoice) -> bool:
        """Whether there is a file; it is verified when it is loaded."""
        return self._store.path(find_entry(choice.name)).is_file()

    def load(self, choice: ModelChoice) -> Any:
        """Verify and load; imports PyTorch."""
        if self._loaded is None or self._loaded[0] != choice:
            from MedSAMLib.sam import load_model

            self._loaded = None  # two large networks at once may not fit
            self._loaded = choice, load_model(choice.name, choice.device, store=self._store)
        return self._loaded[1]

    def download(self, choice: ModelChoice, task: Task) -> None:
        """Fetch and verify the weights."""

        def progress(here: int, total: int) -> None:
            task.progress(here / max(total, 1))

        self._store.download(find_entry(choice.name), progress, lambda: task.cancelled)

    def remove(self, choice: ModelChoice) -> None:
        """Delete downloaded weights; MedSAMError if that fails."""
        if self._loaded is not None and self._loaded[0].name == choice.name:
            self._loaded = None
        self._store.remove(find_entry(choice.name))
