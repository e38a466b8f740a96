"""Takes the image and the segments out of the scene: the review's `Reader`."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer

from MedSAMLib.errors import MedSAMError

from ...scene.volume_slices import sliceViewNames
from ...transforms import arrayFromMatrix, mapped
from ...translation import tr as _
from ...volumes import networkWindow, volumeFromNode, worldFromVoxels
from ..ports import Request, SliceCase, Subject
from .segment_layers import segmentOnVolume, segmentsOnVolume
from .slice_places import SlicePlace

_PARALLEL = 1 - 1e-4  # cosine


class SegmentationReader:
    """Reads `segmentationNode` on the grid of `volumeNode`; the panel sets both, or None."""

    def __init__(self) -> None:
        self.volumeNode: Any = None
        self.segmentationNode: Any = None

    def read(self, request: Request) -> Subject:
        """A copy for the worker."""
        volume = volumeFromNode(self.volumeNode)
        segmentation = self.segmentationNode.GetSegmentation()
        everything = tuple(segmentation.GetSegmentIDs())
        wanted = request.segment_ids or everything
        chosen = tuple(each for each in everything if each in wanted)
        if everything and not chosen:
            raise MedSAMError(_("No segment is chosen: tick those that are to be judged."))
        labels = segmentsOnVolume(self.segmentationNode, self.volumeNode, chosen)
        return Subject(
            image=volume.array.copy(),
            affine=volume.affine,
            window=networkWindow(self.volumeNode),
            labels=labels,
            segment_ids=chosen,
            names=tuple(segmentation.GetSegment(each).GetName() for each in chosen),
            all_ids=everything,
        )

    def slice_case(self, segment_id: str, array_axis: int, index: int) -> SliceCase:
        """One slice of the volume, and of a segment on its grid."""
        if self.segmentationNode.GetSegmentation().GetSegment(segment_id) is None:
            raise MedSAMError(_("The segment does not exist any more: judge again."))
        volume = volumeFromNode(self.volumeNode)
        if not 0 <= index < volume.shape[array_axis]:
            raise MedSAMError(_("The volume is another one by now: judge again."))
        extent = self.place(array_axis, index).extent(volume.shape)
        mask = segmentOnVolume(self.segmentationNode, self.volumeNode, segment_id, extent)
        return SliceCase(
            image=volume.array[extent].squeeze(axis=array_axis).copy(),
            mask=mask.squeeze(axis=array_axis),
            window=networkWindow(self.volumeNode),
        )

    def place(self, array_axis: int, index: int) -> SlicePlace:
        """Where a slice of the volume lies."""
        return SlicePlace(worldFromVoxels(self.volumeNode), array_axis, index)

    def sliceCount(self, axis: str) -> int:
        """How many slices there are along "auto", "axial", ...; 0 where nothing can be judged."""
        if self.volumeNode is None:
            return 0
        try:
            return volumeFromNode(self.volumeNode).shape[self.arrayAxis(axis)]
        except MedSAMError:
            return 0

    def arrayAxis(self, axis: str) -> int:
        """The axis of the array across which slices are judged."""
        from MedSAMLib.quality.slices import slice_stack

        volume = volumeFromNode(self.volumeNode)
        return slice_stack(volume.array, volume.shape, volume.affine, axis).array_axis

    def currentSlice(self, axis: str) -> int:
        """The slice in the view that is parallel to the judged ones; else at the first view.

        MedSAMError where the views pass the volume by.
        """
        along = self.arrayAxis(axis)
        node = parallelView(self.place(along, 0).normal) or _views()[0]
        middle = arrayFromMatrix(node.GetSliceToRAS())[:3, 3]
        world = worldFromVoxels(self.volumeNode)
        index = round(mapped(np.linalg.inv(world), middle)[0][2 - along])
        if not 0 <= index < self.sliceCount(axis):
            raise MedSAMError(_("The slice views do not cross the volume: move the slice to it."))
        return index


def parallelView(normal: np.ndarray) -> Any:
    """The slice node of a view that looks along a direction; None if there is none."""
    for node in _views():
        if abs(arrayFromMatrix(node.GetSliceToRAS())[:3, 2] @ normal) > _PARALLEL:
            return node
    return None


def _views() -> list[Any]:
    manager = slicer.app.layoutManager()
    return [manager.sliceWidget(name).mrmlSliceNode() for name in sliceViewNames()]
