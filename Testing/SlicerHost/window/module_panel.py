"""Choosing a module, and the panel beside the views."""

from __future__ import annotations

from typing import Any

import slicer
from PySide6 import QtWidgets
from PySide6.QtCore import Signal

from ..widgets.declare import slicer_class, stored


@slicer_class("slicer")
class qSlicerModulePanel(QtWidgets.QScrollArea):
    """Shows the panel of one module; leaves the last one and enters the next."""

    _module: Any

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._module = None
        self.widgetResizable = True
        self.minimumWidth = 420

    def setModule(self, name: str) -> None:
        if self._module is not None:
            self._module.exit()
            self.takeWidget()
        self._module = slicer.app.moduleManager().module(name) if name else None
        if self._module is not None:
            self.setWidget(self._module.widgetRepresentation())
            self._module.widgetRepresentation().visible = True
            self._module.enter()


@slicer_class("slicer")
class qSlicerModuleSelectorToolBar(QtWidgets.QToolBar):
    """The list of modules that have a panel."""

    _modules: QtWidgets.QComboBox

    moduleSelected = Signal(str)
    selectedModule = stored("selectedModule", str, "", then="_on_selected")

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._modules = QtWidgets.QComboBox()
        # Not as wide as what was there when it was shown first, which may be nothing.
        self._modules.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._modules.addItem("", "")
        self.addWidget(self._modules)
        self._modules.currentIndexChanged.connect(self._on_chosen)
        slicer.app.moduleManager().connect("moduleLoaded(QString)", self._add)
        slicer.app.moduleManager().connect("moduleAboutToBeUnloaded(QString)", self._leave)

    def selectModule(self, name: str) -> None:
        self.selectedModule = name

    def _add(self, name: str) -> None:
        if self._modules.findData(name) < 0:
            title = slicer.app.moduleManager().module(name).title
            self._modules.addItem(title or name, name)

    def _leave(self, name: str) -> None:
        if self.selectedModule == name:
            self.selectModule("")

    def _on_chosen(self, row: int) -> None:
        self.selectModule(self._modules.itemData(row))

    def _on_selected(self, name: str) -> None:
        self._modules.currentIndex = self._modules.findData(name)
        self.moduleSelected.emit(name)
