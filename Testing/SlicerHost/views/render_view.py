"""What slice and 3-D views have in common: a window that is never shown, and its pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import vtkmodules.vtkRenderingContextOpenGL2
import vtkmodules.vtkRenderingFreeType
import vtkmodules.vtkRenderingOpenGL2
import vtkmodules.vtkRenderingVolumeOpenGL2  # noqa: F401  (each registers what it draws with)
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkCommand
from vtkmodules.vtkIOImage import vtkPNGWriter
from vtkmodules.vtkRenderingCore import (
    vtkRenderer,
    vtkRenderWindow,
    vtkRenderWindowInteractor,
    vtkWindowToImageFilter,
)

from .displayable_managers import start_managers
from .pointer import Pointer


class RenderView:
    """A render window with Slicer's displayable managers.

    `on_render_request` is called whenever a displayable manager wants the view to be drawn again;
    without it nothing is drawn until somebody asks for a picture.
    """

    def __init__(self, factory_class: Any, managers: tuple[str, ...]) -> None:
        self.window = vtkRenderWindow()
        self.window.ShowWindowOff()
        self.window.SetOffScreenRendering(True)
        self.renderer = vtkRenderer()
        self.window.AddRenderer(self.renderer)
        self.interactor = vtkRenderWindowInteractor()
        self.interactor.SetRenderWindow(self.window)
        self.interactor.Initialize()
        self.pointer = Pointer(self.interactor)
        self.on_render_request: Callable[[], None] | None = None
        self.group = start_managers(factory_class, managers, self.renderer)
        self.group.AddObserver(vtkCommand.UpdateEvent, self._request_render)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return tuple(self.window.GetSize())

    def resize(self, width: int, height: int) -> None:
        """Set width and height in pixels."""
        self.window.SetSize(width, height)
        self.interactor.UpdateSize(width, height)

    def picture(self) -> np.ndarray:
        """Draw and return the view as (height, width, 3) uint8, upper row first."""
        grabber = self._grabber()
        image = grabber.GetOutput()
        width, height, _ = image.GetDimensions()
        pixels = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(height, width, 3)
        return np.ascontiguousarray(pixels[::-1])

    def save_picture(self, path: str | Path) -> None:
        """Draw and write the view as a PNG file."""
        writer = vtkPNGWriter()
        writer.SetFileName(str(path))
        writer.SetInputConnection(self._grabber().GetOutputPort())
        writer.Write()

    def _grabber(self) -> vtkWindowToImageFilter:
        self.window.Render()
        grabber = vtkWindowToImageFilter()
        grabber.SetInput(self.window)
        grabber.SetInputBufferTypeToRGB()
        grabber.ReadFrontBufferOff()
        grabber.ShouldRerenderOff()
        grabber.Update()
        return grabber

    def _request_render(self, *_event: Any) -> None:
        if self.on_render_request is not None:
            self.on_render_request()
