"""Going through a list of cases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slicer.i18n import tr as _

from MedSAMLib.errors import MedSAMError

from ..quality.scene.case_files import CaseFiles, describe


class QualityCases:
    """The section `casesButton`; `loaded` gets the nodes of a case, `failed` a sentence."""

    def __init__(
        self,
        ui: Any,
        cases: CaseFiles,
        loaded: Callable[[Any, Any], None],
        failed: Callable[[str], None],
    ) -> None:
        self._ui, self._cases, self._loaded, self._failed = ui, cases, loaded, failed
        ui.openCasesButton.connect("clicked(bool)", self._onOpen)
        ui.previousCaseButton.connect("clicked(bool)", self._onPrevious)
        ui.nextCaseButton.connect("clicked(bool)", self._onNext)

    def refresh(self) -> None:
        """Show which case it is."""
        ui, cases = self._ui, self._cases
        isOpen = cases.isOpen
        ui.previousCaseButton.enabled = isOpen and cases.number > 0
        ui.nextCaseButton.enabled = isOpen
        if not isOpen:
            ui.caseLabel.text = _("Choose a CSV or a folder to review many cases.")
            ui.nextCaseButton.text = _("Done, next case")
            return
        isLast = cases.number == len(cases.list.cases) - 1
        ui.nextCaseButton.text = _("Done") if isLast else _("Done, next case")
        text = describe(cases.list.cases[cases.number], cases.number, cases.list)
        if cases.list.is_done(cases.number):
            text = f"{text} {_('This one is done.')}"
        ui.caseLabel.text = text

    def _onOpen(self) -> None:
        self._try(self._open)

    def _open(self) -> None:
        self._cases.open(self._ui.casePathLineEdit.currentPath)
        self._load(self._cases.list.first_open())

    def _onPrevious(self) -> None:
        self._try(lambda: self._load(self._cases.number - 1))

    def _onNext(self) -> None:
        self._try(self._next)

    def _next(self) -> None:
        cases = self._cases
        cases.list.set_done(cases.number)
        if cases.number + 1 < len(cases.list.cases):
            self._load(cases.number + 1)

    def _load(self, number: int) -> None:
        self._loaded(*self._cases.load(number))

    def _try(self, action: Callable[[], None]) -> None:
        try:
            action()
        except MedSAMError as error:
            self._failed(str(error))
        self.refresh()
