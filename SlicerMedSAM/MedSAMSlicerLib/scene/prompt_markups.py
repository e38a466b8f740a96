"""The prompts as markups in the views."""

from __future__ import annotations

from typing import Any

import slicer

from ..markups import createBox, createPointList, setBoxCorners
from ..session.prompts import Box, Point, SliceKey, Targets
from .volume_slices import VolumeSlices

_NAMES = {True: "MedSAM positive points", False: "MedSAM negative points"}
_BOX_NAME = "MedSAM box"
_NO_GLYPH = 0.01


class PromptMarkups:
    """Draws prompts. The session owns them, so that the markups are locked and never saved."""

    def __init__(self, slices: VolumeSlices) -> None:
        self._slices = slices
        self._lists: dict[bool, str] = {}
        self._boxes: dict[tuple[SliceKey, Box], str] = {}
        self._points: tuple[Point, ...] = ()
        self._draft = ""

    def show(self, targets: Targets) -> None:
        """Draw these prompts and no others."""
        points = tuple(point for target in targets for point in target.points)
        if points != self._points:
            self._points = points
            for positive in (True, False):
                self._showPoints(positive, [p for p in points if p.positive == positive])
        boxes = {(t.slice, t.box): None for t in targets if t.box is not None}
        for gone in [key for key in self._boxes if key not in boxes]:
            _remove(self._boxes.pop(gone))
        for key, box in [new for new in boxes if new not in self._boxes]:
            self._boxes[key, box] = self._newBox(key, box).GetID()

    def showDraft(self, key: SliceKey, box: Box) -> None:
        """Draw the box whose second corner follows the mouse."""
        node = slicer.mrmlScene.GetNodeByID(self._draft) if self._draft else None
        if node is None:
            node = self._newBox(key, box)
            self._draft = node.GetID()
        else:
            setBoxCorners(node, box.first, box.second, self._slices.planeOf(key))

    def removeDraft(self) -> None:
        """The box is finished or given up."""
        _remove(self._draft)
        self._draft = ""

    def clear(self) -> None:
        """Leave nothing in the scene."""
        self.removeDraft()
        for node_id in [*self._boxes.values(), *self._lists.values()]:
            _remove(node_id)
        self._boxes, self._lists, self._points = {}, {}, ()

    def _showPoints(self, positive: bool, points: list[Point]) -> None:
        node = slicer.mrmlScene.GetNodeByID(self._lists.get(positive, "")) if self._lists else None
        if node is None and not points:
            return
        if node is None:
            node = _ours(createPointList(slicer.mrmlScene, _NAMES[positive], positive))
            self._lists[positive] = node.GetID()
        modified = node.StartModify()
        node.RemoveAllControlPoints()
        for point in points:
            node.AddControlPointWorld(point.ras)
        node.EndModify(modified)

    def _newBox(self, key: SliceKey, box: Box) -> Any:
        node = _ours(createBox(slicer.mrmlScene, _BOX_NAME))
        display = node.GetDisplayNode()
        display.SetHandlesInteractive(False)
        display.SetGlyphScale(_NO_GLYPH)  # the center would be drawn as a point
        setBoxCorners(node, box.first, box.second, self._slices.planeOf(key))
        return node


def _ours(node: Any) -> Any:
    node.SetLocked(True)
    node.SetSaveWithScene(False)
    node.SetHideFromEditors(True)
    return node


def _remove(node_id: str) -> None:
    node = slicer.mrmlScene.GetNodeByID(node_id) if node_id else None
    if node is not None:
        slicer.mrmlScene.RemoveNode(node)
