"""The logics of Slicer's loadable modules, and `slicer.modules`, where scripts look for them."""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

import slicer

from .terminology import write_terminologies

# Module -> class of its logic. Annotations, Cameras, SceneViews, Reformat and ViewControllers are
# left out: scripts have no use for them, and some of them expect widgets.
LOGICS = {
    "Colors": "vtkMRMLColorLogic",
    "Data": "vtkSlicerDataModuleLogic",
    "Markups": "vtkSlicerMarkupsLogic",
    "Models": "vtkSlicerModelsLogic",
    "Terminologies": "vtkSlicerTerminologiesModuleLogic",
    "SubjectHierarchy": "vtkSlicerSubjectHierarchyModuleLogic",
    "Volumes": "vtkSlicerVolumesLogic",
    "Segmentations": "vtkSlicerSegmentationsModuleLogic",
    "Sequences": "vtkSlicerSequencesLogic",
    "Tables": "vtkSlicerTablesLogic",
    "Texts": "vtkSlicerTextsLogic",
    "Transforms": "vtkSlicerTransformLogic",
    "Units": "vtkSlicerUnitsLogic",
    "CropVolume": "vtkSlicerCropVolumeLogic",
    "VolumeRendering": "vtkSlicerVolumeRenderingLogic",
    "Plots": "vtkSlicerPlotsLogic",
}


class LoadableModule:
    """`slicer.modules.<name>` of a module that is written in C++."""

    def __init__(self, name: str, logic: Any) -> None:
        self.name = name
        self.path = ""
        self._logic = logic

    def logic(self) -> Any:
        """The module's logic."""
        return self._logic


def register_module(module: Any) -> None:
    """Make a module known as `slicer.modules.<name>` and in `slicer.moduleNames`."""
    setattr(slicer.modules, module.name.lower(), module)
    setattr(slicer.moduleNames, module.name, module.name)


def start_module_logics(scene: Any, application_logic: Any, share: Path) -> None:
    """Create every logic and give it its resources, the application logic and the scene.

    The order matters: a logic reads its resource folder (below `share`) when it gets the scene.
    """
    slicer.modules = types.ModuleType("slicer.modules")
    sys.modules["slicer.modules"] = slicer.modules
    slicer.moduleNames = types.SimpleNamespace()
    write_terminologies(share / "terminologies")
    for name, class_name in LOGICS.items():
        logic = _started(name, class_name, scene, application_logic, share)
        application_logic.SetModuleLogic(name, logic)
        register_module(LoadableModule(name, logic))


def _started(name: str, class_name: str, scene: Any, application_logic: Any, share: Path) -> Any:
    if name == "Colors":
        # The application's own color logic would know this class of node.
        scene.RegisterNodeClass(slicer.vtkMRMLColorLegendDisplayNode())
        return application_logic.GetColorLogic()
    logic = getattr(slicer, class_name)()
    if hasattr(logic, "SetModuleShareDirectory"):
        logic.SetModuleShareDirectory(str(share / name.lower()))
    logic.SetMRMLApplicationLogic(application_logic)
    logic.SetMRMLScene(scene)
    return logic
