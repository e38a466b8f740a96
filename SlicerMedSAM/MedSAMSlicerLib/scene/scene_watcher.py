"""Tells when the views, the volume or the scene change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
import slicer
import vtk

# Scrolling and window drags send many events: the panel answers once they pause.
_PAUSE_MS = 60


class SceneWatcher:
    """Observes slice views and a volume between `start` and `stop`.

    `viewsChanged` is called, a moment after the last event, when a view shows something else or in
    another window; `imageChanged` when the volume's voxels or place are others.
    """

    def __init__(self, viewsChanged: Callable[[], None], imageChanged: Callable[[], None]) -> None:
        self._viewsChanged, self._imageChanged = viewsChanged, imageChanged
        self._views: list[tuple[Any, int]] = []
        self._volume: list[tuple[Any, int]] = []
        self._imageIsOther = False
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.connect("timeout()", self._tell)

    def start(self) -> None:
        """Observe the views that there are now."""
        self._forget(self._views)
        manager = slicer.app.layoutManager()
        for name in manager.sliceViewNames():
            widget = manager.sliceWidget(name)
            for node in (widget.mrmlSliceNode(), widget.mrmlSliceCompositeNode()):
                self._observe(self._views, node, vtk.vtkCommand.ModifiedEvent, self._onView)

    def watch(self, volumeNode: Any) -> None:
        """Observe this volume instead of the last one; None for no volume."""
        self._forget(self._volume)
        if volumeNode is None:
            return
        nodes = slicer.vtkMRMLVolumeNode, slicer.vtkMRMLTransformableNode
        for event in (nodes[0].ImageDataModifiedEvent, nodes[1].TransformModifiedEvent):
            self._observe(self._volume, volumeNode, event, self._onImage)
        self._observe(
            self._volume,
            volumeNode,
            slicer.vtkMRMLDisplayableNode.DisplayModifiedEvent,
            self._onView,
        )

    def stop(self) -> None:
        """Observe nothing."""
        self._timer.stop()
        self._imageIsOther = False
        self._forget(self._views)
        self._forget(self._volume)

    def _observe(self, kept: list, subject: Any, event: int, answer: Callable[..., None]) -> None:
        kept.append((subject, subject.AddObserver(event, answer)))

    def _forget(self, kept: list[tuple[Any, int]]) -> None:
        for subject, tag in kept:
            subject.RemoveObserver(tag)
        kept.clear()

    def _onView(self, _caller: Any, _event: str) -> None:
        self._timer.start()

    def _onImage(self, _caller: Any, _event: str) -> None:
        self._imageIsOther = True
        self._timer.start()

    def _tell(self) -> None:
        if self._imageIsOther:
            self._imageIsOther = False
            self._imageChanged()
        else:
            self._viewsChanged()
