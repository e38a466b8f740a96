"""What the panel of MedSAMUpsample works with inside Slicer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import qt

from ..dependencies import Dependencies, SlicerEnvironment
from ..quality.scene.reader import SegmentationReader
from ..scene.catalogue_models import CatalogueModels
from ..scene.prompt_markups import PromptMarkups
from ..scene.volume_slices import VolumeSlices
from ..upsampling.ports import Collaborators
from ..upsampling.scene.drawn_slices import DrawnSlices
from ..upsampling.scene.results import FineResults
from ..upsampling.session import UpsampleSession
from ..worker import Worker

_POLL_MS = 20


@dataclass(frozen=True)
class UpsampleServices:
    """The panel's collaborators; `close` ends what they have begun."""

    worker: Worker
    slices: VolumeSlices
    markups: PromptMarkups
    reader: SegmentationReader
    drawn: DrawnSlices
    results: FineResults
    models: Any
    dependencies: Any
    session: UpsampleSession

    def clearScene(self) -> None:
        """Take out of the views what is not the user's."""
        self.markups.clear()

    def close(self) -> None:
        """End the worker thread; the results stay in the scene."""
        self.session.changed.disconnect_all()
        self.session.leave()
        self.worker.stop()
        self.clearScene()


def makeUpsampleServices(models: Any = None, dependencies: Any = None) -> UpsampleServices:
    """The real ones; others in tests."""
    worker, reader = Worker(qt.QTimer(), _POLL_MS), SegmentationReader()
    models = models or CatalogueModels()
    slices, results = VolumeSlices(), FineResults(reader)
    drawn = DrawnSlices(slices)
    return UpsampleServices(
        worker=worker,
        slices=slices,
        markups=PromptMarkups(slices),
        reader=reader,
        drawn=drawn,
        results=results,
        models=models,
        dependencies=dependencies or Dependencies(SlicerEnvironment()),
        session=UpsampleSession(Collaborators(worker, models, reader, results, slices, drawn)),
    )
