"""From prompts to masks: what the worker is given, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from MedSAMLib.errors import MedSAMError

from ..translation import tr as _
from . import network_jobs, propagation
from .embeddings import Embeddings
from .masks import Circumstances, MaskBook
from .ports import ModelChoice, Models, Runner, ShownMask, SliceImage, Slices
from .prompts import SliceKey, Targets
from .scheduler import Activity, Order, Scheduler

# What the user ordered and waits for, whatever else could be prepared.
_NOT_INTERRUPTED = (Activity.PROPAGATING, Activity.GENERATING, Activity.DOWNLOADING)


class Pipeline:
    """Loads the network, embeds slices and segments targets, one job at a time.

    `changed` is called when a job has ended or come further. A failure is kept in `problem`;
    nothing more is begun until `problem` is "".
    """

    def __init__(
        self, runner: Runner, slices: Slices, models: Models, changed: Callable[[], None]
    ) -> None:
        self.problem = ""
        self.progress: float | None = None
        self._scheduler = Scheduler(runner)
        self._slices, self._models, self._changed = slices, models, changed
        self._embeddings, self._masks = Embeddings(), MaskBook()
        self._choice: ModelChoice | None = None
        self._model: Any = None

    @property
    def activity(self) -> Activity:
        """What is running."""
        return self._scheduler.activity

    @property
    def has_model_file(self) -> bool:
        """Whether a model is chosen and its weights are here."""
        return self._choice is not None and self._models.is_here(self._choice)

    @property
    def model_note(self) -> str:
        """What the loaded model has to say about its device; "" mostly."""
        return getattr(self._model, "device_note", None) or ""

    def set_model(self, choice: ModelChoice | None) -> bool:
        """Use another network or device; False if it is the same."""
        if choice == self._choice:
            return False
        self.cancel()
        self._choice, self._model = choice, None
        return True

    def image_changed(self) -> None:
        """The voxels or the place of the volume are other ones now."""
        self.cancel()
        self._embeddings.clear()
        self._masks.clear()

    def cancel(self) -> None:
        """Forget what is running."""
        self._scheduler.cancel()
        self.progress = None

    def missing(self, targets: Targets) -> Targets:
        """The targets that have no mask yet."""
        return self._masks.missing(targets, self._circumstances()) if targets else ()

    def masks(self, targets: Targets) -> list[ShownMask]:
        """The masks of the targets that have one."""
        return self._masks.of(targets, self._circumstances()) if targets else []

    def advance(self, targets: Targets, current: SliceKey | None, view: str) -> None:
        """Begin what is to be done next, unless it is being done.

        The network comes first, then the targets' masks, then the embedding of the slice that
        `view` shows (`current`), then those of slices that may be looked at next.
        """
        if self.activity in _NOT_INTERRUPTED:
            return
        if self._model is None:
            self._load()
        elif missing := self.missing(targets):
            self._segment(missing)
        elif current is None:
            self.cancel()
        else:
            self._embed(current, self._slices.others(view))

    def download(self) -> None:
        """Fetch the weights of the chosen model."""
        choice, models = self._choice, self._models

        def work(task: Any) -> None:
            models.download(choice, task)

        self._start(Activity.DOWNLOADING, choice, work, lambda _nothing: None, progress=0.0)

    def propagate(
        self,
        targets: Targets,
        slices: propagation.Range,
        on_found: Callable[[propagation.Found], None],
        on_end: Callable[[Sequence[propagation.Ending]], None],
    ) -> None:
        """Carry targets that lie on one slice through a range, which is widened to hold it."""
        stack = self._slices.stack(targets[0].slice)
        wanted = min(slices[0], stack.index), max(slices[1], stack.index)
        request = propagation.Request(stack, targets, wanted, self._slices.window())

        def report(found: propagation.Found) -> None:
            self.progress = found.part
            on_found(found)

        work = propagation.work(request, self._model)
        self._start(Activity.PROPAGATING, request, work, on_end, report, progress=0.0)

    def _load(self) -> None:
        choice, models = self._choice, self._models
        if self._scheduler.is_at(Activity.LOADING, choice):
            return

        def done(model: Any) -> None:
            self._model = model

        self._start(Activity.LOADING, choice, lambda task: models.load(choice), done)

    def _segment(self, missing: Targets) -> None:
        circumstances, model = self._circumstances(), self._model
        if self._scheduler.is_at(Activity.SEGMENTING, (missing, circumstances)):
            return
        needed = {(target.slice, circumstances) for target in missing}
        if any(self._is_embedding(subject) for subject in needed):
            return  # the click waits for this very slice: let it be finished
        images = {key: self._read(key) for key in {target.slice for target in missing}}
        asked = [(images[target.slice], target) for target in missing]

        def done(masks: list[np.ndarray]) -> None:
            self._masks.keep(missing, circumstances, masks)
            self._embeddings.add(needed)

        def work(task: Any) -> list[np.ndarray]:
            return network_jobs.segment(model, asked, task)

        self._start(Activity.SEGMENTING, (missing, circumstances), work, done)

    def _embed(self, current: SliceKey, others: Sequence[SliceKey]) -> None:
        circumstances, model = self._circumstances(), self._model
        while key := self._embeddings.next(current, others, circumstances):
            subject = (key, circumstances)
            if self._is_embedding(subject):
                return
            image = self._slices.read(key)
            if image is not None:
                break
            self._embeddings.add({subject})  # there is no such slice
        else:
            return

        def done(_embedding: Any) -> None:
            self._embeddings.add({subject})

        def work(task: Any) -> None:
            network_jobs.embed(model, image, task)

        activity = Activity.EMBEDDING if key == current else Activity.PREPARING
        self._start(activity, subject, work, done, progress=0.0)

    def _is_embedding(self, subject: tuple[SliceKey, Circumstances]) -> bool:
        both = (Activity.EMBEDDING, Activity.PREPARING)
        return any(self._scheduler.is_at(activity, subject) for activity in both)

    def _start(
        self,
        activity: Activity,
        subject: Any,
        work: Callable[[Any], Any],
        done: Callable[[Any], None],
        report: Callable[[Any], None] | None = None,
        progress: float | None = None,
    ) -> None:
        def ended(result: Any) -> None:
            self.progress = None
            done(result)
            self._changed()

        def failed(sentence: str) -> None:
            self.progress, self.problem = None, sentence
            self._changed()

        def reported(value: Any) -> None:
            (report or self._set_progress)(value)
            self._changed()

        self.progress = progress
        self._scheduler.start(Order(activity, subject, work, ended, failed, reported))

    def _set_progress(self, part: float) -> None:
        self.progress = part

    def _read(self, key: SliceKey) -> SliceImage:
        image = self._slices.read(key)
        if image is None:
            raise MedSAMError(_("The prompts lie outside the volume: discard them."))
        return image

    def _circumstances(self) -> Circumstances:
        return Circumstances(self._choice, self._slices.window())
