"""From prompts to alternatives: what the user draws, and what the worker is asked for."""

from __future__ import annotations

from collections.abc import Iterable

from MedSAMLib.errors import MedSAMError
from MedSAMLib.prompts import Prompts

from ..session.commands import AddBox, AddPoint, Command
from ..session.history import History
from ..session.ports import ModelChoice
from ..session.prompts import (
    RAS,
    Box,
    Point,
    SliceKey,
    Target,
    Targets,
    has_area_inside,
    is_inside,
    last_on_slice,
)
from ..session.scheduler import Activity
from ..session.signal import Signal
from ..session.status import Stage, Status
from .candidates import SliceSet
from .generation import Found
from .notes import NOTHING, Kind, Note
from .pipeline import HypothesesPipeline, Wish
from .ports import Collaborators
from .request import Request


class MakingSession:
    """The alternatives of one volume; `changed` is emitted when there is something new to show."""

    def __init__(self, collaborators: Collaborators) -> None:
        self.changed = Signal()
        self.history = History()
        self.request = Request()
        self.automatic = True  # make alternatives as soon as a prompt is drawn
        self.note = NOTHING
        self.sets: dict[SliceKey, SliceSet] = {}
        self.revision = 0  # counts the changes of `sets` and of what is in them
        self._with = collaborators
        self._slices = collaborators.slices
        self._pipeline = HypothesesPipeline(
            collaborators.runner, collaborators.slices, collaborators.models, self._advance
        )
        self._network_installed = False
        self._volume_id = ""
        self._view = ""
        self._key: SliceKey | None = None  # the slice that is looked at, and its prompts
        self._prompts: Prompts | None = None
        self._open = False
        self._cancelled = False
        self._wish: Wish = ()
        self._started: Wish = ()
        self._found: list[SliceSet] = []

    # What the panel sets

    def enter(self, network_installed: bool) -> None:
        """The module is opened: work begins by itself."""
        self._open, self._network_installed = True, network_installed
        self.resume()

    def leave(self) -> None:
        """The module is left: nothing runs and nothing is drawn, but all is kept."""
        self._open = False
        self._give_up_work()
        self._with.display.clear()

    def set_volume(self, volume_id: str) -> None:
        """Work on another volume, or on none (""); prompts and alternatives are dropped."""
        if volume_id != self._volume_id:
            self._volume_id = volume_id
            self._give_up_work()
            self._pipeline.image_changed()
            self._forget_all()
            self.resume()

    def image_changed(self) -> None:
        """Other voxels, or a move, both told a moment late: what is being made is begun anew."""
        wish = self._wish or self._started
        self._give_up_work()
        self._wish = wish
        self._pipeline.image_changed()
        self.resume()

    def set_model(self, choice: ModelChoice | None) -> None:
        """Use another network or device."""
        if self._pipeline.set_model(choice):
            self.resume()

    def view_changed(self, view: str = "") -> None:
        """Another view is looked at, or a view shows something else."""
        self._view = view or self._view
        self._advance()

    def restore(self, targets: Targets, sets: Iterable[SliceSet] | None = None) -> None:
        """Go on with prompts that were drawn elsewhere, and with the alternatives of a scene."""
        before = self.history.targets
        self.history.start_from(targets)
        if sets is None:
            self._drawn(before)
            return
        self.sets = {each.slice: each for each in sets}
        self._changed_sets()
        self.resume()

    # Prompts

    def add_box(self, view: str, first: RAS, second: RAS) -> None:
        """A box between two world points on the slice of a view; beside the image it is nothing."""
        key = self._slice_of(view)
        if key is not None and has_area_inside(key.plane, Box(first, second)):
            self._do(AddBox(key, Box(first, second)))

    def add_point(self, view: str, ras: RAS, positive: bool) -> None:
        """A click on the slice of a view; beside the image it means nothing."""
        key = self._slice_of(view)
        if key is not None and is_inside(key.plane, ras):
            self._do(AddPoint(key, Point(ras, positive)))

    def redo(self) -> None:
        """Draw again the prompt that was undone."""
        if self.history.can_redo:
            before = self.history.targets
            self.history.redo()
            self._drawn(before)

    @property
    def has_work(self) -> bool:
        """Whether there are prompts or alternatives to discard."""
        return bool(self.history.targets or self.sets)

    def discard(self) -> None:
        """Forget prompts and alternatives; accepted masks stay."""
        self._give_up_work()
        self.history.start_from()
        self.sets.clear()
        self.note = NOTHING
        self._changed_sets()
        self.resume()

    # Making alternatives

    @property
    def can_generate(self) -> bool:
        """Whether the network can be asked about the shown slice, or will be able to be soon."""
        return bool(
            self._network_installed
            and self._volume_id
            and self._pipeline.has_model_file
            and self._pipeline.activity not in (Activity.GENERATING, Activity.DOWNLOADING)
            and self._prompts is not None
        )

    def generate(self) -> None:
        """Make alternatives for the shown slice."""
        self._look()
        key, prompts = self._key, self._prompts
        if key is None or prompts is None:
            drawn = self._with.source.is_drawn
            self._say(Note(Kind.NO_DRAWN_PROMPT if drawn else Kind.NO_SEGMENT_HERE))
        else:
            self._want(((key, prompts),))

    @property
    def range_slices(self) -> tuple[int, int] | None:
        """Index of the shown slice and count of all that are parallel to it; None if oblique."""
        return None if self._key is None else self._slices.stack_size(self._key)

    def generate_range(self, first: int, last: int) -> None:
        """Make alternatives for the slices of a range (from 0, both included)."""
        self._look()
        try:
            wish = self._wish_for_range(first, last)
        except MedSAMError as error:
            self._say(Note(Kind.TEXT, str(error)))
            return
        if wish:
            self._want(wish)
        else:
            drawn = self._with.source.is_drawn
            self._say(Note(Kind.NO_PROMPT_FOR_RANGE if drawn else Kind.NO_SEGMENT_IN_RANGE))

    def stop(self) -> None:
        """End here, and keep the alternatives that were made so far."""
        if self._pipeline.activity is Activity.GENERATING:
            self._pipeline.cancel()
            self._commit()
            self._advance()

    def cancel(self) -> None:
        """Stop what is running; what it has made so far is dropped."""
        if self._is_busy or self._wish:
            self._give_up_work()
            self._cancelled = True
        self._advance()

    def resume(self) -> None:
        """Go on after a cancellation; after a failure, try the same again."""
        if self._pipeline.problem:
            self._wish = self._wish or self._started
        self._pipeline.problem, self._cancelled = "", False
        self._advance()

    def download(self) -> None:
        """Fetch the weights of the chosen model."""
        self._pipeline.problem, self._cancelled = "", False
        self._pipeline.download()
        self.changed.emit()

    # What there is to see

    @property
    def current(self) -> SliceSet | None:
        """The alternatives of the shown slice."""
        return None if self._key is None else self.sets.get(self._key)

    @property
    def is_making_many(self) -> bool:
        """Whether alternatives are being made for more than one slice."""
        return self._pipeline.activity is Activity.GENERATING and len(self._started) > 1

    @property
    def view(self) -> str:
        """The view that was looked at last; "" before there was one."""
        return self._view

    @property
    def is_outdated(self) -> bool:
        """Whether the prompt on this slice is not any more the one of the alternatives."""
        current = self.current
        prompts = None if current is None else self._prompts
        return prompts is not None and not current.is_for(prompts)

    @property
    def status(self) -> Status:
        """Where things stand."""
        stage = self._stage()
        shows_part = stage in (Stage.EMBEDDING, Stage.GENERATING, Stage.DOWNLOADING)
        progress = self._pipeline.progress if shows_part else None
        return Status(stage, progress, self._pipeline.problem or self._pipeline.model_note)

    @property
    def _is_busy(self) -> bool:
        return self._pipeline.activity not in (Activity.NOTHING, Activity.PREPARING)

    def _stage(self) -> Stage:
        activity = self._pipeline.activity
        if self._pipeline.problem:
            return Stage.FAILED
        if not self._network_installed:
            return Stage.NO_NETWORK
        if activity is Activity.DOWNLOADING:
            return Stage.DOWNLOADING
        if not self._volume_id:
            return Stage.NO_VOLUME
        if not self._pipeline.has_model_file:
            return Stage.NO_MODEL
        if self._cancelled:
            return Stage.CANCELLED
        if activity is Activity.GENERATING:
            return Stage.GENERATING
        if self.current is not None and not self._wish:
            return Stage.CHOOSING
        return self._waiting_stage(activity)

    def _waiting_stage(self, activity: Activity) -> Stage:
        if activity is Activity.LOADING:
            return Stage.LOADING
        if activity is Activity.EMBEDDING or self._wish:
            return Stage.EMBEDDING
        if self._key is None:
            return Stage.NOT_SHOWN
        if self._prompts is not None:
            return Stage.CAN_GENERATE
        return Stage.NEEDS_POSITIVE if self._target_here() is not None else Stage.NEEDS_PROMPT

    # How it goes on

    def _do(self, command: Command) -> None:
        before = self.history.targets
        self.history.do(command)
        self._drawn(before)

    def _drawn(self, before: Targets) -> None:
        """Alternatives of prompts that are gone go, too; those of new ones are made."""
        self.note = NOTHING
        self._give_up_work()
        changed = {target.slice for target in set(before) ^ set(self.history.targets)}
        wish = []
        for key in changed:
            target = last_on_slice(self.history.targets, key)
            if target is None:
                self.sets.pop(key, None)
                self._changed_sets()
            elif target.can_be_segmented:
                wish.append((key, target.in_pixels()))
        if wish and self.automatic and self._with.source.is_drawn:
            self._want(tuple(wish))
        else:
            self.resume()

    def _want(self, wish: Wish) -> None:
        self._give_up_work()
        self._wish, self.note = wish, NOTHING
        self.resume()

    def _wish_for_range(self, first: int, last: int) -> Wish:
        key, source = self._key, self._with.source
        if key is None:
            return ()
        keys = self._slices.parallel(key, first, last)
        if source.is_drawn:
            here = self._prompts
            return () if here is None else tuple((each, here) for each in keys)
        boxes = ((each, source.box(each)) for each in keys)
        return tuple((each, Prompts(box=box)) for each, box in boxes if box is not None)

    def _forget_all(self) -> None:
        self.history.start_from()
        self.sets.clear()
        self.note = NOTHING
        self._changed_sets()
        self._with.display.clear()

    def _give_up_work(self) -> None:
        self._pipeline.cancel()
        self._wish, self._started, self._found = (), (), []

    def _changed_sets(self) -> None:
        self.revision += 1

    def _say(self, note: Note) -> None:
        self.note = note
        self._advance()

    def _advance(self) -> None:
        """Show what there is and begin what is to be done next."""
        self._look()
        if self._open and not (self._pipeline.problem or self._cancelled):
            try:
                self._with.display.show(self.sets, self.current)
                if self._stage() not in (Stage.NO_NETWORK, Stage.NO_VOLUME, Stage.NO_MODEL):
                    self._begin()
            except MedSAMError as error:
                self._give_up_work()
                self._pipeline.problem = str(error)
        self.changed.emit()

    def _begin(self) -> None:
        if not self._wish or not self._pipeline.is_loaded:
            self._pipeline.advance((), self._key, self._view)
        elif self._pipeline.generate(self._wish, self.request, self._on_found, self._commit):
            self._started, self._wish = self._wish, ()

    def _on_found(self, found: Found) -> None:
        key, model = found.case.image.key, self._pipeline.model_name
        new = SliceSet.of(key, found.case.prompts, found.request, model, found.hypotheses)
        self._found.append(new)

    def _commit(self) -> None:
        """What was made becomes what is shown, all at once."""
        self.sets.update({each.slice: each for each in self._found})
        self._started, self._found = (), []
        self._changed_sets()

    def _slice_of(self, view: str) -> SliceKey | None:
        self._view = view
        self._look()
        return self._key

    def _look(self) -> None:
        """Which slice is looked at now, and which prompts there are for it."""
        self._key = self._prompts = None
        try:
            self._key = self._slices.current(self._view) if self._volume_id else None
            if self._key is not None:
                self._prompts = self._prompts_on(self._key)
        except MedSAMError as error:
            self._pipeline.problem = str(error)

    def _target_here(self) -> Target | None:
        return None if self._key is None else last_on_slice(self.history.targets, self._key)

    def _prompts_on(self, key: SliceKey) -> Prompts | None:
        """In the pixels of the slice."""
        if not self._with.source.is_drawn:
            box = self._with.source.box(key)
            return None if box is None else Prompts(box=box)
        target = last_on_slice(self.history.targets, key)
        return target.in_pixels() if target is not None and target.can_be_segmented else None
