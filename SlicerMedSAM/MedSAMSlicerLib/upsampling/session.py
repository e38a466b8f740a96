"""The state machine behind the panel: segments in, finer segments beside them out.

It knows neither Slicer nor Qt: the collaborators of `ports` are given to it. The segments that are
upsampled are never changed.
"""

from __future__ import annotations

from MedSAMLib.errors import MedSAMError

from ..quality.workbench import Work, Workbench
from ..session.ports import ModelChoice
from ..session.signal import Signal
from . import jobs
from .ports import Chosen, Collaborators, Found, Request, Subject
from .status import Stage, Status

_STAGES = {Work.DOWNLOADING: Stage.DOWNLOADING, Work.UPSAMPLING: Stage.UPSAMPLING}


class UpsampleSession:
    """Upsampling of one segmentation; `changed` is emitted when there is something to show."""

    def __init__(self, collaborators: Collaborators) -> None:
        self.changed = Signal()
        self._c = collaborators
        self.bench = Workbench(collaborators.runner, self.changed.emit)
        self._choice = ModelChoice("starter")
        self._subject = ("", "")
        self._network_installed = False

    # What the panel sets

    def enter(self, network_installed: bool) -> None:
        """The module is opened."""
        self._network_installed = network_installed
        self.changed.emit()

    def leave(self) -> None:
        """The module is left: nothing runs, and nothing lies over the image."""
        self.bench.stop()
        self._c.results.hide()

    def set_subject(self, volume_id: str, segmentation_id: str) -> None:
        """Work on another segmentation, or none (""); what runs for the old one is given up."""
        if (volume_id, segmentation_id) != self._subject:
            self._subject = (volume_id, segmentation_id)
            self.bench.stop()
            self.changed.emit()

    def set_model(self, choice: ModelChoice) -> None:
        """Use another network, or another device."""
        if choice != self._choice:
            self._choice = choice
            self.changed.emit()

    # Where it stands

    @property
    def status(self) -> Status:
        """For the line that tells what to do."""
        if self.bench.error:
            return Status(Stage.FAILED, self.bench.error)
        if not self._subject[0]:
            return Status(Stage.NO_VOLUME)
        if not self._subject[1]:
            return Status(Stage.NO_SEGMENTATION)
        return Status(self._waiting()) if self.bench.work is None else self._working()

    def _working(self) -> Status:
        done, total = self.bench.progress
        stage = _STAGES[self.bench.work]
        if stage is Stage.UPSAMPLING and not total:
            stage = Stage.LOADING
        return Status(stage, done=done, total=total, seconds_left=self.bench.seconds_left)

    def _waiting(self) -> Stage:
        if self.bench.cancelled:
            return Stage.CANCELLED
        if not self._network_installed:
            return Stage.NO_NETWORK
        if not self._c.models.is_here(self._choice):
            return Stage.NO_MODEL
        return Stage.DONE if self._c.results.exists else Stage.READY

    @property
    def can_run(self) -> bool:
        """Whether upsampling can be started."""
        there = all(self._subject) and self._network_installed and self.bench.work is None
        return there and self._c.models.is_here(self._choice)

    @property
    def can_remove(self) -> bool:
        """Whether there is a result, and nothing is running."""
        return self._c.results.exists and self.bench.work is None

    # What the user does

    def run(self, request: Request) -> None:
        """Upsample; the last result stays until the new one is there."""
        if not self.can_run:
            return
        try:
            subject = self._c.reader.read(Chosen(request.segment_ids))
        except MedSAMError as error:
            self.bench.fail(str(error))
            return
        models, choice = self._c.models, self._choice
        self.bench.start(
            Work.UPSAMPLING,
            lambda task: jobs.upsample_all(lambda: models.load(choice), subject, request, task),
            lambda found: self._put(subject, found),
        )

    def download(self) -> None:
        """Fetch the network's weights."""
        models, choice = self._c.models, self._choice
        self.bench.start(
            Work.DOWNLOADING, lambda task: models.download(choice, task), lambda _result: None
        )

    def remove(self) -> None:
        """Take the result out of the scene."""
        if self.can_remove:
            self._c.results.remove()
            self.bench.retry()

    def _put(self, subject: Subject, found: Found) -> None:
        try:
            self._c.results.put(subject, found)
        except MedSAMError as error:
            self.bench.fail(str(error))
