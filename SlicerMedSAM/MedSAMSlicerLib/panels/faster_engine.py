"""One line that offers OpenVINO, which encodes large networks faster, where it is not installed."""

from __future__ import annotations

from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

PACKAGE = "openvino"


class FasterEngine:
    """`label` and `button` for a dialog; nothing is installed before the user has agreed."""

    def __init__(self, environment: Any) -> None:
        self._environment = environment
        self.label, self.button = qt.QLabel(), qt.QPushButton(_("Install OpenVINO..."))
        self.button.setToolTip(_("Install the package openvino; you are asked first"))
        self.button.setAutoDefault(False)
        self.label.setWordWrap(True)
        self.button.connect("clicked(bool)", self._onInstall)
        self.refresh()

    def refresh(self) -> None:
        """Look whether it is there; it is not imported."""
        isHere = self._environment.isPresent(PACKAGE)
        self.button.visible = not isHere
        self.label.text = (
            _(
                "OpenVINO is installed: on the processor, large networks use it once they are"
                " converted, which begins by itself after a few images."
            )
            if isHere
            else _("On the processor, large networks are about twice as fast with OpenVINO.")
        )

    def _onInstall(self) -> None:
        if not slicer.util.confirmOkCancelDisplay(
            _("Install OpenVINO (about 180 MB on disk) from the package index?")
        ):
            return
        self.label.text = _("Installing OpenVINO...")
        slicer.app.processEvents()
        try:
            self._environment.pipInstall([PACKAGE])
        except Exception as error:  # whatever pip and Slicer raise
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            self.label.text = _("OpenVINO could not be installed: {reason}").format(reason=reason)
        else:
            self.refresh()
            if self._environment.isPresent(PACKAGE):
                self.label.text = _("OpenVINO is installed. Restart Slicer to use it.")
