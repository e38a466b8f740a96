"""The settings of a scene that a panel shows and listens to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slicer
import vtk


class ParameterLink:
    """Ties a parameter node to widgets: they show it, and `changed` is called when it changes."""

    def __init__(self, ui: Any, changed: Callable[..., None]) -> None:
        self._ui, self._changed = ui, changed
        self._parameters: Any = None
        self._guiTag: int | None = None
        self._observer: int | None = None

    @property
    def isInScene(self) -> bool:
        """Whether there are settings, and the scene still has them."""
        used = self._parameters
        return used is not None and slicer.mrmlScene.IsNodePresent(used.parameterNode)

    def tie(self, parameters: Any) -> None:
        """Show these settings from now on."""
        self.untie()
        self._parameters = parameters
        self._guiTag = parameters.connectGui(self._ui)
        self._observer = parameters.AddObserver(vtk.vtkCommand.ModifiedEvent, self._changed)

    def untie(self) -> None:
        """Neither show nor hear them any more."""
        if self._parameters is not None:
            self._parameters.disconnectGui(self._guiTag)
            self._parameters.RemoveObserver(self._observer)
        self._parameters = None
