"""What the panel of MedSAMQuality works with inside Slicer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from ..dependencies import Dependencies, SlicerEnvironment
from ..quality.ports import Collaborators
from ..quality.scene.case_files import CaseFiles
from ..quality.scene.reader import SegmentationReader
from ..quality.scene.review_display import ReviewDisplay
from ..quality.scene.review_keeper import ReviewKeeper
from ..quality.scene.segment_marks import SegmentMarks
from ..quality.session import QualitySession
from ..scene.catalogue_models import CatalogueModels
from ..scene.editor_undo import EditorUndo
from ..worker import Worker

_POLL_MS = 20


@dataclass(frozen=True)
class QualityServices:
    """The panel's collaborators; `close` ends what they have begun."""

    worker: Worker
    reader: SegmentationReader
    display: ReviewDisplay
    keeper: ReviewKeeper
    cases: CaseFiles
    models: Any
    dependencies: Any
    session: QualitySession
    chooseFile: Callable[[str, str], str]

    def close(self) -> None:
        """End the worker thread and leave nothing in the scene."""
        self.session.changed.disconnect_all()
        self.session.leave()
        self.worker.stop()


def makeQualityServices(
    models: Any = None, dependencies: Any = None, chooseFile: Any = None
) -> QualityServices:
    """The real ones; others in tests."""
    worker, reader, undo = Worker(qt.QTimer(), _POLL_MS), SegmentationReader(), EditorUndo()
    models = models or CatalogueModels()
    display, cases = ReviewDisplay(reader), CaseFiles()
    keeper = ReviewKeeper(reader, cases)
    marks = SegmentMarks(reader, undo)
    return QualityServices(
        worker=worker,
        reader=reader,
        display=display,
        keeper=keeper,
        cases=cases,
        models=models,
        dependencies=dependencies or Dependencies(SlicerEnvironment()),
        session=QualitySession(Collaborators(worker, models, reader, display, marks, keeper)),
        chooseFile=chooseFile or askForFile,
    )


def askForFile(proposed: str, pattern: str) -> str:
    """Ask where to save; "" if the user does not want to."""
    title = _("Save the review")
    return qt.QFileDialog.getSaveFileName(slicer.util.mainWindow(), title, proposed, pattern)
