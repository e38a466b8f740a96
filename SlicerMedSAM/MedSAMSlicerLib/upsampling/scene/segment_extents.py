"""The boxes around segments, in a volume's voxels, without reading more than is needed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import vtk

from ...segment_voxels import labelmapOf
from ...transforms import arrayFromMatrix, mapped, worldFromNode
from ...voxel_grid import valuesOf

if TYPE_CHECKING:
    from MedSAMLib.images import Volume
    from MedSAMLib.implicit.grids import Extent

# First and last index of i, j, k; None for a label that is nowhere.
_Box = tuple[tuple[int, int], ...] | None


class SegmentExtents:
    """Keeps what it found of a layer until the layer is changed: finding it takes a moment."""

    def __init__(self) -> None:
        self._layers: dict[str, tuple[int, list[_Box]]] = {}

    def of(self, segmentationNode: Any, volume: Volume, ids: Sequence[str]) -> list[Extent]:
        """Extents in the voxels of `volume`, with the margin that upsampling takes.

        Empty segments and those beside the volume are left out. MedSAMError under a non-linear
        transform.
        """
        voxelsFromNode = np.linalg.inv(volume.affine) @ worldFromNode(segmentationNode)
        segmentation = segmentationNode.GetSegmentation()
        corners = (self._corners(segmentation.GetSegment(each)) for each in ids)
        found = [
            _extent(mapped(voxelsFromNode, each), volume.shape)
            for each in corners
            if each is not None
        ]
        return [each for each in found if each is not None]

    def _corners(self, segment: Any) -> np.ndarray | None:
        """The corners (8, 3) of the box around a segment, in the segmentation's coordinates."""
        labelmap = labelmapOf(segment)
        if labelmap is None:  # a surface
            bounds = [0.0] * 6
            segment.GetBounds(bounds)
            return _corners(np.reshape(bounds, (3, 2))) if bounds[0] <= bounds[1] else None
        boxes = self._boxes(labelmap)
        number = segment.GetLabelValue() - 1
        box = boxes[number] if number < len(boxes) else None
        if box is None:
            return None
        matrix = vtk.vtkMatrix4x4()
        labelmap.GetImageToWorldMatrix(matrix)
        return mapped(arrayFromMatrix(matrix), _corners(np.add(box, (-0.5, 0.5))))

    def _boxes(self, labelmap: Any) -> list[_Box]:
        """Of every label of a layer, from 1."""
        from scipy import ndimage  # loaded when first needed

        name, time = labelmap.GetAddressAsString("vtkDataObject"), labelmap.GetMTime()
        kept = self._layers.get(name)
        if kept is not None and kept[0] == time:
            return kept[1]
        boxes: list[_Box] = []
        if not labelmap.IsEmpty():
            first = labelmap.GetExtent()[::2]
            values = valuesOf(labelmap)
            if not np.issubdtype(values.dtype, np.integer):
                values = values.astype(np.int32)
            boxes = [found and _placed(found, first) for found in ndimage.find_objects(values)]
        self._layers[name] = time, boxes
        return boxes


def _placed(found: tuple[slice, slice, slice], first: Sequence[int]) -> _Box:
    """Slices (k, j, i) of an array as indices of i, j, k of an image that begins at `first`."""
    return tuple(
        (part.start + start, part.stop - 1 + start)
        for part, start in zip(found[::-1], first, strict=True)
    )


def _corners(ends: np.ndarray) -> np.ndarray:
    return np.array(list(product(*ends)))


def _extent(corners: np.ndarray, shape: tuple[int, int, int]) -> Extent | None:
    """The voxels around corners (8, 3), in continuous i, j, k, with the margin."""
    from MedSAMLib.implicit.given_shape import MARGIN

    low, high = corners.min(axis=0)[::-1], corners.max(axis=0)[::-1]
    starts = np.maximum(np.floor(low + 0.5).astype(int) - MARGIN, 0)
    stops = np.minimum(np.ceil(high + 0.5).astype(int) + MARGIN, shape)
    if (stops <= starts).any():
        return None
    first, second, third = (slice(int(a), int(b)) for a, b in zip(starts, stops, strict=True))
    return first, second, third
