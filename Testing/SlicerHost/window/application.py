"""`slicer.app` with an event loop."""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from ..core.application import CoreApplication
from ..modules.scripted_module import ModuleManager


class Application(CoreApplication):
    """What qSlicerApplication offers to scripts beside the core's."""

    def __init__(self, core: CoreApplication, qt_application: QtWidgets.QApplication) -> None:
        super().__init__(core.mrmlScene(), core.applicationLogic(), core.temporaryPath)
        self._qt_application = qt_application
        self._moduleManager = ModuleManager()
        self._layoutManager: Any = None
        self._pauses = 0
        self._waiting: dict[Any, None] = {}  # views, each once

    def moduleManager(self) -> ModuleManager:
        """Knows all modules and tells when one comes or goes."""
        return self._moduleManager

    def layoutManager(self) -> Any:
        """The qSlicerLayoutManager, or None before the main window is made."""
        return self._layoutManager

    def setLayoutManager(self, layoutManager: Any) -> None:
        """Called by the main window."""
        self._layoutManager = layoutManager

    def processEvents(self, *flags: Any) -> None:
        """Let widgets and timers do what is due."""
        self._qt_application.processEvents(*flags)

    def pauseRender(self) -> None:
        """Views keep what they show until as many `resumeRender` have come."""
        self._pauses += 1

    def resumeRender(self) -> None:
        """See `pauseRender`."""
        self._pauses -= 1
        if not self._pauses:
            waiting, self._waiting = self._waiting, {}
            for view in waiting:
                view.scheduleRender()

    def postponesRender(self, view: Any) -> bool:
        """For views: whether this one has to wait, and is told when it may draw again."""
        if self._pauses:
            self._waiting[view] = None
        return bool(self._pauses)

    def settings(self) -> QtCore.QSettings:
        """The user's settings; see `userSettings`."""
        return QtCore.QSettings()

    def userSettings(self) -> QtCore.QSettings:
        """The user's settings, kept in the host's temporary folder."""
        return QtCore.QSettings()

    def setOverrideCursor(self, cursor: Any) -> None:
        """Show a cursor everywhere."""
        QtWidgets.QApplication.setOverrideCursor(cursor)

    def restoreOverrideCursor(self) -> None:
        """Undo `setOverrideCursor`."""
        QtWidgets.QApplication.restoreOverrideCursor()

    def topLevelWidgets(self) -> tuple[QtWidgets.QWidget, ...]:
        """All windows."""
        return tuple(QtWidgets.QApplication.topLevelWidgets())

    def activeWindow(self) -> QtWidgets.QWidget | None:
        """The window with the keyboard."""
        return QtWidgets.QApplication.activeWindow()

    def clipboard(self) -> QtGui.QClipboard:
        """The clipboard."""
        return QtWidgets.QApplication.clipboard()

    def keyboardModifiers(self) -> QtCore.Qt.KeyboardModifier:
        """Keys that are held down."""
        return QtWidgets.QApplication.keyboardModifiers()


def start_qt(settings_folder: str) -> QtWidgets.QApplication:
    """The process's QApplication, with settings in a folder of its own."""
    application = QtWidgets.QApplication.instance() or QtWidgets.QApplication(["SlicerHost"])
    application.setStyle("Fusion")
    application.setOrganizationName("SlicerHost")
    application.setApplicationName("SlicerHost")
    ini = QtCore.QSettings.Format.IniFormat
    QtCore.QSettings.setDefaultFormat(ini)
    QtCore.QSettings.setPath(ini, QtCore.QSettings.Scope.UserScope, settings_folder)
    return application
