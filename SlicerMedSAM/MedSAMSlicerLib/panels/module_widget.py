"""What the widgets of all modules do alike: host a panel, and tell it what happens around it."""

from __future__ import annotations

from typing import Any

import slicer
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleWidget
from slicer.util import VTKObservationMixin


class PanelWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """A module's widget; what differs is `makeLogic` and `panelFor`."""

    def __init__(self, parent: Any = None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self.panel = None
        self.uiWidget = None
        self.isEntered = False

    def makeLogic(self) -> Any:
        """The module's logic, which has `parameters()`."""
        raise NotImplementedError

    def panelFor(self, ui: Any, *standIns: Any) -> Any:
        """The module's panel on the widgets `ui`, on real services where there is no stand-in."""
        raise NotImplementedError

    def setup(self) -> None:
        """Make the panel; nothing is installed, and PyTorch is not imported."""
        ScriptedLoadableModuleWidget.setup(self)
        self.logic = self.makeLogic()
        self.makePanel()
        scene = slicer.mrmlScene
        self.addObserver(scene, scene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(scene, scene.EndCloseEvent, self.onSceneReady)
        self.addObserver(scene, scene.EndImportEvent, self.onSceneReady)

    def makePanel(self, *standIns: Any) -> None:
        """Make the panel anew; tests hand in stand-ins, of the network first."""
        self.removePanel()
        self.uiWidget = slicer.util.loadUI(self.resourcePath(f"UI/{self.moduleName}.ui"))
        self.layout.insertWidget(0, self.uiWidget)
        self.uiWidget.setMRMLScene(slicer.mrmlScene)
        self.panel = self.panelFor(slicer.util.childWidgetVariables(self.uiWidget), *standIns)
        if self.isEntered:
            self.enter()

    def removePanel(self) -> None:
        """End the panel's work and take it away."""
        if self.panel is not None:
            self.panel.cleanUp()
            self.uiWidget.setParent(None)
            self.uiWidget.deleteLater()
            self.panel = self.uiWidget = None

    def cleanup(self) -> None:
        """The module goes away."""
        self.removeObservers()
        self.removePanel()

    def enter(self) -> None:
        """The user opens the module."""
        self.isEntered = True
        if not self.panel.hasParameters:
            self.panel.setParameters(self.logic.parameters())
        self.panel.enter()

    def exit(self) -> None:
        """The user opens another module."""
        self.isEntered = False
        self.panel.leave()

    def onSceneStartClose(self, _caller: Any, _event: Any) -> None:
        """The nodes are about to go."""
        self.panel.setParameters(None)

    def onSceneReady(self, _caller: Any, _event: Any) -> None:
        """A scene was closed or loaded: its parameters are other ones."""
        self.panel.setParameters(None)
        if self.isEntered:
            self.panel.setParameters(self.logic.parameters())
