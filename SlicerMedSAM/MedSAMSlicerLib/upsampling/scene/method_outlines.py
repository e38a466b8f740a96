"""The outlines of all ways of upsampling, to be compared in the slice views."""

from __future__ import annotations

from typing import Any

import numpy as np
from slicer.i18n import tr as _

from ..ports import Found
from .fine_nodes import FineNodes, joined

# Okabe and Ito's colors, which every color vision tells apart, and which differ in lightness.
COLORS = {
    "nearest": (1.0, 1.0, 1.0),
    "linear": (0.337, 0.706, 0.914),
    "smoothed": (0.902, 0.624, 0.0),
    "network": (0.8, 0.475, 0.655),
}
METHODS = tuple(COLORS)
_THICKNESS = 2  # pixels of the view


class MethodOutlines:
    """Shows some of METHODS as outlines of a segmentation of their own."""

    def make(self, nodes: FineNodes, name: str, found: Found) -> Any:
        """The segmentation with a segment a method, of all objects together; not in 3-D."""
        node = nodes.segmentation(name)
        for method in METHODS:
            mask, extent = joined([_shape(part, method) for part in found.parts], bool)
            segment = nodes.addSegment(node, method, mask, extent)
            segment.SetName(methodName(method))
            segment.SetColor(COLORS[method])
        display = node.GetDisplayNode()
        display.SetVisibility3D(False)
        display.SetVisibility2DFill(False)
        display.SetSliceIntersectionThickness(_THICKNESS)
        return node

    def show(self, node: Any, methods: tuple[str, ...]) -> None:
        """Show the outlines of these methods, and no others."""
        display = node.GetDisplayNode()
        for method in METHODS:
            display.SetSegmentVisibility(method, method in methods)


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
