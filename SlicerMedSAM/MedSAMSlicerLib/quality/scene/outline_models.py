"""Outlines of an object in its slice: solid as given, dashed and dotted as the judge drew it.

Slicer draws no dashed lines. Each dash is a small wall across the slice instead, which slice
views cut, and draw where they cut it: on this slice only, under any zoom, and also obliquely.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray, vtk_to_numpy

from ..ports import Outlines
from .slice_places import SlicePlace

# How far the walls reach, in slices: not into the neighbors, in whose middle views stop.
_REACH = 0.45


@dataclass(frozen=True)
class Style:
    """How an outline is drawn: color 0..1, width in pixels of the view, dashes in pixels.

    dash: lengths of a dash and of the gap after it, at least so long; None for a solid line.
    """

    name: str
    color: tuple[float, float, float]
    width: int
    dash: tuple[float, float] | None


# The same as in the HTML report; they differ in lightness, too. What is first is below the rest:
# the halo lets white be seen on white.
STYLES = {
    "halo": Style("MedSAM given object's halo", (0.0, 0.0, 0.0), 5, None),
    "given": Style("MedSAM given object", (1.0, 1.0, 1.0), 2, None),
    "box": Style("MedSAM judge's outline for the box", (0.941, 0.627, 0.118), 3, (4.0, 2.5)),
    "point": Style("MedSAM judge's outline for the point", (0.361, 0.753, 0.949), 3, (1.2, 1.8)),
}
# A dash is no shorter than this part of the outline, and an outline has at least so many.
_LEAST_PART, _FEWEST = 1 / 120, 16


class OutlineModels:
    """Models that the views show but that are not saved and not selectable."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}

    def show(self, outlines: Outlines, place: SlicePlace) -> None:
        """Draw these masks (H, W) of a slice and no others."""
        for kind, style in STYLES.items():
            mask = getattr(outlines, "given" if kind == "halo" else kind)
            walls = vtk.vtkPolyData() if mask is None else _walls(mask, place, style.dash)
            self._node(kind, style).SetAndObservePolyData(walls)

    def clear(self) -> None:
        """Draw nothing and leave nothing in the scene."""
        for nodeId in self._ids.values():
            node = slicer.mrmlScene.GetNodeByID(nodeId)
            if node is not None:
                display = node.GetDisplayNode()
                slicer.mrmlScene.RemoveNode(node)
                if display is not None:
                    slicer.mrmlScene.RemoveNode(display)
        self._ids = {}

    def _node(self, kind: str, style: Style) -> Any:
        node = slicer.mrmlScene.GetNodeByID(self._ids.get(kind, ""))
        if node is None:
            node = _newNode(style)
            self._ids[kind] = node.GetID()
        return node


def _newNode(style: Style) -> Any:
    node = slicer.vtkMRMLModelNode()
    node.SetName(style.name)
    node.SetHideFromEditors(True)
    node.SetSaveWithScene(False)
    node = slicer.mrmlScene.AddNode(node)
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetHideFromEditors(True)
    display.SetSaveWithScene(False)
    display.SetColor(style.color)
    display.SetVisibility2D(True)
    display.SetVisibility3D(False)
    display.SetSliceIntersectionThickness(style.width)
    return node


def _walls(mask: np.ndarray, place: SlicePlace, dash: tuple[float, float] | None) -> Any:
    """The outline of a mask as walls across its slice."""
    pieces = [piece for loop in loops(mask) for piece in _dashed(loop, dash)]
    points, quads, count = [], [], 0
    for piece in pieces:
        points += [place.world(piece, -_REACH), place.world(piece, _REACH)]
        number, low = len(piece), count + np.arange(len(piece) - 1)
        quads.append(np.column_stack([low, low + 1, low + number + 1, low + number]))
        count += 2 * number
    polyData = vtk.vtkPolyData()
    if pieces:
        _fill(polyData, np.concatenate(points), np.concatenate(quads))
    return polyData


def _fill(polyData: Any, points: np.ndarray, quads: np.ndarray) -> None:
    vtkPoints, cells = vtk.vtkPoints(), vtk.vtkCellArray()
    vtkPoints.SetData(numpy_to_vtk(points, deep=True))
    offsets = 4 * np.arange(len(quads) + 1, dtype=np.int64)
    corners = quads.astype(np.int64).ravel()
    cells.SetData(
        numpy_to_vtkIdTypeArray(offsets, deep=True), numpy_to_vtkIdTypeArray(corners, deep=True)
    )
    polyData.SetPoints(vtkPoints)
    polyData.SetPolys(cells)


def loops(mask: np.ndarray) -> list[np.ndarray]:
    """Closed outlines (N, 2) of a mask (H, W) as (x, y), half a pixel outside its pixels."""
    padded = np.pad(np.asarray(mask, np.uint8), 1)
    image = vtk.vtkImageData()
    image.SetDimensions(padded.shape[1], padded.shape[0], 1)
    image.SetOrigin(-1, -1, 0)
    image.GetPointData().SetScalars(numpy_to_vtk(padded.ravel(), deep=True))
    contour, stripper = vtk.vtkMarchingSquares(), vtk.vtkStripper()
    contour.SetInputData(image)
    contour.SetValue(0, 0.5)
    stripper.SetInputConnection(contour.GetOutputPort())
    stripper.JoinContiguousSegmentsOn()
    stripper.SetMaximumLength(padded.size * 4)
    stripper.Update()
    return list(_polylines(stripper.GetOutput()))


def _polylines(polyData: Any) -> Iterator[np.ndarray]:
    if polyData.GetNumberOfPoints() == 0:
        return
    points = vtk_to_numpy(polyData.GetPoints().GetData())[:, :2].astype(float)
    ids = vtk.vtkIdList()
    lines = polyData.GetLines()
    lines.InitTraversal()
    while lines.GetNextCell(ids):
        yield points[[ids.GetId(n) for n in range(ids.GetNumberOfIds())]]


def _dashed(loop: np.ndarray, dash: tuple[float, float] | None) -> Iterator[np.ndarray]:
    """Pieces of a polyline (N, 2) with gaps between them."""
    if dash is None:
        yield loop
        return
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(loop, axis=0), axis=1))])
    scale = max(1.0, along[-1] * _LEAST_PART / dash[0])
    scale = min(scale, along[-1] / (_FEWEST * sum(dash)))
    period = scale * sum(dash)
    period = along[-1] / max(1, round(along[-1] / period))  # so that the last gap is as the others
    length = period * dash[0] / sum(dash)
    for start in np.arange(0.0, along[-1] - 1e-9, period):
        yield _piece(loop, along, start, min(start + length, along[-1]))


def _piece(loop: np.ndarray, along: np.ndarray, start: float, end: float) -> np.ndarray:
    inner = (along > start) & (along < end)
    at = np.concatenate([[start], along[inner], [end]])
    return np.column_stack([np.interp(at, along, loop[:, n]) for n in range(2)])
