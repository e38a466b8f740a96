"""The alternatives as segments of a segmentation of their own: the session's `Display`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import slicer
from slicer.i18n import tr as _

from ..scene.volume_slices import VolumeSlices
from ..scene.voxel_boxes import union
from ..segments import createSegmentation
from ..session.prompts import SliceKey
from ..voxel_grid import VoxelBox, orientedImage, segmentationGrid
from .candidates import SliceSet
from .colors import COMBINED, alternative_color
from .scene_segments import OURS

OUTLINES, FILLED, HIDDEN = "outlines", "filled", "hidden"
SHOW_MODES = (OUTLINES, FILLED, HIDDEN)
COMBINED_ID = "combined"
_FILL = {OUTLINES: 0.25, FILLED: 0.5}
_OUTLINE_PIXELS = 2


def alternativeID(index: int) -> str:
    """The segment's ID of an alternative (from 0)."""
    return f"alternative_{index + 1}"


class Choice(Protocol):
    """What the panel keeps: the node, None for none yet, and one of SHOW_MODES."""

    hypotheses: Any
    showMode: str


class AlternativesDisplay:
    """Writes all alternatives into segments that overlap, and shows them as the user wants."""

    def __init__(self, slices: VolumeSlices) -> None:
        self.choice: Choice | None = None
        self._slices = slices
        self._written: dict[SliceKey, SliceSet] = {}
        self._combined: Any = None

    @property
    def node(self) -> Any:
        """The vtkMRMLSegmentationNode, None before there are alternatives."""
        return None if self.choice is None else self.choice.hypotheses

    def show(self, sets: Mapping[SliceKey, SliceSet], current: SliceSet | None) -> None:
        """Draw these; the chosen candidate of the current slice stands out."""
        if self.choice is None or self._slices.volumeNode is None:
            return
        if self.node is None:
            if not sets:
                return
            self._make()
        if dict(sets) != self._written:
            self._write(sets)
        self._showCombined(current)
        self._style(current)

    def clear(self) -> None:
        """Draw nothing; the segments stay in the scene."""
        if self.node is not None and self.node.GetDisplayNode() is not None:
            self.node.GetDisplayNode().SetVisibility(False)

    def forget(self) -> None:
        """The scene is another one now."""
        self._written, self._combined = {}, None

    def _make(self) -> None:
        volume = self._slices.volumeNode
        name = _("{volume} hypotheses").format(volume=volume.GetName())
        node = createSegmentation(volume, name)
        node.SetAttribute(OURS, "1")
        node.GetDisplayNode().SetVisibility3D(False)
        node.GetDisplayNode().SetSliceIntersectionThickness(_OUTLINE_PIXELS)
        self.forget()
        self.choice.hypotheses = node

    def _write(self, sets: Mapping[SliceKey, SliceSet]) -> None:
        """All slices at once: a segment has the masks of its number in all of them."""
        self._written = dict(sets)
        count = max((len(each.alternatives) for each in sets.values()), default=0)
        for index in range(count):
            masks = {
                k: s.alternatives[index].mask
                for k, s in sets.items()
                if index < len(s.alternatives)
            }
            name = _("Alternative {number}").format(number=index + 1)
            self._fill(alternativeID(index), name, alternative_color(index), masks)
        segmentation = self.node.GetSegmentation()
        wanted = {alternativeID(index) for index in range(count)}
        for segmentID in segmentation.GetSegmentIDs():
            if segmentID.startswith("alternative_") and segmentID not in wanted:
                segmentation.RemoveSegment(segmentID)

    def _showCombined(self, current: SliceSet | None) -> None:
        """The chosen combination has a segment as long as it is chosen."""
        candidate = None if current is None else current.candidate
        chosen = candidate if candidate is not None and candidate.rule else None
        if chosen is self._combined:
            return
        self._combined = chosen
        masks = {} if chosen is None else {current.slice: chosen.mask}
        self._fill(COMBINED_ID, _("Combination"), COMBINED, masks)

    def _fill(self, segmentID: str, name: str, color: tuple, masks: Mapping[SliceKey, Any]) -> None:
        segmentation = self.node.GetSegmentation()
        if segmentation.GetSegment(segmentID) is None:
            if not masks:
                return
            segmentation.AddEmptySegment(segmentID, name, color)
            segmentation.SeparateSegmentLabelmap(segmentID)  # they overlap: a layer for each
        boxes = [self._slices.planeOf(key).voxels(mask) for key, mask in masks.items()]
        extent, voxels = union(boxes)
        if not voxels.any():
            segmentation.ClearSegment(segmentID)
            return
        box = VoxelBox(tuple(run.start for run in extent), voxels)
        grid = segmentationGrid(self.node, self._slices.volumeNode)
        logic = slicer.vtkSlicerSegmentationsModuleLogic
        image = orientedImage(box, grid)
        logic.SetBinaryLabelmapToSegment(image, self.node, segmentID, logic.MODE_REPLACE)

    def _style(self, current: SliceSet | None) -> None:
        display, mode = self.node.GetDisplayNode(), self.choice.showMode
        modified = display.StartModify()
        display.SetVisibility(mode != HIDDEN)
        chosen = self._chosenID(current)
        for segmentID in self.node.GetSegmentation().GetSegmentIDs():
            isChosen = segmentID == chosen
            isSeen = isChosen or (mode == OUTLINES and segmentID != COMBINED_ID)
            display.SetSegmentVisibility(segmentID, isSeen)
            display.SetSegmentVisibility2DFill(segmentID, isChosen)
            display.SetSegmentVisibility2DOutline(segmentID, True)
            display.SetSegmentOpacity2DFill(segmentID, _FILL.get(mode, 0.0))
        display.EndModify(modified)

    def _chosenID(self, current: SliceSet | None) -> str:
        if current is None:
            return ""
        return COMBINED_ID if current.candidate.rule else alternativeID(current.chosen)
