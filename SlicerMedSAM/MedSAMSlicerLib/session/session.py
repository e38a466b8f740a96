"""The state machine behind the panel: prompts in, previews and segments out.

It knows neither Slicer nor Qt: the collaborators of `ports` are given to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from MedSAMLib.errors import MedSAMError

from . import propagation
from .commands import AddBox, AddPoint, Command
from .history import History
from .masks import joined
from .pipeline import Pipeline
from .ports import ModelChoice, Models, Preview, Runner, Segments, ShownMask, Slices
from .prompts import RAS, Box, Point, SliceKey, Targets, has_area_inside, is_inside
from .scheduler import Activity
from .signal import Signal
from .status import Stage, Status

_WORKING = {
    Activity.LOADING: Stage.LOADING,
    Activity.PROPAGATING: Stage.PROPAGATING,
    Activity.SEGMENTING: Stage.SEGMENTING,
    Activity.EMBEDDING: Stage.EMBEDDING,
}
# An object that is ready can be accepted while the slice that is looked at meanwhile is embedded.
_DECISIONS_ALLOWED = (Activity.NOTHING, Activity.PREPARING, Activity.EMBEDDING)


@dataclass(frozen=True)
class Collaborators:
    """What the session works with."""

    runner: Runner
    slices: Slices
    models: Models
    preview: Preview
    segments: Segments


class SegmentSession:
    """The work on one volume; `changed` is emitted whenever there is something new to show."""

    def __init__(self, collaborators: Collaborators) -> None:
        self.changed = Signal()
        self.history = History()
        self.note = ""  # what was done last, in words
        self.endings: Sequence[propagation.Ending] = ()
        self._slices = collaborators.slices
        self._preview = collaborators.preview
        self._segments = collaborators.segments
        self._pipeline = Pipeline(
            collaborators.runner, collaborators.slices, collaborators.models, self._advance
        )
        self._network_installed = False
        self._volume_id = ""
        self._view = ""
        self._separate = False
        self._open = False
        self._cancelled = False
        self._shown: dict[SliceKey, np.ndarray] = {}
        self._spread: dict[SliceKey, np.ndarray] = {}

    # What the panel sets

    def enter(self, network_installed: bool) -> None:
        """The module is opened: work begins by itself."""
        self._open, self._network_installed = True, network_installed
        self.resume()

    def leave(self) -> None:
        """The module is left: nothing runs and nothing is drawn, but the prompts stay."""
        self._open = False
        self._pipeline.cancel()
        self._preview.clear()
        self._shown = {}

    def set_volume(self, volume_id: str) -> None:
        """Work on another volume, or on none (""); prompts for the old one are dropped."""
        if volume_id != self._volume_id:
            self._volume_id = volume_id
            self._pipeline.image_changed()
            self._start_object()
            self.resume()

    def image_changed(self) -> None:
        """The voxels of the volume are other ones now, or it was moved."""
        self._pipeline.image_changed()
        self.resume()

    def set_model(self, choice: ModelChoice | None) -> None:
        """Use another network or device."""
        if self._pipeline.set_model(choice):
            self.resume()

    def set_separate(self, separate: bool) -> None:
        """Whether every box is an object of its own, for many lesions."""
        self._separate = separate

    def view_changed(self, view: str = "") -> None:
        """Another view is looked at, or a view shows something else, or in another window."""
        self._view = view or self._view
        self._advance()

    # What the user does

    def add_box(self, view: str, first: RAS, second: RAS) -> None:
        """A box between two world points on the slice of a view; beside the image it is nothing."""
        key = self._slice_of(view)
        if key is not None and has_area_inside(key.plane, Box(first, second)):
            self._do(AddBox(key, Box(first, second), self._separate))

    def add_point(self, view: str, ras: RAS, positive: bool) -> None:
        """A click on the slice of a view; beside the image it means nothing."""
        key = self._slice_of(view)
        if key is not None and is_inside(key.plane, ras):
            self._do(AddPoint(key, Point(ras, positive)))

    @property
    def has_prompts(self) -> bool:
        """Whether there is an object that is neither accepted nor discarded."""
        return bool(self.history.targets)

    @property
    def can_undo(self) -> bool:
        """Prompts are undone first; where there are none, accepted objects."""
        return self.history.can_undo or (not self.has_prompts and self._segments.can_undo())

    def undo(self) -> None:
        """Take back the last prompt, or the last accepted object where there is no prompt."""
        if not self.can_undo:
            return
        self.note = ""
        if self.history.can_undo:
            self.history.undo()
        else:
            self._segments.undo()
        self._prompts_changed()

    def redo(self) -> None:
        """Do again what was undone."""
        if self.history.can_redo:
            self.history.redo()
            self._prompts_changed()

    def restore(self, targets: Targets) -> None:
        """Go on with the prompts of a saved scene."""
        self.history.start_from(targets)
        self._prompts_changed()

    @property
    def can_accept(self) -> bool:
        """Whether all prompts have their masks, and there is something in them."""
        idle = self._pipeline.activity in _DECISIONS_ALLOWED and not self._pipeline.problem
        if not idle or self._pipeline.missing(self.history.targets):
            return False
        return any(shown.mask.any() for shown in self._results())

    def accept(self) -> bool:
        """Write the masks into the segmentation; False where that was not done."""
        if not self.can_accept:
            return False
        try:
            note = self._segments.write(self._results(), self._separate and not self._spread)
        except MedSAMError as error:
            self._fail(error)
            return False
        self._start_object()
        self.note = note
        self.resume()
        return True

    def discard(self) -> None:
        """Forget the prompts of the object and what came of them."""
        self._pipeline.cancel()
        self._start_object()
        self.resume()

    def next_object(self) -> None:
        """Accept what there is, and go on with a new segment."""
        if self.has_prompts and not self.accept():
            return
        try:
            self._segments.start_next()
        except MedSAMError as error:
            self._fail(error)
            return
        self.resume()

    def cancel(self) -> None:
        """Stop what is running; it goes on when the user does something or asks for it."""
        if self._pipeline.activity is Activity.PROPAGATING:
            self._forget_spread()
        else:
            self._cancelled = self._is_busy
        self._pipeline.cancel()
        self._advance()

    def resume(self) -> None:
        """Go on after a failure or a cancellation."""
        self._pipeline.problem, self._cancelled = "", False
        self._advance()

    def download(self) -> None:
        """Fetch the weights of the chosen model."""
        self._pipeline.problem, self._cancelled = "", False
        self._pipeline.download()
        self.changed.emit()

    # Propagation

    @property
    def has_spread(self) -> bool:
        """Whether slices were found by propagation."""
        return bool(self._spread)

    @property
    def propagation_slices(self) -> tuple[int, int] | None:
        """Index and count of the slices that the object can be carried through; None for none."""
        slices = {target.slice for target in self.history.targets}
        return self._slices.stack_size(slices.pop()) if len(slices) == 1 else None

    @property
    def can_propagate(self) -> bool:
        """Whether the object is on one slice that has others above or below."""
        return self.can_accept and self.propagation_slices is not None

    def propagate(self, slices: propagation.Range) -> None:
        """Carry the object through the slices of a range (first and last, from 0)."""
        if not self.can_propagate:
            return
        self._forget_spread()
        targets = tuple(t for t in self.history.targets if t.can_be_segmented)
        try:
            self._pipeline.propagate(targets, slices, self._on_found, self._on_end)
        except MedSAMError as error:
            self._fail(error)
            return
        self._show()
        self.changed.emit()

    def stop_propagation(self) -> None:
        """End the propagation and keep what it found."""
        if self._pipeline.activity is Activity.PROPAGATING:
            self._pipeline.cancel()
            self._advance()

    # What there is to see

    @property
    def status(self) -> Status:
        """Where things stand."""
        stage = self._stage()
        has_progress = stage is Stage.EMBEDDING or self._is_busy
        progress = self._pipeline.progress if has_progress else None
        return Status(stage, progress, self._pipeline.problem or self._pipeline.model_note)

    @property
    def is_preparing(self) -> bool:
        """Whether slices that are not looked at are embedded in the background."""
        return self._pipeline.activity is Activity.PREPARING

    @property
    def _is_busy(self) -> bool:
        return self._pipeline.activity not in (Activity.NOTHING, Activity.PREPARING)

    def _stage(self) -> Stage:
        if self._pipeline.problem:
            return Stage.FAILED
        if not self._network_installed:
            return Stage.NO_NETWORK
        if self._pipeline.activity is Activity.DOWNLOADING:
            return Stage.DOWNLOADING
        if not self._volume_id:
            return Stage.NO_VOLUME
        if not self._pipeline.has_model_file:
            return Stage.NO_MODEL
        if self._cancelled:
            return Stage.CANCELLED
        working = _WORKING.get(self._pipeline.activity)
        if working is Stage.EMBEDDING and self.has_prompts:
            return self._waiting_stage()
        return working or self._waiting_stage()

    def _waiting_stage(self) -> Stage:
        if not self.has_prompts:
            return Stage.READY if self._current() is not None else Stage.NOT_SHOWN
        if self._pipeline.missing(self.history.targets):
            return Stage.EMBEDDING  # the prepared slice is the one that the prompts wait for
        return Stage.REVIEW if self._results() else Stage.NEEDS_POSITIVE

    # How it goes on

    def _do(self, command: Command) -> None:
        self.note = ""
        self.history.do(command)
        self._prompts_changed()

    def _prompts_changed(self) -> None:
        if self._pipeline.activity is Activity.PROPAGATING:
            self._pipeline.cancel()
        self._forget_spread()
        self.resume()

    def _start_object(self) -> None:
        self.history.start_from()
        self._forget_spread()
        self.note = ""
        self._shown = {}
        self._preview.clear()

    def _forget_spread(self) -> None:
        self._spread, self.endings = {}, ()

    def _advance(self) -> None:
        """Show what there is and begin what is to be done next."""
        if self._open and not (self._pipeline.problem or self._cancelled):
            try:
                self._show()
                if self._stage() not in (Stage.NO_NETWORK, Stage.NO_VOLUME, Stage.NO_MODEL):
                    self._pipeline.advance(self.history.targets, self._current(), self._view)
            except MedSAMError as error:
                self._pipeline.problem = str(error)
        self.changed.emit()

    def _on_found(self, found: propagation.Found) -> None:
        known = self._spread.get(found.slice)
        self._spread[found.slice] = found.mask if known is None else known | found.mask

    def _on_end(self, endings: Sequence[propagation.Ending]) -> None:
        self.endings = endings

    def _fail(self, error: MedSAMError) -> None:
        self._pipeline.problem = str(error)
        self.changed.emit()

    def _slice_of(self, view: str) -> SliceKey | None:
        self._view = view
        return self._current()

    def _current(self) -> SliceKey | None:
        try:
            return self._slices.current(self._view) if self._volume_id else None
        except MedSAMError as error:
            self._pipeline.problem = str(error)
            return None

    def _results(self) -> list[ShownMask]:
        """All masks of the object; after a propagation those that it found."""
        if self._spread:
            return [ShownMask(key, mask) for key, mask in self._spread.items()]
        return self._pipeline.masks(self.history.targets)

    def _show(self) -> None:
        """Draw the masks, once all prompts have theirs, and what the last change did to them."""
        if not self._spread and self._pipeline.missing(self.history.targets):
            return
        masks = joined(self._results())
        if _are_same(masks, self._shown):
            return
        before, self._shown = self._shown, masks
        self._preview.show([ShownMask(key, mask, before.get(key)) for key, mask in masks.items()])


def _are_same(one: dict[SliceKey, np.ndarray], other: dict[SliceKey, np.ndarray]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[k], other[k]) for k in one)
