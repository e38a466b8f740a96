"""Containers that know the scene; a .ui file connects the widgets inside to `mrmlSceneChanged`."""

from __future__ import annotations

from typing import Any

from PySide6 import QtWidgets
from PySide6.QtCore import Signal

from .collapsible import ctkCollapsibleButton
from .declare import slicer_class

SCENE_CHANGED = "mrmlSceneChanged(vtkMRMLScene*)"


def _set_scene(widget: Any, scene: Any) -> None:
    if scene is not widget._scene:
        widget._scene = scene
        widget.mrmlSceneChanged.emit(scene)


@slicer_class("slicer", SCENE_CHANGED)
class qMRMLWidget(QtWidgets.QWidget):
    """A widget that knows a scene."""

    _scene: Any

    mrmlSceneChanged = Signal(object)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene = None

    def mrmlScene(self) -> Any:
        return self._scene

    def setMRMLScene(self, scene: Any) -> None:
        _set_scene(self, scene)


@slicer_class("slicer", SCENE_CHANGED)
class qSlicerWidget(QtWidgets.QWidget):
    """The base of widgets that belong to the application."""

    _scene: Any

    mrmlSceneChanged = Signal(object)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene = None

    def setMRMLScene(self, scene: Any) -> None:
        _set_scene(self, scene)


@slicer_class("slicer", SCENE_CHANGED)
class qMRMLCollapsibleButton(ctkCollapsibleButton):
    """A section of a panel that knows a scene."""

    _scene: Any

    mrmlSceneChanged = Signal(object)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._scene = None

    def setMRMLScene(self, scene: Any) -> None:
        _set_scene(self, scene)
