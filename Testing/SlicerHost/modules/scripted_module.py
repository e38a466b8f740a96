"""Loading of scripted modules: what qSlicerScriptedLoadableModule and its manager do."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import slicer
from PySide6 import QtGui, QtWidgets

from ..core.module_logics import register_module
from ..core.signals import SignalSource
from ..widgets.declare import slicer_class
from ..widgets.scene_widgets import qSlicerWidget


class ModuleManager(SignalSource):
    """`slicer.app.moduleManager()`."""

    SIGNALS = ("moduleLoaded(QString)", "moduleAboutToBeUnloaded(QString)")

    def modulesNames(self) -> tuple[str, ...]:
        """Names of all modules."""
        return tuple(vars(slicer.moduleNames))

    def module(self, name: str) -> Any:
        """The module of that name, or None."""
        return getattr(slicer.modules, name.lower(), None)


@slicer_class("slicer")
class qSlicerScriptedLoadableModuleWidget(qSlicerWidget):
    """The widget around the panel of a scripted module."""

    _name: str
    _script_widget: Any

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self._name, self._script_widget = name, None
        self.objectName = f"{name}ModuleWidget"
        self.setLayout(QtWidgets.QVBoxLayout())
        self.setMRMLScene(slicer.mrmlScene)

    def self(self) -> Any:
        return self._script_widget

    def reload(self) -> None:
        """Make the panel from the class that the module's code has now."""
        widget_class = getattr(sys.modules[self._name], f"{self._name}Widget")
        self._script_widget = widget_class(self)
        setattr(slicer.modules, f"{self._name}Widget", self._script_widget)
        self._script_widget.setup()
        self.layout().addStretch(1)


class ScriptedModule:
    """A module written in Python: `parent` of its description, and `slicer.modules.<name>`.

    As in the application, a description can set the attributes that there are, and add none.
    """

    __slots__ = (
        "_representation",
        "_script",
        "acknowledgementText",
        "associatedNodeTypes",
        "categories",
        "contributors",
        "dependencies",
        "helpText",
        "hidden",
        "icon",
        "index",
        "name",
        "path",
        "title",
        "widgetRepresentationCreationEnabled",
    )

    def __init__(self, path: Path) -> None:
        self.path, self.name = str(path), path.stem
        self.title, self.helpText, self.acknowledgementText = "", "", ""
        self.categories: list[str] = []
        self.dependencies: list[str] = []
        self.contributors: list[str] = []
        self.associatedNodeTypes: list[str] = []
        self.hidden, self.index, self.icon = False, -1, QtGui.QIcon()
        self.widgetRepresentationCreationEnabled = True
        self._representation: Any = None
        self._script: Any = None

    @property
    def script(self) -> Any:
        """The module's Python file as a module object."""
        if self._script is None:
            self._script = _imported(Path(self.path))
        return self._script

    @property
    def widget(self) -> Any:
        """The module's `...Widget` object, made at the first call."""
        return self.widgetRepresentation().self()

    def widgetRepresentation(self) -> Any:
        """The widget with the module's panel, set up at the first call."""
        if self._representation is None:
            self.script  # noqa: B018  (imports the code)
            self._representation = qSlicerScriptedLoadableModuleWidget(self.name)
            self._representation.reload()
        return self._representation

    def logic(self) -> Any:
        """None: a scripted module's logic is the Python object that its widget holds."""

    def enter(self) -> None:
        """The user comes to the module."""
        getattr(self.widget, "enter", lambda: None)()

    def exit(self) -> None:
        """The user leaves the module."""
        getattr(self.widget, "exit", lambda: None)()

    def unload(self) -> None:
        """Let the module clean up, and forget its panel and its code."""
        slicer.app.moduleManager().emit("moduleAboutToBeUnloaded(QString)", self.name)
        if self._representation is not None:
            self._representation.deleteLater()
        self._representation = self._script = None
        sys.modules.pop(self.name, None)


def load_module(path: str | Path) -> ScriptedModule:
    """Import a module's file, make its description and register it; its panel comes later.

    A module that is loaded already is returned as it is; `unload` it first to read it again.
    """
    path = Path(path)
    known = getattr(slicer.modules, path.stem.lower(), None)
    if isinstance(known, ScriptedModule) and known.path == str(path):
        known.script  # noqa: B018  (imports it again after unload)
        return known
    module = ScriptedModule(path)
    register_module(module)
    description = getattr(module.script, module.name)(module)
    setattr(slicer.modules, f"{module.name}Instance", description)
    slicer.app.moduleManager().emit("moduleLoaded(QString)", module.name)
    return module


def _imported(path: Path) -> Any:
    folder = str(path.parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)  # the folder of a module is a module path
    specification = importlib.util.spec_from_file_location(path.stem, path)
    script = importlib.util.module_from_spec(specification)
    sys.modules[path.stem] = script
    specification.loader.exec_module(script)
    return script
