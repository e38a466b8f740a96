"""Starts Slicer's core once in a process."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import slicer
import slicer.util
from vtkmodules.vtkCommonCore import vtkCollection

from .. import messages
from .application import CoreApplication
from .module_logics import start_module_logics
from .subject_hierarchy import SubjectHierarchyItems


@dataclass(frozen=True)
class Core:
    """The running core: the scene and what must live as long as it."""

    scene: Any
    application_logic: Any
    subject_hierarchy_items: SubjectHierarchyItems


_core: list[Core] = []


def boot() -> Core:
    """Start scene, module logics, `slicer.app` and `slicer.modules`, or return them running."""
    if not _core:
        messages.listen()
        folder = tempfile.mkdtemp(prefix="slicer-host-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        _core.append(_start(Path(folder)))
    return _core[0]


def _start(folder: Path) -> Core:
    scene = slicer.vtkMRMLScene()
    scene.SetRootDirectory(str(folder))
    scene.RegisterNodeClass(slicer.vtkMRMLCommandLineModuleNode())
    _add_crosshair(scene)
    application_logic = _started_application_logic(scene)
    slicer.vtkMRMLSliceNode.AddDefaultSliceOrientationPresets(scene, True)
    slicer.mrmlScene = scene
    slicer.app = CoreApplication(scene, application_logic, str(folder))
    start_module_logics(scene, application_logic, folder / "share")
    return Core(scene, application_logic, SubjectHierarchyItems(scene))


def _add_crosshair(scene: Any) -> None:
    crosshair = slicer.vtkMRMLCrosshairNode()
    crosshair.SetCrosshairName("default")
    scene.AddNode(crosshair)


def _started_application_logic(scene: Any) -> Any:
    logic = slicer.vtkSlicerApplicationLogic()
    logic.SetMRMLScene(scene)
    logic.GetColorLogic().SetMRMLScene(scene)
    logic.GetColorLogic().AddDefaultColorNodes()
    logic.SetSliceLogics(vtkCollection())
    logic.SetViewLogics(vtkCollection())
    return logic
