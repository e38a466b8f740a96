"""The state machine behind the panel: segments or drawn prompts in, finer segments out.

It knows neither Slicer nor Qt: the collaborators of `ports` are given to it. The segments that are
upsampled are never changed.
"""

from __future__ import annotations

from MedSAMLib.errors import MedSAMError

from ..quality.workbench import Work, Workbench
from ..session.history import History
from ..session.ports import ModelChoice
from ..session.prompts import RAS, Targets
from ..session.signal import Signal
from . import drawn_jobs, jobs
from .drawing import Drawing
from .ports import Chosen, Collaborators, DrawnSlice, Found, Request, Subject
from .status import Stage, Status


class UpsampleSession:
    """Upsampling in one volume; `changed` is emitted when there is something to show."""

    def __init__(self, collaborators: Collaborators) -> None:
        self.changed = Signal()
        self._c = collaborators
        self.bench = Workbench(collaborators.runner, self.changed.emit)
        self._drawing = Drawing(collaborators.slices)
        self._choice = ModelChoice("starter")
        self._volume_id = self._segmentation_id = ""
        self._from_drawn = False
        self._runs_drawn = False
        self._drawn_before_result: Targets = ()
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

    def set_volume(self, volume_id: str) -> None:
        """Work in another volume, or in none (""); what is drawn and what runs is given up."""
        if volume_id != self._volume_id:
            self._volume_id = volume_id
            self._drawing.history.start_from()
            self._begin_anew()

    def set_segmentation(self, segmentation_id: str) -> None:
        """Upsample another segmentation, or none (""); what runs is given up."""
        if segmentation_id != self._segmentation_id:
            self._segmentation_id = segmentation_id
            self._begin_anew()

    def set_from_drawn(self, from_drawn: bool) -> None:
        """Whether what is drawn is upsampled, and not the segmentation."""
        if from_drawn != self._from_drawn:
            self._from_drawn = from_drawn
            self._begin_anew()

    def _begin_anew(self) -> None:
        self.bench.stop()
        self.changed.emit()

    def set_model(self, choice: ModelChoice) -> None:
        """Use another network, or another device."""
        if choice != self._choice:
            self._choice = choice
            self.changed.emit()

    def view_changed(self, view: str = "") -> None:
        """Another view is looked at, or a view shows something else."""
        self._drawing.look_at(view)
        self.changed.emit()

    def image_changed(self) -> None:
        """The volume's voxels or its place are others."""
        self.changed.emit()

    # What is drawn

    @property
    def history(self) -> History:
        """Boxes and points, of all slices."""
        return self._drawing.history

    @property
    def meant(self) -> Targets:
        """What of it would be upsampled now: that on the slice that is looked at."""
        return self._drawing.meant

    def restore(self, targets: Targets) -> None:
        """Go on with what was drawn elsewhere, or before the scene was saved."""
        self.history.start_from(targets)
        self._drawn_before_result = targets
        self.bench.retry()

    def add_box(self, view: str, first: RAS, second: RAS) -> None:
        """A box between two world points on the slice of a view."""
        if self._drawing.add_box(view, first, second):
            self.bench.retry()

    def add_point(self, view: str, ras: RAS, positive: bool) -> None:
        """A click on the slice of a view."""
        if self._drawing.add_point(view, ras, positive):
            self.bench.retry()

    def undo(self) -> None:
        """Take back the result or what was drawn last, whichever was later."""
        if self.can_remove and not (self._is_drawn_since and self.history.can_undo):
            self.remove()
        elif self.history.can_undo:
            self.history.undo()
            self.bench.retry()

    @property
    def _is_drawn_since(self) -> bool:
        """Whether something else is drawn now than when the result was made."""
        return self.history.targets != self._drawn_before_result

    def redo(self) -> None:
        """Draw again what was taken back."""
        if self.history.can_redo:
            self.history.redo()
            self.bench.retry()

    def discard(self) -> None:
        """Forget what is drawn; results stay."""
        self.history.start_from()
        self.bench.retry()

    # Where it stands

    @property
    def status(self) -> Status:
        """For the line that tells what to do."""
        if self.bench.error:
            return Status(Stage.FAILED, self.bench.error)
        if not self._volume_id:
            return Status(Stage.NO_VOLUME)
        return Status(self._waiting()) if self.bench.work is None else self._working()

    def _working(self) -> Status:
        done, total = self.bench.progress
        if self.bench.work is Work.DOWNLOADING:
            stage = Stage.DOWNLOADING
        elif not total:
            stage = Stage.LOADING
        else:
            stage = Stage.DRAWING if self._runs_drawn else Stage.UPSAMPLING
        return Status(stage, done=done, total=total, seconds_left=self.bench.seconds_left)

    def _waiting(self) -> Stage:
        if self.bench.cancelled:
            return Stage.CANCELLED
        if not self._network_installed:
            return Stage.NO_NETWORK
        if not self._c.models.is_here(self._choice):
            return Stage.NO_MODEL
        if not self._from_drawn and not self._segmentation_id:
            return Stage.NO_SEGMENTATION
        is_next = self._from_drawn and self._is_drawn_since and self._has_subject
        if self._c.results.exists and not is_next:
            return Stage.DONE
        return Stage.READY if self._has_subject else Stage.NOTHING_DRAWN

    @property
    def _has_subject(self) -> bool:
        return bool(self.meant) if self._from_drawn else bool(self._segmentation_id)

    @property
    def can_run(self) -> bool:
        """Whether upsampling can be started."""
        there = bool(self._volume_id) and self._has_subject and self._network_installed
        return there and self.bench.work is None and self._c.models.is_here(self._choice)

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
            subject = self._read(request)
        except MedSAMError as error:
            self.bench.fail(str(error))
            return
        self._runs_drawn = self._from_drawn
        models, choice = self._c.models, self._choice
        upsample = drawn_jobs.upsample_drawn if self._runs_drawn else jobs.upsample_all
        self.bench.start(
            Work.UPSAMPLING,
            lambda task: upsample(lambda: models.load(choice), subject, request, task),
            lambda found: self._put(subject, found),
        )

    def _read(self, request: Request) -> Subject | DrawnSlice:
        if self._from_drawn:
            return self._c.drawn.read(self.meant)
        return self._c.reader.read(Chosen(request.segment_ids))

    def download(self) -> None:
        """Fetch the network's weights."""
        models, choice = self._c.models, self._choice
        self.bench.start(
            Work.DOWNLOADING, lambda task: models.download(choice, task), lambda _result: None
        )

    def cancel(self) -> None:
        """The user does not want to wait any longer."""
        self.bench.cancel()

    def resume(self) -> None:
        """Go on after a failure or a cancellation."""
        self.bench.retry()

    def remove(self) -> None:
        """Take the result out of the scene."""
        if self.can_remove:
            self._c.results.remove()
            self.bench.retry()

    def _put(self, subject: Subject | DrawnSlice, found: Found) -> None:
        try:
            self._c.results.put(subject, found)
        except MedSAMError as error:
            self.bench.fail(str(error))
        else:
            self._drawn_before_result = self.history.targets
