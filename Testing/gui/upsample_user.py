"""Somebody who works with the panel of MedSAMUpsample."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import slicer
import slicer.util
import vtk
from PySide6 import QtWidgets

from Testing.gui.panel_user import PICTURES, PanelUser
from Testing.SlicerHost.modules.scripted_module import load_module

MODULE = Path(__file__).parents[2] / "SlicerMedSAM" / "MedSAMUpsample.py"


class UpsampleUser(PanelUser):
    """Opens the module and works with its panel; the network is the one of `models`."""

    name = "MedSAMUpsample"

    def __init__(self, user: Any, window: Any, models: Any, dependencies: Any) -> None:
        self.user, self.window = user, window
        self.module = load_module(MODULE)
        self.open_with(models, dependencies)

    def open_with(self, models: Any, dependencies: Any) -> None:
        """Open the module with these collaborators."""
        widget_class = self.module.script.MedSAMUpsampleWidget
        make = widget_class.makePanel
        widget_class.makePanel = lambda widget: make(widget, models, dependencies)
        try:
            self.module.widget  # noqa: B018  (sets it up)
        finally:
            widget_class.makePanel = make
        self.open()

    def open(self) -> None:
        """Choose the module."""
        self.window.moduleSelector().selectModule(self.name)
        slicer.app.processEvents()

    @property
    def result(self) -> Any:
        """The finer segmentation; None without one."""
        return self.parameters.result

    def wait_for(self, text: str, seconds: float = 50) -> None:
        """Wait until the line has a text."""
        super().wait_for(text, seconds)

    def wait_until_ready(self) -> None:
        """Until something can be drawn."""
        self.user.wait_until(lambda: self.ui.boxButton.enabled)

    def click(self, name: str) -> None:
        """Click a button of the panel, which must be enabled and in an open section."""
        button = getattr(self.ui, name)
        assert button.enabled, f"{name} is disabled: {self.text}"
        slicer.app.processEvents()  # a section that has just opened is laid out
        is_box = isinstance(button, QtWidgets.QCheckBox)  # which hears clicks on its text only
        self.user.click(button, (8, button.height // 2) if is_box else None)

    def upsample(self) -> None:
        """Press the button and wait for the result."""
        self.click("upsampleButton")
        self.wait_for("is there")

    def table(self) -> list[list[str]]:
        """The texts of the comparison."""
        table = self.ui.comparisonTable
        columns = range(table.columnCount)
        return [[table.item(r, c).text() for c in columns] for r in range(table.rowCount)]

    def picture(self, name: str) -> None:
        """Write a picture of the window where somebody wants to look at it."""
        if folder := os.environ.get(PICTURES):
            for _round in range(5):
                slicer.app.processEvents()
            self.window.grab().save(str(Path(folder) / f"upsample-{name}.png"))


def segment_points(node: Any, name: str) -> np.ndarray:
    """World positions (N, 3) of a segment's voxels, as the nodes have it."""
    segmentation = node.GetSegmentation()
    segment_id = segmentation.GetSegmentIdBySegmentName(name)
    segment = segmentation.GetSegment(segment_id)
    image = segment.GetRepresentation("Binary labelmap")
    labels = slicer.util.arrayFromSegmentInternalBinaryLabelmap(node, segment_id)
    kji = np.argwhere(labels == segment.GetLabelValue()) + image.GetExtent()[4::-2]
    matrix = vtk.vtkMatrix4x4()
    image.GetImageToWorldMatrix(matrix)
    to_node = slicer.util.arrayFromVTKMatrix(matrix)
    parent, to_world = node.GetParentTransformNode(), np.eye(4)
    if parent is not None:
        parent.GetMatrixTransformToWorld(matrix)
        to_world = slicer.util.arrayFromVTKMatrix(matrix)
    homogeneous = np.column_stack([kji[:, ::-1], np.ones(len(kji))])
    return (to_world @ to_node @ homogeneous.T).T[:, :3]


def voxel_volume(node: Any, name: str) -> float:
    """mm3 of a voxel of a segment."""
    segmentation = node.GetSegmentation()
    segment = segmentation.GetSegment(segmentation.GetSegmentIdBySegmentName(name))
    return float(np.prod(segment.GetRepresentation("Binary labelmap").GetSpacing()))
