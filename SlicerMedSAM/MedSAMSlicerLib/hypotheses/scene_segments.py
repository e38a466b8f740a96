"""Segments as masks on a slice, and marks on segments that say whose version they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import vtk

from ..segment_voxels import labelmapOf
from ..slices import SlicePlane
from ..transforms import arrayFromMatrix, worldFromNode
from ..voxel_grid import valuesOf

# Attribute of a segmentation node that holds alternatives, so that it is not taken for the user's.
OURS = "MedSAMHypotheses"


def isOurs(segmentationNode: Any) -> bool:
    """Whether a segmentation holds alternatives."""
    return segmentationNode is not None and segmentationNode.GetAttribute(OURS) is not None


def segmentsOf(segmentationNode: Any) -> Iterator[tuple[str, Any]]:
    """ID and vtkSegment of all segments; of no node there are none."""
    if segmentationNode is not None:
        segmentation = segmentationNode.GetSegmentation()
        for segmentID in segmentation.GetSegmentIDs():
            yield segmentID, segmentation.GetSegment(segmentID)


def tagOf(segment: Any, name: str) -> str:
    """A tag of a vtkSegment; "" where it has none."""
    value = vtk.reference("")
    return str(value) if segment.GetTag(name, value) else ""


def segmentOnPlane(segmentationNode: Any, segment: Any, plane: SlicePlane) -> np.ndarray:
    """Where a segment is on a slice, (H, W) bool: its voxel at the center of every pixel."""
    from scipy import ndimage  # loaded when first needed

    empty = np.zeros(plane.shape, bool)
    labelmap = labelmapOf(segment)
    if labelmap is None or labelmap.IsEmpty():
        return empty
    nodeFromVoxels = vtk.vtkMatrix4x4()
    labelmap.GetImageToWorldMatrix(nodeFromVoxels)
    worldFromVoxels = worldFromNode(segmentationNode) @ arrayFromMatrix(nodeFromVoxels)
    voxelsFromPixels = np.linalg.solve(worldFromVoxels, plane.plane.affine)
    if not _meet(voxelsFromPixels, plane.shape, labelmap.GetExtent()):
        return empty
    # Rows k, j, i of the labelmap; columns: across the slice, y, x.
    matrix = voxelsFromPixels[2::-1, 2::-1]
    offset = voxelsFromPixels[2::-1, 3] - labelmap.GetExtent()[4::-2]
    values = ndimage.affine_transform(
        valuesOf(labelmap), matrix, offset, (1, *plane.shape), order=0, mode="grid-constant"
    )
    return values[0] == segment.GetLabelValue()


def _meet(voxelsFromPixels: np.ndarray, shape: tuple[int, int], extent: tuple) -> bool:
    """Whether any pixel of the slice can lie in the extent."""
    ends = [(x, y, 0, 1) for x in (0, shape[1] - 1) for y in (0, shape[0] - 1)]
    corners = (voxelsFromPixels @ np.transpose(ends))[:3]
    low, high = corners.min(axis=1) - 0.5, corners.max(axis=1) + 0.5
    return bool((high >= extent[0::2]).all() and (low <= extent[1::2]).all())
