"""The four base classes of a scripted module, as far as modules rely on them."""

from __future__ import annotations

import importlib
import unittest
from pathlib import Path
from typing import Any

import qt
import slicer
import slicer.util

__all__ = [
    "ScriptedLoadableModule",
    "ScriptedLoadableModuleLogic",
    "ScriptedLoadableModuleTest",
    "ScriptedLoadableModuleWidget",
]


class ScriptedLoadableModule:
    """Describes a module; `parent` is what the application shows of it."""

    def __init__(self, parent: Any) -> None:
        self.parent = parent
        self.moduleName = type(self).__name__
        parent.title = ""
        parent.categories = []
        parent.dependencies = []
        parent.contributors = []
        parent.helpText = ""
        parent.acknowledgementText = ""
        for ending in (".svg", ".png"):
            icon = self.resourcePath(f"Icons/{self.moduleName}{ending}")
            if Path(icon).is_file():
                parent.icon = qt.QIcon(icon)
                break
        if not hasattr(slicer, "selfTests"):
            slicer.selfTests = {}
        slicer.selfTests[self.moduleName] = self.runTest

    def resourcePath(self, filename: str) -> str:
        """Absolute path of a file below `Resources` beside the module."""
        return str(Path(self.parent.path).parent / "Resources" / filename)

    def getDefaultModuleDocumentationLink(self, docPage: str | None = None) -> str:
        """A paragraph that leads to the module's page."""
        url = slicer.app.moduleDocumentationUrl(self.moduleName)
        if docPage:
            url = slicer.app.documentationBaseUrl + docPage
        return f'<p>For more information, see the <a href="{url}">online documentation</a>.</p>'

    def runTest(self, msec: int = 100, **kwargs: Any) -> None:
        """Run the module's test class, as Reload and Test does."""
        module = importlib.import_module(type(self).__module__)
        test = getattr(module, f"{self.moduleName}Test")()
        test.messageDelay = msec
        test.runTest(**kwargs)


class ScriptedLoadableModuleWidget:
    """The panel of a module, made inside the widget `parent`."""

    def __init__(self, parent: Any = None) -> None:
        self.moduleName = type(self).__name__.removesuffix("Widget")
        self.developerMode = False
        self.parent = parent or self._own_parent()
        self.layout = self.parent.layout()
        if parent is None:
            self.setup()
            self.parent.show()
        unloading = "moduleAboutToBeUnloaded(QString)"
        slicer.app.moduleManager().connect(unloading, self._onModuleAboutToBeUnloaded)

    def resourcePath(self, filename: str) -> str:
        """Absolute path of a file below `Resources` beside the module."""
        return str(Path(slicer.util.modulePath(self.moduleName)).parent / "Resources" / filename)

    def setup(self) -> None:
        """Extended by modules; the application adds its developer section here."""

    def cleanup(self) -> None:
        """Extended by modules; called when the module goes."""

    @staticmethod
    def _own_parent() -> Any:
        parent = slicer.qMRMLWidget()
        parent.setLayout(qt.QVBoxLayout())
        parent.setMRMLScene(slicer.mrmlScene)
        return parent

    def _onModuleAboutToBeUnloaded(self, moduleName: str) -> None:
        if moduleName == self.moduleName:
            self.cleanup()
            unloading = "moduleAboutToBeUnloaded(QString)"
            slicer.app.moduleManager().disconnect(unloading, self._onModuleAboutToBeUnloaded)


class ScriptedLoadableModuleLogic:
    """What a module computes; keeps its settings in a parameter node."""

    def __init__(self, parent: Any = None) -> None:
        self.moduleName = type(self).__name__.removesuffix("Logic")
        self.isSingletonParameterNode = True

    def getParameterNode(self) -> Any:
        """The module's first parameter node; made where there is none."""
        nodes = self.getAllParameterNodes()
        if nodes and not self.isSingletonParameterNode:
            return nodes[0]
        node = slicer.mrmlScene.GetSingletonNode(self.moduleName, "vtkMRMLScriptedModuleNode")
        if self.isSingletonParameterNode and node is not None:
            node.SetAttribute("ModuleName", self.moduleName)  # a closing scene takes it away
            return node
        return slicer.mrmlScene.AddNode(self.createParameterNode())

    def getAllParameterNodes(self) -> list[Any]:
        """All parameter nodes of the module."""
        nodes = slicer.util.getNodesByClass("vtkMRMLScriptedModuleNode")
        return [node for node in nodes if node.GetAttribute("ModuleName") == self.moduleName]

    def createParameterNode(self) -> Any:
        """A parameter node that is not in the scene yet."""
        node = slicer.mrmlScene.CreateNodeByClass("vtkMRMLScriptedModuleNode")
        node.UnRegister(None)
        if self.isSingletonParameterNode:
            node.SetSingletonTag(self.moduleName)
        node.SetAttribute("ModuleName", self.moduleName)
        node.SetName(slicer.mrmlScene.GenerateUniqueName(self.moduleName))
        return node


class ScriptedLoadableModuleTest(unittest.TestCase):
    """A module's self-test: `runTest` runs every method with `test` in its name."""

    messageDelay = 0

    def delayDisplay(self, message: str, requestedDelay: int | None = None, msec: int = 0) -> None:
        """Show a message and let the application draw; the host does not wait."""
        slicer.util.delayDisplay(message, 0)

    def runTest(self) -> None:
        """Run all tests, each with its setUp and tearDown."""
        names = [name for name in dir(type(self)) if name.startswith("test")]
        for name in names:
            self.setUp()
            getattr(self, name)()
            self.tearDown()
