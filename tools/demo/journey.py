"""The demo's work, through the library's public interface: embed, prompt, correct, propagate."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from MedSAMLib.geometry import Plane, axis_plane, extract, slice_count
from MedSAMLib.hypotheses import Hypotheses
from MedSAMLib.images import auto_window, to_uint8
from MedSAMLib.object_mask import ObjectMask, segment_object
from MedSAMLib.prompts import Prompts
from MedSAMLib.propagation import (
    PropagatedMask,
    PropagationOptions,
    SliceResult,
    collect,
    propagate,
)
from MedSAMLib.sam import Embedding, SamModel

from .subject import Subject

Window = tuple[float, float] | str

ALTERNATIVES = 7  # with the picture of their agreement, two rows of four
REACH = 60  # slices either way, so that the demo ends soon on any volume


@dataclass(frozen=True)
class Step:
    """Prompts, the mask that they gave, and how long the network took for it."""

    prompts: Prompts
    found: ObjectMask
    seconds: float


@dataclass(frozen=True)
class Propagated:
    """The segment through the slices, and how it came about slice by slice.

    `reach` is the first and the last slice that might be visited.
    """

    whole: PropagatedMask
    results: list[SliceResult]
    seconds: float
    reach: tuple[int, int]


@dataclass(frozen=True)
class Journey:
    """Everything that the page tells.

    Attributes:
        window: (center, width) of the gray values for every slice, or "auto" for 8-bit ones.
        image: (H, W[, 3]) uint8, the slice as the network saw it.
        steps: the first prompt; if there are corrective clicks, a second step with all prompts.
        alternatives: other masks for all prompts; None where the prompts gave no mask.
        propagated: None for a 2-D image, and where the slice gave no mask.
    """

    subject: Subject
    model: SamModel
    plane: Plane
    window: Window
    image: np.ndarray
    embedding_seconds: float
    steps: list[Step]
    alternatives: Hypotheses | None
    propagated: Propagated | None

    @property
    def mask(self) -> np.ndarray:
        """The outcome, (K, J, I) bool."""
        if self.propagated is not None:
            return self.propagated.whole.mask
        on_slice = SliceResult(self.subject.index, 0, self.steps[-1].found.mask, 0.0)
        return collect([on_slice], self.subject.volume, self.subject.axis).mask


def travel(subject: Subject, model: SamModel, say: Callable[[str], None]) -> Journey:
    """Do it all, telling `say` what is done; deterministic but for the times."""
    plane = axis_plane(subject.volume, subject.axis, subject.index)
    pixels = extract(subject.volume, plane)
    window = _window_for_all(pixels, subject.window)
    say("Embedding the image ...")
    embedding, embedding_seconds = _timed(lambda: model.embed(pixels, window=window))
    say("Segmenting from the prompts ...")
    steps = [_step(model, embedding, prompts) for prompts in stages(subject.prompts)]
    alternatives = propagated = None
    if steps[-1].found.mask.any():
        say("Asking for other readings of the prompts ...")
        alternatives = _alternatives(model, embedding, subject.prompts)
    if subject.is_volume and steps[-1].found.mask.any():
        say("Carrying the mask through the slices ...")
        propagated = _propagate(subject, model, window)
    image = to_uint8(pixels, window)
    return Journey(
        subject, model, plane, window, image, embedding_seconds, steps, alternatives, propagated
    )


def _window_for_all(pixels: np.ndarray, window: Window) -> Window:
    """What "auto" means on the prompted slice, so that every slice has the same gray."""
    if window != "auto" or pixels.dtype == np.uint8:
        return window
    return auto_window(pixels)


def stages(prompts: Prompts) -> list[Prompts]:
    """The first prompt (box, or first point) alone, then all of them if there are more."""
    if prompts.points is None or len(prompts.points) == 0:
        return [prompts]
    if prompts.box is not None:
        return [replace(prompts, points=None, labels=None), prompts]
    first = replace(prompts, points=prompts.points[:1], labels=prompts.labels[:1])
    return [first, prompts] if len(prompts.points) > 1 else [prompts]


def _step(model: SamModel, embedding: Embedding, prompts: Prompts) -> Step:
    found, seconds = _timed(lambda: segment_object(model, embedding, prompts))
    return Step(prompts, found, seconds)


def _alternatives(model: SamModel, embedding: Embedding, prompts: Prompts) -> Hypotheses:
    """By moved prompts: the SeqSAM head knows lung nodules only, and nothing else well."""
    return model.hypotheses(
        embedding,
        prompts.box,
        prompts.points,
        prompts.labels,
        count=ALTERNATIVES,
        method="perturbation",
    )


def _propagate(subject: Subject, model: SamModel, window: Window) -> Propagated:
    reach = subject.reach or _reach_of_own(subject)
    walk = propagate(
        model,
        subject.volume,
        subject.axis,
        subject.index,
        subject.prompts,
        reach,
        PropagationOptions(window=window),
    )
    results, seconds = _timed(lambda: list(walk))
    whole = collect(results, subject.volume, subject.axis)
    return Propagated(whole, results, seconds, reach)


def _reach_of_own(subject: Subject) -> tuple[int, int]:
    last = slice_count(subject.volume, subject.axis) - 1
    return max(subject.index - REACH, 0), min(subject.index + REACH, last)


def _timed(work: Callable) -> tuple:
    """What `work` returns, and how many seconds it took."""
    started = time.perf_counter()
    outcome = work()
    return outcome, time.perf_counter() - started
