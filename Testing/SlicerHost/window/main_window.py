"""The main window, and the start of everything that has to do with Qt."""

from __future__ import annotations

import slicer
from PySide6 import QtCore, QtWidgets

from .. import core, modules, pythonqt, widgets
from ..views.standard import standard_views
from ..widgets.declare import slicer_class
from .application import Application, start_qt
from .layout_manager import qSlicerLayoutManager
from .module_panel import qSlicerModulePanel, qSlicerModuleSelectorToolBar

SIZE = (1280, 860)


@slicer_class("slicer")
class qSlicerMainWindow(QtWidgets.QMainWindow):
    """Module panel on the left, views on the right, status bar below."""

    _selector: qSlicerModuleSelectorToolBar
    _panel: qSlicerModulePanel

    def __init__(self) -> None:
        super().__init__()
        self.objectName = "qSlicerMainWindow"
        self.windowTitle = "3D Slicer host"
        self._selector, self._panel = qSlicerModuleSelectorToolBar(), qSlicerModulePanel()
        self._selector.moduleSelected.connect(self._panel.setModule)
        self.addToolBar(self._selector)
        splitter = QtWidgets.QSplitter(QtCore.Qt.Orientation.Horizontal)
        splitter.addWidget(self._panel)
        splitter.addWidget(slicer.app.layoutManager().viewport())
        splitter.setStretchFactor(1, 1)
        self.setCentralWidget(splitter)
        self.statusBar().showMessage("")
        self.resize(*SIZE)

    def moduleSelector(self) -> qSlicerModuleSelectorToolBar:
        return self._selector


_window: list[qSlicerMainWindow] = []


def start() -> qSlicerMainWindow:
    """Start core, Qt, widgets and views, and make the main window; or return the one there is.

    The window is hidden until somebody shows it; its views can be drawn and clicked without that.
    """
    if not _window:
        core.boot()
        qt_application = start_qt(slicer.app.temporaryPath)
        pythonqt.install()
        slicer.app = Application(slicer.app, qt_application)
        widgets.install()
        modules.install()
        slicer.app.setLayoutManager(qSlicerLayoutManager(standard_views()))
        _window.append(qSlicerMainWindow())
    return _window[0]
