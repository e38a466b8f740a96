"""Shows the review in the views: the session's `Display`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import slicer

from ...scene.volume_slices import VolumeSlices, sliceViewNames
from ..ports import Outlines
from .outline_models import OutlineModels
from .reader import SegmentationReader, parallelView
from .score_colors import ScoreColors


class ReviewDisplay:
    """Draws what belongs to the volume and the segmentation that `reader` knows."""

    def __init__(self, reader: SegmentationReader) -> None:
        self._reader = reader
        self._outlines = OutlineModels()
        self.colors = ScoreColors()

    def go_to(self, array_axis: int, index: int, box: Sequence[int]) -> None:
        """All slice views look at the middle of a box; one of them along the slice's normal."""
        place = self._reader.place(array_axis, index)
        showVolume(self._reader.volumeNode)
        if parallelView(place.normal) is None:
            for node in _sliceNodes():
                node.RotateToVolumePlane(self._reader.volumeNode)
        for node in _sliceNodes():
            _jump(node, place.middle(box))

    def show(self, array_axis: int, index: int, outlines: Outlines) -> None:
        """Draw outlines in a slice, and no others."""
        self._outlines.show(outlines, self._reader.place(array_axis, index))

    def clear_outlines(self) -> None:
        """Draw no outlines."""
        self._outlines.clear()

    def color(self, scores: Mapping[str, float]) -> None:
        """Color segments (by ID) by their scores."""
        if self._reader.segmentationNode is not None:
            self.colors.show(self._reader.segmentationNode, scores)

    def uncolor(self) -> None:
        """Give the segments their own colors again."""
        self.colors.restore()


def showVolume(volumeNode: Any) -> None:
    """Bring the volume into the slice views if none of them shows it, and if it has voxels."""
    if volumeNode.GetImageData() is None:
        return
    slices = VolumeSlices()
    slices.volumeNode = volumeNode
    if not slices.isShown():
        slicer.util.setSliceViewerLayers(background=volumeNode, fit=True)


def _jump(node: Any, world: np.ndarray) -> None:
    """Go to the slice through a point, and pan only if the point is not in the view then."""
    node.JumpSliceByOffsetting(*world)
    inverse = slicer.util.arrayFromVTKMatrix(node.GetXYToRAS())
    x, y = (np.linalg.inv(inverse) @ (*world, 1))[:2]
    width, height, _depth = node.GetDimensions()
    if not (0 <= x < width and 0 <= y < height):
        node.JumpSliceByCentering(*world)


def _sliceNodes() -> list[Any]:
    manager = slicer.app.layoutManager()
    return [manager.sliceWidget(name).mrmlSliceNode() for name in sliceViewNames()]
