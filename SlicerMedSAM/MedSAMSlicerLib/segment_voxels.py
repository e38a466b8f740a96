"""Reading a segment where a box of voxels is, however large the segment is."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer

from .voxel_grid import VoxelBox, VoxelGrid, emptyImage, valuesOf


def labelmapOf(segment: Any) -> Any:
    """The vtkOrientedImageData of a vtkSegment; segments of one layer share it."""
    name = slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()
    return segment.GetRepresentation(name)


def voxelsInBox(segment: Any, box: VoxelBox, grid: VoxelGrid) -> np.ndarray:
    """Which voxels of the box, bool (K, J, I), the segment has."""
    found = np.zeros(box.values.shape, bool)
    labelmap = labelmapOf(segment)
    if labelmap is None or labelmap.IsEmpty():
        return found
    labelmap = _onGrid(labelmap, box, grid)
    theirs = VoxelBox(labelmap.GetExtent()[4::-2], valuesOf(labelmap))
    first = np.maximum(box.first, theirs.first)
    last = np.minimum(*(np.add(b.first, b.values.shape) for b in (box, theirs)))
    if (last > first).all():
        found[_run(box, first, last)] = theirs.values[_run(theirs, first, last)] == (
            segment.GetLabelValue()
        )
    return found


def _onGrid(labelmap: Any, box: VoxelBox, grid: VoxelGrid) -> Any:
    """A segment that was imported on another grid is brought to this one, in the box only."""
    resampling = slicer.vtkOrientedImageDataResample
    place = emptyImage(box, grid)
    if resampling.DoGeometriesMatch(labelmap, place):
        return labelmap
    resampled = slicer.vtkOrientedImageData()
    resampling.ResampleOrientedImageToReferenceOrientedImage(
        labelmap, place, resampled, False, False
    )
    return resampled


def _run(box: VoxelBox, first: np.ndarray, last: np.ndarray) -> tuple[slice, ...]:
    return tuple(slice(a, b) for a, b in zip(first - box.first, last - box.first, strict=True))
