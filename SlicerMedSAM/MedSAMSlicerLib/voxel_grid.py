"""Grids of voxels in space, and boxes of voxels that go from one to another."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy

from MedSAMLib.errors import MedSAMError

from .transforms import arrayFromMatrix, mapped, matrixFromArray, worldFromNode
from .translation import tr as _

# Grids whose voxels are nowhere farther apart than this (in voxels) are one grid, shifted.
_SAME_WITHIN_VOXELS = 1e-3


@dataclass(frozen=True, eq=False)
class VoxelBox:
    """Values (K, J, I) whose first one has the index `first` (k, j, i), which may be negative."""

    first: tuple[int, int, int]
    values: np.ndarray

    @property
    def extent(self) -> tuple[int, int, int, int, int, int]:
        """As VTK has it: first and last of i, j and k, both inclusive."""
        (k, j, i), (depth, height, width) = self.first, self.values.shape
        return i, i + width - 1, j, j + height - 1, k, k + depth - 1


@dataclass(frozen=True, eq=False)
class VoxelGrid:
    """4x4 matrices: voxel (i, j, k, 1) -> the segmentation node's coordinates, and -> world."""

    nodeFromVoxels: np.ndarray
    worldFromVoxels: np.ndarray


def segmentationGrid(segmentationNode: Any, volumeNode: Any) -> VoxelGrid:
    """The grid that a segmentation is edited on; one that has none yet gets the volume's."""
    worldFromSegmentation = worldFromNode(segmentationNode)
    image = slicer.vtkOrientedImageData()
    geometry = _geometryText(segmentationNode, volumeNode)
    slicer.vtkSegmentationConverter.DeserializeImageGeometry(geometry, image, False)
    matrix = vtk.vtkMatrix4x4()
    image.GetImageToWorldMatrix(matrix)
    nodeFromVoxels = arrayFromMatrix(matrix)
    return VoxelGrid(nodeFromVoxels, worldFromSegmentation @ nodeFromVoxels)


def orientedImage(box: VoxelBox, grid: VoxelGrid) -> Any:
    """A box as a vtkOrientedImageData of unsigned char, in the segmentation's coordinates."""
    image = emptyImage(box, grid)
    image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
    valuesOf(image)[...] = box.values
    return image


def emptyImage(box: VoxelBox, grid: VoxelGrid) -> Any:
    """The place of a box as a vtkOrientedImageData without voxels."""
    image = slicer.vtkOrientedImageData()
    image.SetImageToWorldMatrix(matrixFromArray(grid.nodeFromVoxels))
    image.SetExtent(box.extent)
    return image


def valuesOf(image: Any) -> np.ndarray:
    """The voxels (K, J, I) of a vtkImageData, not copied."""
    scalars = vtk_to_numpy(image.GetPointData().GetScalars())
    return scalars.reshape(image.GetDimensions()[::-1])


def onGrid(box: VoxelBox, worldFromBox: np.ndarray, grid: VoxelGrid) -> VoxelBox:
    """A bool box of another grid (worldFromBox: ijk -> world) on this one.

    Of the same grid, shifted by whole voxels or not, the voxels are taken as they are; of any
    other, a voxel is what the box is at its center.
    """
    gridFromBox = np.linalg.solve(grid.worldFromVoxels, worldFromBox)
    before = _corners(box.first, box.values.shape)
    after = mapped(gridFromBox, before[:, ::-1])[:, ::-1]
    shift = np.rint(after[0] - before[0]).astype(int)
    if np.abs(after - before - shift).max() < _SAME_WITHIN_VOXELS:
        return VoxelBox(tuple((shift + box.first).tolist()), box.values)
    outline = mapped(gridFromBox, _corners(box.first, box.values.shape, 0.5)[:, ::-1])[:, ::-1]
    first = np.ceil(outline.min(axis=0)).astype(int)
    shape = np.floor(outline.max(axis=0)).astype(int) - first + 1
    place = VoxelBox(tuple(first.tolist()), np.zeros(np.maximum(shape, 0), bool))
    boxFromGrid = np.linalg.inv(gridFromBox)
    return _trimmed(VoxelBox(place.first, _sampled(box, boxFromGrid, place, order=0) > 0))


def intensities(
    array: np.ndarray, worldFromVoxels: np.ndarray, grid: VoxelGrid, box: VoxelBox
) -> np.ndarray:
    """A volume (K, J, I) at the voxels of a box of the grid, linearly; outside as at its edge."""
    volumeFromGrid = np.linalg.solve(worldFromVoxels, grid.worldFromVoxels)
    return _sampled(VoxelBox((0, 0, 0), array), volumeFromGrid, box, order=1)


def _sampled(
    source: VoxelBox, sourceFromGrid: np.ndarray, place: VoxelBox, order: int
) -> np.ndarray:
    """The source's values at the voxels of `place`; sourceFromGrid: ijk -> ijk."""
    from scipy import ndimage  # loaded only for segmentations that are not on the volume's grid

    matrix = sourceFromGrid[2::-1, 2::-1]
    offset = sourceFromGrid[2::-1, 3] + matrix @ place.first - source.first
    values = source.values if order else source.values.astype(np.uint8)
    # Half a voxel beyond the outermost centers still belongs to the box: grid-constant.
    mode = "nearest" if order else "grid-constant"
    dtype = np.float64 if order else np.uint8
    return ndimage.affine_transform(
        values, matrix, offset, place.values.shape, dtype, order=order, mode=mode
    )


def _trimmed(box: VoxelBox) -> VoxelBox:
    """The smallest box with the same true voxels; size 0 where there are none."""
    at = np.nonzero(box.values)
    if at[0].size == 0:
        return VoxelBox(box.first, np.zeros((0, 0, 0), bool))
    run = tuple(slice(int(a.min()), int(a.max()) + 1) for a in at)
    first = tuple(f + r.start for f, r in zip(box.first, run, strict=True))
    return VoxelBox(first, box.values[run])


def _corners(
    first: tuple[int, int, int], shape: tuple[int, ...], beyond: float = 0.0
) -> np.ndarray:
    """(8, 3) as (k, j, i): the centers of the corner voxels, or points `beyond` them outward."""
    ends = [(f - beyond, f + n - 1 + beyond) for f, n in zip(first, shape, strict=True)]
    return np.array(list(product(*ends)))


def _geometryText(segmentationNode: Any, volumeNode: Any) -> str:
    segmentation = segmentationNode.GetSegmentation()
    parameter = slicer.vtkSegmentationConverter.GetReferenceImageGeometryParameterName()
    text = segmentation.GetConversionParameter(parameter)
    if not text and segmentation.GetNumberOfSegments():
        everySegment = vtk.vtkStringArray()
        segmentation.GetSegmentIDs(everySegment)
        text = segmentation.DetermineCommonLabelmapGeometry(
            segmentation.EXTENT_UNION_OF_SEGMENTS, everySegment
        )
    if not text:
        segmentationNode.SetReferenceImageGeometryParameterFromVolumeNode(volumeNode)
        text = segmentation.GetConversionParameter(parameter)
    if not text:
        raise MedSAMError(
            _(
                "Segmentation {name!r} has no geometry: choose its source volume in the Segment"
                " Editor."
            ).format(name=segmentationNode.GetName())
        )
    return text
