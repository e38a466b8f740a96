"""A scalar volume of 0 to 1 that lies over an image, with a color legend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import slicer

OPACITY = 0.6
_COLORS = 256
_LEGEND_LABELS = 5


class MapOverlay:
    """Lies over the image in the views whose background it is; the views are as before after."""

    def __init__(self) -> None:
        self._node: Any = None
        self._before: dict[str, tuple[str | None, float]] = {}

    @property
    def isShown(self) -> bool:
        """Whether it lies over a view."""
        return bool(self._before)

    def lay(self, node: Any, volumeNode: Any, title: str) -> None:
        """Lay a map over a volume, instead of the one before; its legend has a title."""
        if node is not self._node:
            self.hide()
        self._node = node
        manager = slicer.app.layoutManager()
        for name in manager.sliceViewNames():
            composite = manager.sliceWidget(name).mrmlSliceCompositeNode()
            if composite.GetBackgroundVolumeID() != volumeNode.GetID() or self._isOver(composite):
                continue
            before = composite.GetForegroundVolumeID(), composite.GetForegroundOpacity()
            self._before[composite.GetID()] = before
            composite.SetForegroundVolumeID(node.GetID())
            composite.SetForegroundOpacity(OPACITY)
        legend = self._legend(title)
        if legend is not None and not legend.GetVisibility():
            legend.SetVisibility(True)

    def hide(self) -> None:
        """The views show what they did before."""
        for nodeID, (volumeID, opacity) in self._before.items():
            composite = slicer.mrmlScene.GetNodeByID(nodeID)
            if composite is not None and self._isOver(composite):
                composite.SetForegroundVolumeID(volumeID)
                composite.SetForegroundOpacity(opacity)
        self._before = {}
        legend = self._legend()
        if legend is not None:
            legend.SetVisibility(False)

    def forget(self) -> None:
        """The scene is another one now."""
        self._node, self._before = None, {}

    def _isOver(self, composite: Any) -> bool:
        there = self._node is not None
        return there and composite.GetForegroundVolumeID() == self._node.GetID()

    def _legend(self, title: str = "") -> Any:
        """The legend's display node, made if there is a title; None where none can be drawn."""
        logic = _colorsLogic()
        if self._node is None or logic is None or self._node.GetScene() is None:
            return None
        display = self._node.GetDisplayNode()
        legend = logic.GetColorLegendDisplayNode(display)
        if legend is None and title:
            legend = logic.AddDefaultColorLegendDisplayNode(display)
            legend.SetTitleText(title)
            legend.SetLabelFormat("%.2f")
            legend.SetMaxNumberOfColors(_COLORS)
            legend.SetNumberOfLabels(_LEGEND_LABELS)
        return legend


def makeMap(name: str, colors: Any, least: float) -> Any:
    """A new vtkMRMLScalarVolumeNode for values 0 to 1, seen through below `least`."""
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetAndObserveColorNodeID(colors.GetID())
    display.SetAutoWindowLevel(False)
    display.SetWindowLevelMinMax(0.0, 1.0)
    display.SetInterpolate(False)
    display.SetApplyThreshold(True)
    display.SetLowerThreshold(least)
    display.SetUpperThreshold(1.0)
    return node


def colorTable(name: str, anchors: Sequence[Sequence[float]] | np.ndarray) -> Any:
    """The scene's color table of this name, made once: `anchors` (N, 3), evenly spaced."""
    scene = slicer.mrmlScene
    node = scene.GetFirstNode(name, "vtkMRMLColorTableNode")
    if node is not None:
        return node
    node = scene.AddNewNodeByClass("vtkMRMLColorTableNode", name)
    node.SetTypeToUser()
    node.SetNumberOfColors(_COLORS)
    places = np.linspace(0, 1, len(anchors))
    for index, place in enumerate(np.linspace(0, 1, _COLORS)):
        color = [float(np.interp(place, places, channel)) for channel in np.transpose(anchors)]
        node.SetColor(index, *color, 1.0)
    return node


def _colorsLogic() -> Any:
    """Both of its methods that are used here are static."""
    logic = slicer.modules.colors.logic()
    if hasattr(logic, "AddDefaultColorLegendDisplayNode"):
        return logic
    return getattr(slicer, "vtkSlicerColorLogic", None)
