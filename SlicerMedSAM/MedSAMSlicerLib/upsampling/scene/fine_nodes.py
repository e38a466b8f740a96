"""Nodes on the finer grid: segmentations and maps, under the transform of the volume."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import slicer
import slicer.util
import vtk

from ...segments import createSegmentation
from ...transforms import arrayFromMatrix, matrixFromArray
from ...voxel_grid import VoxelBox, VoxelGrid, orientedImage

if TYPE_CHECKING:
    from MedSAMLib.implicit import FineGrid
    from MedSAMLib.implicit.grids import Extent


class FineNodes:
    """Makes nodes for one volume and one finer grid.

    The grid's affine is voxel -> world as it was when the volume, whose affine was
    `worldFromVoxels`, was read: the results are where it is now, also if it was moved since then.
    """

    def __init__(self, volumeNode: Any, worldFromVoxels: np.ndarray, grid: FineGrid) -> None:
        self._volume, self._grid = volumeNode, grid
        matrix = vtk.vtkMatrix4x4()
        volumeNode.GetIJKToRASMatrix(matrix)
        self._nodeFromWorld = arrayFromMatrix(matrix) @ np.linalg.inv(worldFromVoxels)

    def segmentation(self, name: str) -> Any:
        """An empty segmentation whose reference geometry is the finer grid."""
        free = freeName(name)
        node = createSegmentation(self._volume, name)
        node.SetName(free)
        kinds, shape = slicer.vtkSegmentationConverter, self._grid.shape
        extent = [0, shape[2] - 1, 0, shape[1] - 1, 0, shape[0] - 1]
        matrix = matrixFromArray(self._local(self._grid.affine))
        node.GetSegmentation().SetConversionParameter(
            kinds.GetReferenceImageGeometryParameterName(),
            kinds.SerializeImageGeometry(matrix, extent),
        )
        return node

    def addSegment(
        self, node: Any, segmentId: str, mask: np.ndarray, extent: Extent, like: Any = None
    ) -> Any:
        """Add a mask (k, j, i) bool of an extent as a segment; name, color and tags of `like`."""
        segment = slicer.vtkSegment()
        if like is not None:
            segment.DeepCopyMetadata(like)
        labelmap = slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()
        place = tuple(part.start for part in extent)
        local = self._local(self._grid.affine)
        grid = VoxelGrid(local, self._grid.affine)
        segment.AddRepresentation(labelmap, orientedImage(VoxelBox(place, mask), grid))
        segment.SetLabelValue(1)
        node.GetSegmentation().AddSegment(segment, segmentId)
        return segment

    def fillMap(self, node: Any, values: np.ndarray, extent: Extent) -> None:
        """Put values (k, j, i) of an extent into a scalar volume, in their place."""
        node.SetIJKToRASMatrix(matrixFromArray(self._local(self._grid.affine_of(extent))))
        node.SetAndObserveTransformNodeID(self._volume.GetTransformNodeID())
        slicer.util.updateVolumeFromArray(node, np.ascontiguousarray(values))

    def _local(self, worldFromVoxels: np.ndarray) -> np.ndarray:
        return self._nodeFromWorld @ worldFromVoxels


def freeName(name: str) -> str:
    """The name if no node has it; the scene's own numbers go on where a node is gone already."""
    scene = slicer.mrmlScene
    return name if scene.GetFirstNodeByName(name) is None else scene.GenerateUniqueName(name)


def joined(parts: Sequence[tuple[np.ndarray, Extent]], dtype: type) -> tuple[np.ndarray, Extent]:
    """Arrays of extents on the smallest extent that holds all; the greatest value counts."""
    extents = [extent for _array, extent in parts]
    whole = tuple(
        slice(min(e[axis].start for e in extents), max(e[axis].stop for e in extents))
        for axis in range(3)
    )
    values = np.zeros([part.stop - part.start for part in whole], dtype)
    for array, extent in parts:
        place = tuple(
            slice(e.start - w.start, e.stop - w.start) for e, w in zip(extent, whole, strict=True)
        )
        np.maximum(values[place], array, out=values[place])
    return values, whole
