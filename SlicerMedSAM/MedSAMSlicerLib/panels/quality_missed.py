"""Suggestions of missed objects: searched on demand, added one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
from slicer.i18n import tr as _

from ..quality.session import QualitySession
from ..quality.suggestions import Answer, Suggested


class QualityMissed:
    """The widgets of the section `missedButton`; `search` gets "current" or "" for as chosen."""

    def __init__(self, ui: Any, session: QualitySession, search: Callable[[str], None]) -> None:
        self._ui, self._session = ui, session
        self._shown: tuple | None = None
        self._updating = False
        table = ui.missedTable
        table.setColumnCount(4)
        table.setHorizontalHeaderLabels([_("Looks like"), _("Slice"), _("Alike"), _("Answer")])
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(22)
        table.horizontalHeader().setSectionResizeMode(qt.QHeaderView.ResizeToContents)
        table.horizontalHeader().setSectionResizeMode(0, qt.QHeaderView.Stretch)
        table.connect("itemSelectionChanged()", self._onSelection)
        ui.searchSliceButton.connect("clicked(bool)", lambda: search("current"))
        ui.searchAllButton.connect("clicked(bool)", lambda: search(""))
        ui.acceptMissedButton.connect("clicked(bool)", session.accept_suggestion)
        ui.dismissMissedButton.connect("clicked(bool)", session.dismiss_suggestion)
        ui.undoMissedButton.connect("clicked(bool)", session.undo_suggestion)

    def refresh(self) -> None:
        """Show what was found."""
        ui, missed = self._ui, self._session.missed
        ui.missedLabel.text = self._text()
        ui.searchSliceButton.enabled = ui.searchAllButton.enabled = self._session.can_run
        ui.acceptMissedButton.enabled = ui.dismissMissedButton.enabled = (
            missed.list.current_is_open and not self._session.is_working
        )
        ui.undoMissedButton.enabled = missed.can_undo
        self._updating = True
        if missed.list.items != self._shown:
            self._shown = missed.list.items
            self._fill()
        self._showSelected()
        self._updating = False

    def _text(self) -> str:
        missed = self._session.missed
        if not missed.was_searched:
            return _("The score cannot see objects that nobody outlined. Look for them here.")
        if not len(missed.list):
            return _("Nothing was found. That is no proof that nothing is missing.")
        text = _("{open} of {count} suggestions wait for an answer. Most are none: look closely.")
        return text.format(open=missed.list.open_count, count=len(missed.list))

    def _fill(self) -> None:
        table = self._ui.missedTable
        table.setRowCount(len(self._shown))
        for place, (suggested, answer) in enumerate(self._shown):
            for column, text in enumerate(_texts(suggested, answer)):
                table.setItem(place, column, qt.QTableWidgetItem(text))

    def _showSelected(self) -> None:
        table, selected = self._ui.missedTable, self._session.missed.list.selected
        if selected < 0:
            table.clearSelection()
            table.setCurrentItem(None)
        elif table.currentRow() != selected or not table.selectedItems():
            table.selectRow(selected)

    def _onSelection(self) -> None:
        table = self._ui.missedTable
        if not self._updating and table.selectedItems():
            self._session.select_suggestion(table.currentRow())


def _texts(suggested: Suggested, answer: Answer) -> tuple[str, ...]:
    answers = {Answer.OPEN: "", Answer.ACCEPTED: _("added"), Answer.DISMISSED: _("dismissed")}
    alike = f"{suggested.similarity:.2f}"
    return suggested.name, str(suggested.slice + 1), alike, answers[answer]
