"""A 3-D view with Slicer's displayable managers behind an off-screen window."""

from __future__ import annotations

import slicer
from vtkmodules.vtkRenderingCore import vtkInteractorStyle3D

from . import displayable_managers
from .render_view import RenderView


class ThreeDView(RenderView):
    """Slicer's view `View1`, in its usual blue."""

    def __init__(self, name: str = "1", size: tuple[int, int] = (400, 400)) -> None:
        super().__init__(
            slicer.vtkMRMLThreeDViewDisplayableManagerFactory, displayable_managers.THREE_D
        )
        self.renderer.SetUseDepthPeeling(True)
        self.style = slicer.vtkMRMLThreeDViewInteractorStyle()
        self.style.SetDisplayableManagers(self.group)
        self.style.SetInteractor(self.interactor)
        self.interactor.SetInteractorStyle(vtkInteractorStyle3D())
        self.logic = slicer.vtkMRMLViewLogic()
        application_logic = slicer.app.applicationLogic()
        self.logic.SetMRMLApplicationLogic(application_logic)
        application_logic.GetViewLogics().AddItem(self.logic)
        self.logic.SetMRMLScene(slicer.mrmlScene)
        self.node = self.logic.AddViewNode(name)
        self.node.SetMappedInLayout(1)
        self.group.SetMRMLDisplayableNode(self.node)
        self.resize(*size)

    def fit(self) -> None:
        """Move the camera until everything is in sight."""
        self.renderer.ResetCamera()
        self.renderer.ResetCameraClippingRange()
