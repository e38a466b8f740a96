"""Taking the review away as CSV, JSON or HTML."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from MedSAMLib.errors import MedSAMError

from ..quality import exporting
from ..quality.session import QualitySession


class QualityExport:
    """The section `exportButton`; `ask` gets a name and a pattern, and returns a path or ""."""

    def __init__(
        self,
        ui: Any,
        session: QualitySession,
        ask: Callable[[str, str], str],
        name: Callable[[], str],
    ) -> None:
        self._ui, self._session, self._ask, self._name = ui, session, ask, name
        self._told = ""
        ui.csvButton.connect("clicked(bool)", self._onCsv)
        ui.jsonButton.connect("clicked(bool)", self._onJson)
        ui.htmlButton.connect("clicked(bool)", self._onHtml)

    def refresh(self) -> None:
        """There is something to export once there is a list."""
        there = self._session.report is not None
        self._ui.csvButton.enabled = self._ui.jsonButton.enabled = there
        self._ui.htmlButton.enabled = there and self._session.can_run
        self._ui.exportLabel.text = self._told if there else _("Judge something first.")

    def clear(self) -> None:
        """Another segmentation is reviewed."""
        self._told = ""

    def _onCsv(self) -> None:
        path = self._ask(f"{self._name()}.csv", "CSV (*.csv)")
        if path:
            self._write(path, exporting.to_csv(self._session.review.rows))

    def _onJson(self) -> None:
        path = self._ask(f"{self._name()}.json", "JSON (*.json)")
        if path:
            review, report = self._session.review, self._session.report
            self._write(path, exporting.to_json(review.rows, report))

    def _onHtml(self) -> None:
        path = self._ask(f"{self._name()}.html", "HTML (*.html)")
        if not path:
            return
        session = self._session
        make = partial(
            exporting.to_html,
            session.review.rows,
            session.report,
            title=self._name(),
            threshold=session.review.threshold,
        )

        def work(subject: Any, judge: Any, task: Any) -> str:
            return make(subject=subject, judge=judge, task=task)

        session.export(work, lambda page: self._write(path, page))

    def _write(self, path: str, text: str) -> None:
        try:
            exporting.write(path, text)
            self._told = _("Written: {name}").format(name=Path(path).name)
        except MedSAMError as error:
            self._told = str(error)
        self.refresh()
