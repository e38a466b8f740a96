"""Colors of scores, and segments that have them for a while."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import slicer

from MedSAMLib.quality.pages.colors import score_rgb

NO_SCORE_RGB = (136, 136, 136)
_ATTRIBUTE = "MedSAM.ColorsBeforeReview"


def scoreColor(score: float) -> tuple[int, int, int]:
    """Red, green, blue of a score, 0 to 255; gray without one."""
    return NO_SCORE_RGB if math.isnan(score) else score_rgb(score)


class ScoreColors:
    """Colors segments in their display, not in themselves: their own colors are never touched.

    The display node's overriding colors are set, and what they were is kept in the node itself:
    they come back when the module is left, or when the reviewer wants the own colors, also in a
    scene that was saved meanwhile (the scene does not tell when it is saved).
    """

    def show(self, segmentationNode: Any, scores: Mapping[str, float]) -> None:
        """Color segments (by ID), and no others."""
        self.restore()
        segmentationNode.CreateDefaultDisplayNodes()
        display = segmentationNode.GetDisplayNode()
        segmentation = segmentationNode.GetSegmentation()
        there = {each: score for each, score in scores.items() if segmentation.GetSegment(each)}
        before = {each: list(display.GetSegmentOverrideColor(each)) for each in there}
        modified = display.StartModify()
        display.SetAttribute(_ATTRIBUTE, json.dumps(before))
        for segmentId, score in there.items():
            display.SetSegmentOverrideColor(segmentId, *(c / 255 for c in scoreColor(score)))
        display.EndModify(modified)

    def restore(self) -> None:
        """Give every segment of the scene the color that it had."""
        for display in slicer.util.getNodesByClass("vtkMRMLSegmentationDisplayNode"):
            if display.GetAttribute(_ATTRIBUTE):
                _restore(display)


def _restore(display: Any) -> None:
    before = json.loads(display.GetAttribute(_ATTRIBUTE))
    node = display.GetDisplayableNode()
    modified = display.StartModify()
    display.RemoveAttribute(_ATTRIBUTE)
    for segmentId, color in before.items():
        if node is None or node.GetSegmentation().GetSegment(segmentId) is None:
            continue
        if all(0 <= part <= 1 for part in color):
            display.SetSegmentOverrideColor(segmentId, *color)
        else:
            display.UnsetSegmentOverrideColor(segmentId)
    display.EndModify(modified)
