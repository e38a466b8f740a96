"""The selected object, and what the reviewer says of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slicer.i18n import tr as _

from ..quality.rows import Decision, Reason
from ..quality.session import QualitySession
from .quality_text import describe, outlinesLegend

REASONS = tuple(Reason)
_DEFAULT = REASONS.index(Reason.OTHER)


class QualityDecisions:
    """Buttons, reason and note below the list."""

    def __init__(self, ui: Any, session: QualitySession, reviewer: Callable[[], str]) -> None:
        self._ui, self._session, self._reviewer = ui, session, reviewer
        self._describedKey: Any = None
        texts = {
            Reason.LEAK: _("leak"),
            Reason.MISSING_PART: _("missing part"),
            Reason.WRONG_LABEL: _("wrong label"),
            Reason.MERGED: _("merged"),
            Reason.OTHER: _("other"),
        }
        for number, reason in enumerate(REASONS, start=1):
            ui.reasonComboBox.addItem(f"{texts[reason]} ({number})")
        ui.reasonComboBox.currentIndex = _DEFAULT
        ui.outlinesLabel.text = outlinesLegend()
        for name, action in (
            ("acceptButton", self.accept),
            ("flagButton", self.flag),
            ("undoButton", session.undo_decision),
            ("previousButton", session.select_previous),
            ("nextButton", lambda: session.select_next()),
        ):
            getattr(ui, name).connect("clicked(bool)", action)

    def actions(self) -> dict[str, Callable[[], Any]]:
        """For the keys."""
        named = {
            "accept": self.accept,
            "flag": self.flag,
            "undo": self._session.undo_decision,
            "previous": self._session.select_previous,
            "next": self._session.select_next,
        }
        return named | {f"reason{n}": self._flagger(n) for n in range(1, len(REASONS) + 1)}

    def accept(self) -> None:
        """It is good as it is; on to the next."""
        self._decide(Decision.ACCEPTED)

    def flag(self) -> None:
        """It needs work; on to the next."""
        self._decide(Decision.FLAGGED)

    def refresh(self) -> None:
        """Show the selected object."""
        ui, review = self._ui, self._session.review
        row = review.selected
        ui.detailLabel.text = describe(row) if row else _("Choose a row, or press N.")
        for button in (ui.acceptButton, ui.flagButton, ui.noteLineEdit, ui.reasonComboBox):
            button.enabled = row is not None
        ui.undoButton.enabled = review.can_undo
        ui.previousButton.enabled = review.previous() is not None
        ui.nextButton.enabled = review.next_open() is not None
        key = None if row is None else row.key
        if key != self._describedKey:
            self._describedKey = key
            self._showDecision(row)

    def _showDecision(self, row: Any) -> None:
        reasons = [reason.value for reason in REASONS]
        known = row is not None and row.reason in reasons
        self._ui.reasonComboBox.currentIndex = reasons.index(row.reason) if known else _DEFAULT
        self._ui.noteLineEdit.text = row.note if row is not None else ""

    def _flagger(self, number: int) -> Callable[[], None]:
        def flag() -> None:
            if self._session.review.selected is not None:
                self._ui.reasonComboBox.currentIndex = number - 1
                self.flag()

        return flag

    def _decide(self, decision: Decision) -> None:
        if self._session.review.selected is None:
            return
        reason = REASONS[self._ui.reasonComboBox.currentIndex].value
        note = " ".join(self._ui.noteLineEdit.text.split())
        self._session.decide(decision, reason, note, self._reviewer())
        self._session.select_next(only_low=True)
