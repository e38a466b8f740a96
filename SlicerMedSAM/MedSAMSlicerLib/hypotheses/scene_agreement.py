"""Where the alternatives agree, as a scalar volume over the image, with a color legend."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import slicer
import slicer.util
from slicer.i18n import tr as _

from ..scene.volume_slices import VolumeSlices
from ..transforms import matrixFromArray
from .candidates import SliceSet

OPACITY = 0.6
_COLORS = 256
_LEGEND_LABELS = 5
# Dark blue over gray to yellow: even steps of brightness that any color vision tells apart.
ANCHORS = np.array([(0.0, 0.13, 0.30), (0.34, 0.36, 0.43), (0.65, 0.61, 0.47), (1.0, 0.91, 0.27)])
# Where no alternative is, the image is seen as it is.
_LEAST = 1e-3


class Choice(Protocol):
    """What the panel keeps: the map's node, None before it was shown."""

    agreement: Any


class AgreementMap:
    """Lies over the image in the views whose background is the chosen volume."""

    def __init__(self, slices: VolumeSlices) -> None:
        self.choice: Choice | None = None
        self._slices = slices
        self._shown: SliceSet | None = None
        self._before: dict[str, tuple[str | None, float]] = {}

    @property
    def node(self) -> Any:
        """The vtkMRMLScalarVolumeNode; None before it was shown."""
        return None if self.choice is None else self.choice.agreement

    @property
    def isShown(self) -> bool:
        """Whether it lies over a view."""
        return bool(self._before)

    def show(self, found: SliceSet | None) -> None:
        """Show the agreement of these alternatives; of none, nothing."""
        if found is None or self._slices.volumeNode is None or self.choice is None:
            self.hide()
            return
        if found is not self._shown or self.node is None:
            self._write(found)
        self._lay()

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
        self._shown, self._before = None, {}

    def _write(self, found: SliceSet) -> None:
        self._shown = found
        if self.node is None:
            self.choice.agreement = self._make()
        node, plane = self.node, found.slice.plane
        node.SetIJKToRASMatrix(matrixFromArray(plane.affine))
        slicer.util.updateVolumeFromArray(node, found.hypotheses.agreement[np.newaxis])

    def _make(self) -> Any:
        scene, volume = slicer.mrmlScene, self._slices.volumeNode
        name = scene.GenerateUniqueName(_("{volume} agreement").format(volume=volume.GetName()))
        node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
        node.CreateDefaultDisplayNodes()
        display = node.GetDisplayNode()
        display.SetAndObserveColorNodeID(_colors().GetID())
        display.SetAutoWindowLevel(False)
        display.SetWindowLevelMinMax(0.0, 1.0)
        display.SetInterpolate(False)
        display.SetApplyThreshold(True)
        display.SetLowerThreshold(_LEAST)
        display.SetUpperThreshold(1.0)
        return node

    def _lay(self) -> None:
        manager, volume = slicer.app.layoutManager(), self._slices.volumeNode
        for name in manager.sliceViewNames():
            composite = manager.sliceWidget(name).mrmlSliceCompositeNode()
            if composite.GetBackgroundVolumeID() != volume.GetID() or self._isOver(composite):
                continue
            before = composite.GetForegroundVolumeID(), composite.GetForegroundOpacity()
            self._before[composite.GetID()] = before
            composite.SetForegroundVolumeID(self.node.GetID())
            composite.SetForegroundOpacity(OPACITY)
        legend = self._legend(make=True)
        if legend is not None and not legend.GetVisibility():
            legend.SetVisibility(True)

    def _isOver(self, composite: Any) -> bool:
        return self.node is not None and composite.GetForegroundVolumeID() == self.node.GetID()

    def _legend(self, make: bool = False) -> Any:
        """The color legend's display node; None where Slicer cannot draw legends."""
        logic = _colorsLogic()
        if self.node is None or logic is None:
            return None
        display = self.node.GetDisplayNode()
        legend = logic.GetColorLegendDisplayNode(display)
        if legend is None and make:
            legend = logic.AddDefaultColorLegendDisplayNode(display)
            legend.SetTitleText(_("Agreement"))
            legend.SetLabelFormat("%.2f")
            legend.SetMaxNumberOfColors(_COLORS)
            legend.SetNumberOfLabels(_LEGEND_LABELS)
        return legend


def _colorsLogic() -> Any:
    """Both of its methods that are used here are static."""
    logic = slicer.modules.colors.logic()
    if hasattr(logic, "AddDefaultColorLegendDisplayNode"):
        return logic
    return getattr(slicer, "vtkSlicerColorLogic", None)


def _colors() -> Any:
    """The color table; one serves the whole scene."""
    scene, name = slicer.mrmlScene, "MedSAM agreement"
    node = scene.GetFirstNode(name, "vtkMRMLColorTableNode")
    if node is not None:
        return node
    node = scene.AddNewNodeByClass("vtkMRMLColorTableNode", name)
    node.SetTypeToUser()
    node.SetNumberOfColors(_COLORS)
    places = np.linspace(0, 1, len(ANCHORS))
    for index, place in enumerate(np.linspace(0, 1, _COLORS)):
        color = [float(np.interp(place, places, channel)) for channel in ANCHORS.T]
        node.SetColor(index, *color, 1.0)
    return node
