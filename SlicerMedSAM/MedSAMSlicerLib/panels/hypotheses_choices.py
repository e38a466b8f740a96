"""How many choices were made, and the button that exports them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from MedSAMLib.errors import MedSAMError
from MedSAMLib.files import atomic_path

from ..hypotheses.choices import to_csv
from ..hypotheses.scene_book import ChoiceBook


class ChoicesControls:
    """The widgets `choicesLabel`, `exportPath` and `exportButton`."""

    def __init__(self, ui: Any, book: ChoiceBook) -> None:
        self._ui, self._book = ui, book
        self._said = ""
        ui.exportButton.connect("clicked(bool)", self._onExport)
        ui.exportPath.connect("currentPathChanged(QString)", self._onPath)

    def refresh(self) -> None:
        """Show what can be exported."""
        count = len(self._book.rows())
        self._ui.choicesButton.text = _("Choices ({count})").format(count=count)
        self._ui.exportButton.enabled = count > 0 and bool(self._ui.exportPath.currentPath.strip())
        self._ui.choicesLabel.text = self._said or self._text(count)

    def _text(self, count: int) -> str:
        if not count:
            return _("Every accepted mask is written down here with all its alternatives.")
        name = self._book.node.GetName()
        return _('{count} choices are in the table "{name}".').format(count=count, name=name)

    def _onPath(self, _path: str) -> None:
        self._said = ""
        self.refresh()

    def _onExport(self) -> None:
        path = Path(self._ui.exportPath.currentPath.strip())
        path = path.with_suffix(".csv") if path.suffix.lower() != ".csv" else path
        question = _("Replace {path}?").format(path=path)
        if path.exists() and not slicer.util.confirmOkCancelDisplay(question):
            return
        try:
            rows = self._book.rows()
            with atomic_path(path, overwrite=True) as temporary:
                temporary.write_text(to_csv(rows), encoding="utf-8", newline="")
            self._said = _("{count} choices were written to {path}.").format(
                count=len(rows), path=path
            )
        except MedSAMError as error:
            self._said = str(error)
        self.refresh()
