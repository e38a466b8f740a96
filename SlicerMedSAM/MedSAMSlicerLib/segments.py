"""Masks go into segments by the changed extent, by the rules that the Segment Editor is set to."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
import slicer

from MedSAMLib.errors import MedSAMError

from .masking import allowedPart, overwrittenSegments
from .segment_voxels import labelmapOf, voxelsInBox
from .translation import tr as _
from .undo import LogicUndo, UndoStack
from .volumes import worldFromVoxels
from .voxel_grid import (
    VoxelBox,
    VoxelGrid,
    onGrid,
    orientedImage,
    segmentationGrid,
)

if TYPE_CHECKING:
    from .slices import SlicePlane

__all__ = ["LogicUndo", "SegmentWriter", "UndoStack", "addSegment", "createSegmentation"]

# Slicer's own default: tissue, of the general anatomy list.
_TISSUE = (
    "Segmentation category and type - 3D Slicer General Anatomy list"
    "~SCT^85756007^Tissue~SCT^85756007^Tissue~^^"
    "~Anatomic codes - DICOM master list~^^~^^"
)


def createSegmentation(volumeNode: Any, name: str = "") -> Any:
    """A new vtkMRMLSegmentationNode on the volume's grid and under its transform."""
    scene = volumeNode.GetScene()
    wanted = name or f"{volumeNode.GetName()} segmentation"
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", scene.GenerateUniqueName(wanted))
    node.CreateDefaultDisplayNodes()
    node.SetAndObserveTransformNodeID(volumeNode.GetTransformNodeID())
    node.SetReferenceImageGeometryParameterFromVolumeNode(volumeNode)
    return node


def addSegment(segmentationNode: Any, name: str = "Object") -> str:
    """Add an empty segment and return its ID.

    A name that is taken gets a number ("Object 2"); the color is the first of the color-blind
    safe palette that no segment has. Terminology is Slicer's default, the status not started.
    """
    from MedSAMLib.segmentation_io import PALETTE  # loads SimpleITK

    segmentation = segmentationNode.GetSegmentation()
    _requireLabelmaps(segmentationNode)
    others = [segmentation.GetNthSegment(n) for n in range(segmentation.GetNumberOfSegments())]
    names = {segment.GetName() for segment in others}
    candidates = (name if n == 1 else f"{name} {n}" for n in count(1))
    used = [np.round(segment.GetColor(), 2).tolist() for segment in others]
    free = [color for color in PALETTE if np.round(color, 2).tolist() not in used]
    color = free[0] if free else PALETTE[len(others) % len(PALETTE)]
    segmentId = segmentation.AddEmptySegment(
        "", next(candidate for candidate in candidates if candidate not in names), color
    )
    _describe(segmentation.GetSegment(segmentId))
    return segmentId


class SegmentWriter:
    """Adds masks to segments. One accept is one undo step."""

    def __init__(
        self, editorNode: Any, undo: UndoStack | None = None, beside: Collection[str] = ()
    ) -> None:
        """editorNode: the vtkMRMLSegmentEditorNode whose masking and overwriting hold.

        undo: of the same Segment Editor. beside: IDs of segments that are versions of the same
        object: whatever the settings are, they lose nothing and bar nothing.
        """
        self._editorNode = editorNode
        self._undo = undo
        self._beside = frozenset(beside)
        self._inStep = False

    @contextmanager
    def undoStep(self, segmentationNode: Any) -> Iterator[None]:
        """All that is accepted and all segments that are added within are one undo step.

        The editor is set to the segmentation, because its stack is for one at a time.
        """
        if self._inStep:
            yield
            return
        if self._editorNode.GetSegmentationNode() is not segmentationNode:
            self._editorNode.SetAndObserveSegmentationNode(segmentationNode)
        if self._undo is not None:
            self._undo.saveStateForUndo()
        self._inStep = True
        try:
            yield
        finally:
            self._inStep = False

    def accept(
        self,
        segmentationNode: Any,
        segmentId: str,
        mask: np.ndarray,
        plane: SlicePlane,
        volumeNode: Any,
    ) -> int:
        """Add a mask (H, W) of a slice to a segment; see acceptVoxels."""
        extent, voxels = plane.voxels(mask)
        return self.acceptVoxels(segmentationNode, segmentId, extent, voxels, volumeNode)

    def acceptVoxels(
        self,
        segmentationNode: Any,
        segmentId: str,
        extent: tuple[slice, slice, slice],
        voxels: np.ndarray,
        volumeNode: Any,
    ) -> int:
        """Add voxels of the volume, bool (k, j, i) at `extent`, to a segment.

        Returns how many voxels of the segmentation the masking let through; 0 changes nothing
        and is no undo step. MedSAMError where it cannot be done, with nothing changed.
        """
        _requireLabelmaps(segmentationNode)
        if segmentationNode.GetSegmentation().GetSegment(segmentId) is None:
            raise MedSAMError(_("The chosen segment does not exist any more: choose another one."))
        if not voxels.any():
            return 0
        grid = segmentationGrid(segmentationNode, volumeNode)
        box = VoxelBox(tuple(run.start for run in extent), voxels)
        box = onGrid(box, worldFromVoxels(volumeNode), grid)
        if not box.values.any():
            raise MedSAMError(
                _(
                    "The mask falls between the voxels of segmentation {name!r}, which are coarser "
                    "than the volume's: use a segmentation that is made from this volume."
                ).format(name=segmentationNode.GetName())
            )
        settings = segmentationNode, segmentId, self._editorNode
        box = allowedPart(box, grid, *settings, volumeNode, self._beside)
        voxelCount = int(np.count_nonzero(box.values))
        if voxelCount:
            with self.undoStep(segmentationNode):
                self._add(box, grid, segmentationNode, segmentId)
        return voxelCount

    def _add(self, box: VoxelBox, grid: VoxelGrid, segmentationNode: Any, segmentId: str) -> None:
        overwritten = overwrittenSegments(segmentationNode, segmentId, self._editorNode)
        overwritten = [other for other in overwritten if other not in self._beside]
        logic = slicer.vtkSlicerSegmentationsModuleLogic
        _merge(orientedImage(box, grid), segmentationNode, segmentId, overwritten, remove=False)
        losing = _losing(box, grid, segmentationNode, segmentId, overwritten)
        if losing:
            outside = orientedImage(VoxelBox(box.first, np.where(box.values, 0, 255)), grid)
            # All are named as overwritten, so that Slicer splits no layer: only `other` changes.
            everybody = list(segmentationNode.GetSegmentation().GetSegmentIDs())
            for other in losing:
                _merge(outside, segmentationNode, other, everybody, remove=True)
        segment = segmentationNode.GetSegmentation().GetSegment(segmentId)
        if logic.GetSegmentStatus(segment) == logic.NotStarted:
            logic.SetSegmentStatus(segment, logic.InProgress)


def _merge(
    labelmap: Any, segmentationNode: Any, segmentId: str, overwritten: list[str], remove: bool
) -> None:
    """Add where the labelmap is not 0, or remove where it is 0; in its extent only."""
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    mode = logic.MODE_MERGE_MIN if remove else logic.MODE_MERGE_MASK
    done = logic.SetBinaryLabelmapToSegment(
        labelmap, segmentationNode, segmentId, mode, labelmap.GetExtent(), False, overwritten
    )
    if not done:
        raise MedSAMError(
            _("Slicer could not write segment {segment!r}; its log says why.").format(
                segment=segmentId
            )
        )


def _losing(
    box: VoxelBox, grid: VoxelGrid, segmentationNode: Any, segmentId: str, overwritten: list[str]
) -> list[str]:
    """The overwritten segments of other layers that have voxels in the box.

    In the segment's own layer a voxel has one label: there, adding has removed already.
    """
    segmentation = segmentationNode.GetSegmentation()
    own = labelmapOf(segmentation.GetSegment(segmentId))
    others = {other: segmentation.GetSegment(other) for other in overwritten}
    return [
        other
        for other, segment in others.items()
        if labelmapOf(segment) is not own and (box.values & voxelsInBox(segment, box, grid)).any()
    ]


def _describe(segment: Any) -> None:
    if not segment.GetTerminology():
        segment.SetTerminology(_TISSUE)
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    logic.SetSegmentStatus(segment, logic.NotStarted)


def _requireLabelmaps(segmentationNode: Any) -> None:
    """Surfaces cannot be edited by voxels; without segments they are simply given up."""
    segmentation = segmentationNode.GetSegmentation()
    if segmentation.IsSourceRepresentationImageData():
        return
    if segmentation.GetNumberOfSegments():
        raise MedSAMError(
            _(
                "Segmentation {name!r} is made of surfaces: open it in the Segment Editor, "
                "which converts it to voxels, or choose another one."
            ).format(name=segmentationNode.GetName())
        )
    segmentationNode.SetSourceRepresentationToBinaryLabelmap()
