"""Colors of scores, and segments that have them for a while."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import slicer

from MedSAMLib.quality.pages.colors import score_rgb

NO_SCORE_RGB = (136, 136, 136)


def scoreColor(score: float) -> tuple[int, int, int]:
    """Red, green, blue of a score, 0 to 255; gray without one."""
    return NO_SCORE_RGB if math.isnan(score) else score_rgb(score)


class ScoreColors:
    """Colors segments in their display, not in themselves: their own colors are never touched.

    The display node's overriding colors are set, and taken back when the module is left, when the
    reviewer wants the own colors, and while the scene is saved.
    """

    def __init__(self) -> None:
        self._display: Any = None
        self._before: dict[str, tuple[float, float, float]] = {}

    @property
    def areShown(self) -> bool:
        """Whether segments have the colors of their scores now."""
        return self._display is not None

    def show(self, segmentationNode: Any, scores: Mapping[str, float]) -> None:
        """Color segments (by ID)."""
        self.restore()
        segmentationNode.CreateDefaultDisplayNodes()
        display = segmentationNode.GetDisplayNode()
        modified = display.StartModify()
        for segmentId, score in scores.items():
            if segmentationNode.GetSegmentation().GetSegment(segmentId) is not None:
                self._before[segmentId] = tuple(display.GetSegmentOverrideColor(segmentId))
                display.SetSegmentOverrideColor(segmentId, *(c / 255 for c in scoreColor(score)))
        display.EndModify(modified)
        self._display = display

    def restore(self) -> None:
        """Give every segment the color that it had."""
        display, self._display = self._display, None
        before, self._before = self._before, {}
        if display is None or not slicer.mrmlScene.IsNodePresent(display):
            return
        modified = display.StartModify()
        for segmentId, color in before.items():
            if all(0 <= part <= 1 for part in color):
                display.SetSegmentOverrideColor(segmentId, *color)
            else:
                display.UnsetSegmentOverrideColor(segmentId)
        display.EndModify(modified)
