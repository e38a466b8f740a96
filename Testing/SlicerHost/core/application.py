"""`slicer.app` without Qt: what `slicer.util` and module logics ask it for."""

from __future__ import annotations

import os
from typing import Any

from .file_io import CoreIOManager
from .signals import SignalSource


class CoreApplication(SignalSource):
    """The part of qSlicerCoreApplication that needs no event loop and no window."""

    SIGNALS = ("startupCompleted()", "mrmlSceneChanged(vtkMRMLScene*)", "aboutToQuit()")
    applicationName = "Slicer"
    applicationVersion = "5.12.4"
    mainApplicationDisplayName = "3D Slicer"
    majorVersion, minorVersion = 5, 12
    revision = "0"
    documentationBaseUrl = "https://slicer.readthedocs.io/en/latest/"

    def __init__(self, scene: Any, applicationLogic: Any, temporaryPath: str) -> None:
        super().__init__()
        self._scene = scene
        self._applicationLogic = applicationLogic
        self._ioManager = CoreIOManager()
        self.temporaryPath = temporaryPath

    def mrmlScene(self) -> Any:
        """The scene."""
        return self._scene

    def applicationLogic(self) -> Any:
        """The vtkSlicerApplicationLogic."""
        return self._applicationLogic

    def coreIOManager(self) -> CoreIOManager:
        """Reads and writes nodes and scenes."""
        return self._ioManager

    def ioManager(self) -> CoreIOManager:
        """The same reader and writer; Slicer's own adds dialogs."""
        return self._ioManager

    def testingEnabled(self) -> bool:
        """True: messages are logged, and no dialog waits for an answer."""
        return True

    def layoutManager(self) -> Any:
        """None: there are no views."""
        return None

    def processEvents(self, *_flags: Any) -> None:
        """There is no event loop to run."""

    def pauseRender(self) -> None:
        """Views draw when they are asked to, so that there is nothing to pause."""

    def resumeRender(self) -> None:
        """See `pauseRender`."""

    def setOverrideCursor(self, _cursor: Any) -> None:
        """There is no cursor."""

    def restoreOverrideCursor(self) -> None:
        """There is no cursor."""

    def startupEnvironment(self) -> dict[str, str]:
        """The environment of this process."""
        return dict(os.environ)

    def translate(self, _context: str, text: str) -> str:
        """The text itself: the host speaks English."""
        return text

    def moduleDocumentationUrl(self, moduleName: str) -> str:
        """Where Slicer documents its own modules."""
        return f"{self.documentationBaseUrl}user_guide/modules/{moduleName.lower()}.html"
