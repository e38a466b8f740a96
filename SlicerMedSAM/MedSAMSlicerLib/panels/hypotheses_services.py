"""What the panel of MedSAMHypotheses works with inside Slicer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import qt

from ..dependencies import Dependencies, SlicerEnvironment
from ..hypotheses.scene_agreement import AgreementMap
from ..hypotheses.scene_book import ChoiceBook
from ..hypotheses.scene_display import AlternativesDisplay
from ..hypotheses.scene_source import SegmentSource
from ..hypotheses.scene_target import ReaderTarget
from ..hypotheses.session import Collaborators, HypothesesSession
from ..scene.catalogue_models import CatalogueModels
from ..scene.editor_undo import EditorUndo
from ..scene.prompt_markups import PromptMarkups
from ..scene.volume_slices import VolumeSlices
from ..worker import Worker

_POLL_MS = 1


@dataclass(frozen=True)
class HypothesesServices:
    """A panel's collaborators; `close` ends what they have begun."""

    worker: Worker
    slices: VolumeSlices
    markups: PromptMarkups
    undo: EditorUndo
    source: SegmentSource
    display: AlternativesDisplay
    target: ReaderTarget
    book: ChoiceBook
    agreement: AgreementMap
    models: Any
    dependencies: Any
    session: HypothesesSession

    def setChoice(self, parameters: Any) -> None:
        """What the user has chosen, as the scene keeps it; None before a scene closes."""
        for each in (self.source, self.display, self.target, self.book, self.agreement):
            each.choice = parameters
        if parameters is None:
            self.display.forget()
            self.agreement.forget()

    def clearScene(self) -> None:
        """Take out of the views what is not the user's."""
        self.markups.clear()
        self.display.clear()
        self.agreement.hide()
        self.target.forget()
        self.undo.release()

    def close(self) -> None:
        """End the worker thread and leave nothing in the views."""
        self.session.changed.disconnect_all()
        self.session.leave()
        self.worker.stop()
        self.clearScene()


def makeServices(models: Any = None, dependencies: Any = None) -> HypothesesServices:
    """The real ones; others for `models` and `dependencies` in tests."""
    worker, slices, undo = Worker(qt.QTimer(), _POLL_MS), VolumeSlices(), EditorUndo()
    source, display = SegmentSource(slices), AlternativesDisplay(slices)
    target, book = ReaderTarget(slices, undo), ChoiceBook(slices)
    models = models or CatalogueModels()
    session = HypothesesSession(
        Collaborators(worker, slices, models, source, display, target, book)
    )
    return HypothesesServices(
        worker=worker,
        slices=slices,
        markups=PromptMarkups(slices),
        undo=undo,
        source=source,
        display=display,
        target=target,
        book=book,
        agreement=AgreementMap(slices),
        models=models,
        dependencies=dependencies or Dependencies(SlicerEnvironment()),
        session=session,
    )
