"""What the panels work with inside Slicer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import qt
import slicer

from ..dependencies import Dependencies, SlicerEnvironment
from ..preview import MaskPreview
from ..scene.catalogue_models import CatalogueModels
from ..scene.drawing_pause import DrawingPause
from ..scene.editor_undo import EditorUndo
from ..scene.mask_display import MaskDisplay
from ..scene.prompt_markups import PromptMarkups
from ..scene.segment_target import SegmentTarget
from ..scene.volume_slices import VolumeSlices
from ..session.session import Collaborators, SegmentSession
from ..worker import Worker

# Part of the time from a click to its mask.
_POLL_MS = 1


@dataclass(frozen=True)
class Services:
    """A panel's collaborators; `close` ends what they have begun."""

    worker: Worker
    slices: VolumeSlices
    preview: MaskPreview
    markups: PromptMarkups
    undo: EditorUndo
    target: SegmentTarget
    models: Any
    dependencies: Any
    session: SegmentSession
    drawing: DrawingPause

    def clearScene(self) -> None:
        """Take out of the scene what is not the user's."""
        self.drawing.end()
        self.markups.clear()
        self.preview.remove()
        self.target.forget()
        self.undo.release()

    def close(self) -> None:
        """End the worker thread and leave nothing in the scene."""
        self.session.changed.disconnect_all()
        self.session.leave()
        self.worker.stop()
        self.clearScene()


def makeServices(models: Any = None, dependencies: Any = None) -> Services:
    """The real ones; others for `models` and `dependencies` in tests."""
    worker, slices, undo = Worker(qt.QTimer(), _POLL_MS), VolumeSlices(), EditorUndo()
    preview = MaskPreview(slicer.mrmlScene)
    target = SegmentTarget(slices, undo)
    models = models or CatalogueModels()
    display = MaskDisplay(preview, slices)
    return Services(
        worker=worker,
        slices=slices,
        preview=preview,
        markups=PromptMarkups(slices),
        undo=undo,
        target=target,
        models=models,
        dependencies=dependencies or Dependencies(SlicerEnvironment()),
        session=SegmentSession(Collaborators(worker, slices, models, display, target)),
        drawing=DrawingPause(),
    )
