"""The segment whose box on a slice is the prompt: the session's `Source`."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from MedSAMLib.prompts import tight_box

from ..scene.volume_slices import VolumeSlices
from ..session.prompts import SliceKey
from .scene_segments import segmentOnPlane


class Choice(Protocol):
    """What the panel keeps: the segmentation, and the segment's ID, "" for drawn prompts."""

    segmentation: Any
    promptSegmentID: str


class SegmentSource:
    """Reads the segment of `choice` anew every time, because it may be edited."""

    def __init__(self, slices: VolumeSlices) -> None:
        self.choice: Choice | None = None
        self._slices = slices

    @property
    def is_drawn(self) -> bool:
        """Also where the chosen segment is gone."""
        return self._segment() is None

    def box(self, key: SliceKey) -> np.ndarray | None:
        """The smallest box (4,) around the segment on a slice; None where it has nothing there."""
        segment = self._segment()
        if segment is None:
            return None
        mask = segmentOnPlane(self.choice.segmentation, segment, self._slices.planeOf(key))
        return tight_box(mask) if mask.any() else None

    def _segment(self) -> Any:
        choice = self.choice
        if choice is None or not choice.promptSegmentID or choice.segmentation is None:
            return None
        return choice.segmentation.GetSegmentation().GetSegment(choice.promptSegmentID)
