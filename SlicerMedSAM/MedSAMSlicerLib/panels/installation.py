"""What the network needs: whether it is installed, and installing it when the user says so."""

from __future__ import annotations

from typing import Any

import slicer
from slicer.i18n import tr as _

from MedSAMLib.errors import MedSAMError


class Installation:
    """`summary` is a sentence for the user while something is missing."""

    def __init__(self, dependencies: Any) -> None:
        self._dependencies = dependencies
        self.isComplete = False
        self.summary = ""

    def look(self) -> bool:
        """See what there is; whether it is complete."""
        self.isComplete = self._dependencies.installed()
        self.summary = "" if self.isComplete else self._dependencies.summary()
        return self.isComplete

    def install(self, statusLabel: Any) -> bool:
        """Ask, and install; whether it was done. A failure is the new summary."""
        question = _("Install what the network needs (PyTorch, hundreds of MB)? {state}")
        if not slicer.util.confirmOkCancelDisplay(question.format(state=self.summary)):
            return False
        statusLabel.text = _("Installing; this takes some minutes...")
        slicer.app.processEvents()
        try:
            self._dependencies.install()
        except MedSAMError as error:
            self.summary = str(error)
            return False
        return True
