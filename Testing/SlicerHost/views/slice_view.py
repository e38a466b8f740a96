"""A slice view: Slicer's slice logic and displayable managers behind an off-screen window."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer
from vtkmodules.vtkCommonCore import vtkCommand
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkInteractionStyle import vtkInteractorStyleUser
from vtkmodules.vtkRenderingCore import vtkActor2D, vtkImageMapper

from . import displayable_managers
from .pointer import Position
from .render_view import RenderView


class SliceView(RenderView):
    """One of Red, Green, Yellow; mouse positions are pixels from the lower left corner."""

    def __init__(
        self,
        name: str,
        orientation: str,
        color: tuple[float, float, float],
        size: tuple[int, int] = (400, 400),
    ) -> None:
        super().__init__(
            slicer.vtkMRMLSliceViewDisplayableManagerFactory, displayable_managers.SLICE
        )
        self.renderer.GetActiveCamera().ParallelProjectionOn()
        self._mapper = vtkImageMapper()
        self._image = self._added_image()
        self.logic = slicer.vtkMRMLSliceLogic()
        self.node = self._added_node(name, orientation, color)
        self.style = slicer.vtkMRMLSliceViewInteractorStyle()
        self._start_interaction()
        self.logic.AddObserver(vtkCommand.ModifiedEvent, self._show_slice)
        self._show_slice()
        self.resize(*size)

    def resize(self, width: int, height: int) -> None:
        """Set width and height in pixels, keeping the scale of the slice."""
        super().resize(width, height)
        self.logic.ResizeSliceNode(width, height)

    def set_background(self, volume: Any) -> None:
        """Show a volume, the whole slice, at its middle voxel."""
        self.logic.GetSliceCompositeNode().SetBackgroundVolumeID(volume.GetID())
        self.fit()

    def fit(self) -> None:
        """Show the whole slice, moved onto the nearest voxel centers."""
        self.logic.FitSliceToBackground()
        self.logic.SnapSliceOffsetToIJK()

    def ras_at(self, position: Position) -> np.ndarray:
        """World coordinates (mm) of a mouse position."""
        return np.array(self.node.GetXYToRAS().MultiplyPoint((*position, 0, 1))[:3])

    def position_of(self, ras: Any) -> np.ndarray:
        """Mouse position (not rounded) of a world point, seen along the slice normal."""
        ras_to_xy = vtkMatrix4x4()
        vtkMatrix4x4.Invert(self.node.GetXYToRAS(), ras_to_xy)
        return np.array(ras_to_xy.MultiplyPoint((*ras, 1))[:2])

    def _added_image(self) -> vtkActor2D:
        self._mapper.SetColorWindow(255)
        self._mapper.SetColorLevel(127.5)
        image = vtkActor2D()
        image.SetMapper(self._mapper)
        image.GetProperty().SetDisplayLocationToBackground()
        self.renderer.AddViewProp(image)
        return image

    def _added_node(self, name: str, orientation: str, color: tuple[float, float, float]) -> Any:
        application_logic = slicer.app.applicationLogic()
        self.logic.SetMRMLApplicationLogic(application_logic)
        application_logic.GetSliceLogics().AddItem(self.logic)
        self.logic.SetMRMLScene(slicer.mrmlScene)
        node = self.logic.AddSliceNode(name)
        node.SetDefaultOrientation(orientation)
        node.SetOrientationToDefault()
        node.SetLayoutColor(*color)
        node.SetMappedInLayout(1)
        return node

    def _start_interaction(self) -> None:
        self.style.SetSliceLogic(self.logic)
        self.style.SetDisplayableManagers(self.group)
        self.group.SetMRMLDisplayableNode(self.node)
        self.interactor.SetInteractorStyle(vtkInteractorStyleUser())
        self.style.SetInteractor(self.interactor)

    def _show_slice(self, *_event: Any) -> None:
        connection = self.logic.GetImageDataConnection()
        if connection is not self._mapper.GetInputConnection(0, 0):
            self._mapper.SetInputConnection(connection)
        self._image.SetVisibility(connection is not None)
        self._request_render()
