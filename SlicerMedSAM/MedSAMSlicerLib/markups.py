"""Prompts that lie in the scene as markups, and what they are in a slice's pixels.

Positive points are sky blue plus signs, negative ones orange minus signs: Okabe and Ito's colors
are told apart with any color vision, and the signs without any color.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

import MedSAMLib as medsam
from MedSAMLib.errors import UsageError

from .transforms import arrayFromMatrix, mapped, matrixFromArray, worldFromNode

if TYPE_CHECKING:
    from MedSAMLib.prompts import Prompts

    from .slices import SlicePlane

POSITIVE_COLOR = (0.337, 0.706, 0.914)
NEGATIVE_COLOR = (0.902, 0.624, 0.000)
BOX_COLOR = (0.941, 0.894, 0.259)
_GLYPH_SCALE = 4.0  # percent of the view

# Corners of a ROI, in half sizes; two that differ along one axis are joined by an edge.
_SIGNS = np.array(list(product((-0.5, 0.5), repeat=3)))
_EDGES = [(a, b) for a in range(8) for b in range(a) if np.abs(_SIGNS[a] - _SIGNS[b]).sum() == 1]


def createPointList(scene: Any, name: str, positive: bool) -> Any:
    """A new vtkMRMLMarkupsFiducialNode for foreground (positive) or background points."""
    node = scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", name)
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetGlyphType(display.ThickCross2D if positive else display.Dash2D)
    display.SetGlyphScale(_GLYPH_SCALE)
    display.SetPointLabelsVisibility(False)
    _paint(display, POSITIVE_COLOR if positive else NEGATIVE_COLOR)
    return node


def createBox(scene: Any, name: str) -> Any:
    """A new, empty vtkMRMLMarkupsROINode for a box."""
    node = scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", name)
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetFillVisibility(False)
    display.SetPropertiesLabelVisibility(False)
    _paint(display, BOX_COLOR)
    return node


def setBoxCorners(roiNode: Any, first: np.ndarray, second: np.ndarray, plane: SlicePlane) -> None:
    """Make the ROI the rectangle between two clicked world points (3,), one slice thick."""
    x, y = plane.plane.affine[:3, :2].T
    x, y = x / np.linalg.norm(x), y / np.linalg.norm(y)
    axes = np.column_stack([x, y, np.cross(x, y)])
    first, second = (
        point - plane.offsetFromWorld(point)[0] * plane.normal
        for point in (np.asarray(first, float), np.asarray(second, float))
    )
    worldFromRoi = np.eye(4)
    worldFromRoi[:3, :3], worldFromRoi[:3, 3] = axes, (first + second) / 2
    across = np.abs(np.linalg.solve(axes, second - first))
    roiNode.SetSize(across[0], across[1], plane.thickness)
    nodeFromRoi = np.linalg.solve(worldFromNode(roiNode), worldFromRoi)
    roiNode.GetObjectToNodeMatrix().DeepCopy(matrixFromArray(nodeFromRoi))


def boxInPlane(roiNode: Any, plane: SlicePlane) -> np.ndarray | None:
    """Where the ROI crosses the slice: (x0, y0, x1, y1) in pixels, exclusive ends.

    Of a ROI that reaches into the slice's thickness only, the side nearest to the plane counts.
    None where it is not on the slice, beside the image, or has no size yet.
    """
    corners = _cornersInWorld(roiNode)
    heights = plane.offsetFromWorld(corners)
    nearest = float(np.clip(0, heights.min(), heights.max()))
    if abs(nearest) >= plane.thickness * (0.5 - 1e-6):
        return None
    outline = plane.pixelFromWorld(_cut(corners, heights - nearest, plane.thickness * 1e-6))
    # A pixel reaches half a pixel beyond its center: 9.5 to 19.5 are the pixels 10 up to 20.
    ends = np.concatenate([outline.min(axis=0), outline.max(axis=0)]) + 0.5
    try:
        return medsam.prompts.clipped_box(ends, plane.shape)
    except UsageError:
        return None


def pointsInPlane(pointList: Any, plane: SlicePlane) -> np.ndarray:
    """The placed points within half a slice thickness of the slice, (N, 2) as (x, y)."""
    defined = pointList.PositionDefined
    numbers = range(pointList.GetNumberOfControlPoints())
    placed = [n for n in numbers if pointList.GetNthControlPointPositionStatus(n) == defined]
    points = np.array([pointList.GetNthControlPointPositionWorld(n) for n in placed])
    points = points.reshape(-1, 3)
    # A little more than half: a click between two slices must belong to one of them.
    near = np.abs(plane.offsetFromWorld(points)) <= plane.thickness * (0.5 + 1e-6)
    return plane.pixelFromWorld(points[near])


def promptsInPlane(
    plane: SlicePlane,
    positive: Any = None,
    negative: Any = None,
    box: Any = None,
) -> Prompts | None:
    """The prompts for one object; None where nothing of the markups is on the slice.

    positive, negative: point lists; box: ROI. UsageError for a point beside the image.
    """
    lists = [(node, label) for node, label in ((positive, 1), (negative, 0)) if node is not None]
    points = [pointsInPlane(node, plane) for node, _ in lists]
    labels = [np.full(len(p), label) for p, (_, label) in zip(points, lists, strict=True)]
    pixelBox = None if box is None else boxInPlane(box, plane)
    hasPoints = any(len(p) for p in points)
    if pixelBox is None and not hasPoints:
        return None
    return medsam.prompts.Prompts(
        box=pixelBox,
        points=np.concatenate(points) if hasPoints else None,
        labels=np.concatenate(labels) if hasPoints else None,
    ).validated(plane.shape)


def boxesInPlane(roiNodes: Sequence[Any], plane: SlicePlane) -> np.ndarray:
    """The boxes of many lesions on this slice, (B, 4); ROIs that do not cross it are left out."""
    boxes = [boxInPlane(node, plane) for node in roiNodes]
    return np.array([box for box in boxes if box is not None]).reshape(-1, 4)


def _paint(display: Any, color: tuple[float, float, float]) -> None:
    for paint in (display.SetColor, display.SetSelectedColor, display.SetActiveColor):
        paint(color)


def _cornersInWorld(roiNode: Any) -> np.ndarray:
    """(8, 3)"""
    size = np.array(roiNode.GetSize())
    nodeFromRoi = arrayFromMatrix(roiNode.GetObjectToNodeMatrix())
    return mapped(worldFromNode(roiNode) @ nodeFromRoi, _SIGNS * size)


def _cut(corners: np.ndarray, heights: np.ndarray, tolerance: float) -> np.ndarray:
    """Where a plane cuts a box: corners in it, and points on edges that cross it (N, 3)."""
    points = [corners[np.abs(heights) <= tolerance]]
    for a, b in _EDGES:
        if heights[a] * heights[b] < 0:
            share = heights[a] / (heights[a] - heights[b])
            points.append((corners[a] + share * (corners[b] - corners[a]))[np.newaxis])
    return np.concatenate(points)
