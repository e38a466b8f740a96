"""The outlines of all ways of upsampling, to be compared in the slice views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import slicer
from slicer.i18n import tr as _

from ..ports import Found
from .fine_nodes import FineNodes, joined


@dataclass(frozen=True)
class Style:
    """How a method's outline is drawn: color 0..1, width in pixels of the view."""

    color: tuple[float, float, float]
    width: int


# Okabe and Ito's colors, which every color vision tells apart and which differ in lightness. The
# widths tell the methods apart without any color: Slicer draws no dashed outlines of segments. A
# method is drawn over those above it, so that of outlines that coincide all are seen.
STYLES = {
    "smoothed": Style((0.902, 0.624, 0.0), 7),
    "network": Style((0.8, 0.475, 0.655), 4),
    "linear": Style((0.337, 0.706, 0.914), 2),
    "nearest": Style((1.0, 1.0, 1.0), 1),
}
METHODS = tuple(STYLES)
# Of a display node: the method whose outline it draws.
METHOD_ATTRIBUTE = "MedSAM.method"


class MethodOutlines:
    """Shows some of METHODS as outlines of a segmentation of their own."""

    def make(self, nodes: FineNodes, name: str, found: Found) -> Any:
        """The segmentation with a segment a method, of all objects together; not in 3-D."""
        node = nodes.segmentation(name)
        for method, style in STYLES.items():
            mask, extent = joined([_shape(part, method) for part in found.parts], bool)
            segment = nodes.addSegment(node, method, mask, extent)
            segment.SetName(methodName(method))
            segment.SetColor(style.color)
        for method, style in STYLES.items():
            _draw(_displayOf(node, method), method, style.width)
        return node

    def show(self, node: Any, methods: tuple[str, ...]) -> None:
        """Show the outlines of these methods, and no others."""
        for display in _displays(node):
            display.SetVisibility(display.GetAttribute(METHOD_ATTRIBUTE) in methods)

    def shown(self, node: Any) -> set[str]:
        """The methods whose outlines are shown."""
        drawn = (each for each in _displays(node) if each.GetVisibility())
        return {each.GetAttribute(METHOD_ATTRIBUTE) for each in drawn}


def _displays(node: Any) -> list[Any]:
    return [node.GetNthDisplayNode(number) for number in range(node.GetNumberOfDisplayNodes())]


def _displayOf(node: Any, method: str) -> Any:
    """The display node of a method: widths are the display's, so that each has one of its own."""
    if method == METHODS[0]:
        return node.GetDisplayNode()
    display = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationDisplayNode")
    node.AddAndObserveDisplayNodeID(display.GetID())
    return display


def _draw(display: Any, method: str, width: int) -> None:
    display.SetAttribute(METHOD_ATTRIBUTE, method)
    for each in METHODS:
        display.SetSegmentVisibility(each, each == method)
    display.SetVisibility3D(False)
    display.SetVisibility2DFill(False)
    display.SetSliceIntersectionThickness(width)


def methodName(method: str) -> str:
    """A method for the user."""
    names = {
        "nearest": _("nearest (the voxels)"),
        "linear": _("linear"),
        "smoothed": _("smoothed"),
        "network": _("network"),
        "implicit": _("network, implicit head"),
        "interpolated": _("network, interpolated"),
    }
    return names[method]


def _shape(part: Any, method: str) -> tuple[np.ndarray, Any]:
    if method == "network":
        return part.upsampled.mask, part.upsampled.extent
    return part.baselines[method]
