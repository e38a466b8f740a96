"""A quality score without ground truth for every object, slice and segment.

SQA-SAM (Zhang, Wang, Zhou, Dou, Chen, arXiv 2312.09899). What the score cannot see: a wrong
label on a right outline, and an object that the segmentation lacks; `wrong_labels.py` and
`missed.py` look for these by other means. A score is no Dice; `calibration.py` maps it to one.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .. import __version__
from ..errors import UsageError
from .aggregation import segment_scores, slice_scores, total_score
from .judging import Judged, judge_objects, object_status, with_readings
from .label_maps import LabelMap, Names, as_label_map, names_of
from .objects import SliceObject, find_objects
from .results import TINY, ObjectScore, Report
from .settings import Settings
from .slices import SliceStack, slice_stack, slice_window

if TYPE_CHECKING:
    from ..sam.embedding import Embedding
    from ..sam.predictor import SamModel

Window = tuple[float, float] | str | None
Progress = Callable[[int, int], None]
Checkpoint = Callable[[], None]


def assess(
    model: SamModel,
    image: np.ndarray,
    labels: np.ndarray,
    affine: np.ndarray | None = None,
    *,
    settings: Settings | None = None,
    window: Window = "auto",
    names: Names = None,
    only_labels: Iterable[int] | None = None,
    only_slices: Iterable[int] | None = None,
    progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
) -> Report:
    """Score a segmentation of a picture or a volume by the judge `model`.

    The judge should be another network than the one that made the segmentation: a network
    agrees with itself.

    Args:
        image: (H, W), (K, J, I), or with a last axis of 3 colors; any number type.
        labels: on the same grid, whole numbers with 0 as background; or masks (C, ...), one
            segment a channel, which may overlap and are numbered from 1.
        affine: 4x4, voxel (i, j, k) -> RAS mm; tells which axis is which, and the spacing.
        settings: see `Settings`; the defaults without.
        window: (center, width), None (full range), or "auto": one for the whole volume.
        names: of the labels, a mapping, or a sequence that begins with label 1.
        only_labels, only_slices: look at these alone.
        progress: called with (slices done, slices to do).
        checkpoint: called before every slice; raises whatever ends the work.

    Raises UsageError for shapes that do not fit and labels that are none.
    """
    started = time.perf_counter()
    settings = settings or Settings()
    stack = slice_stack(image, np.shape(labels), affine, settings.axis)
    label_map = as_label_map(labels, stack.grid, stack.array_axis, names, only_labels)
    scorer = VolumeScorer(model, stack, label_map, settings, slice_window(stack, window))
    todo = _chosen_slices(label_map, only_slices)
    objects: list[ObjectScore] = []
    _tell(progress, 0, len(todo))
    for done, index in enumerate(todo, start=1):
        if checkpoint is not None:
            checkpoint()
        objects += scorer.score_slice(index)
        _tell(progress, done, len(todo))
    return scorer.report(objects, time.perf_counter() - started)


def assess_slice(
    model: SamModel,
    embedding: Embedding,
    masks: Mapping[int, np.ndarray],
    slice_index: int = 0,
    names: Names = None,
    settings: Settings | None = None,
    spacing: tuple[float, float] | None = None,
) -> list[ObjectScore]:
    """Score all objects of one embedded image together.

    masks: label -> (H, W) bool; they may overlap. spacing: (y, x) in mm, for the surface Dice.
    """
    settings = settings or Settings()
    known = names_of(masks, names)
    found = [
        (label, each)
        for label, mask in masks.items()
        for each in find_objects(mask, settings.connectivity)
    ]
    wholes = [each.mask for _, each in found]
    large = [n for n, whole in enumerate(wholes) if object_status(whole, settings) != TINY]
    judged = judge_objects(model, embedding, [wholes[n] for n in large], settings, spacing)
    if settings.learned:
        owners = [found[n][0] for n in large]
        of_large = [wholes[n] for n in large]
        reduction = settings.reduction
        judged = _with_learned(model, embedding, masks, owners, of_large, judged, reduction)
    answers = dict(zip(large, judged, strict=True))
    return [
        _object_score(label, known[label], slice_index, each, answers.get(number))
        for number, (label, each) in enumerate(found)
    ]


@dataclass(frozen=True, eq=False)
class VolumeScorer:
    """One assessment's collaborators: slices are scored one by one, in any order."""

    model: SamModel
    stack: SliceStack
    labels: LabelMap
    settings: Settings
    window: Window

    def score_slice(self, index: int) -> list[ObjectScore]:
        """The objects of slice `index`; a slice without objects is not embedded."""
        masks = self.labels.masks(index)
        if not masks:
            return []
        embedding = self.model.embed(self.stack.image(index), window=self.window)
        return assess_slice(
            self.model,
            embedding,
            masks,
            index,
            self.labels.names,
            self.settings,
            self.stack.pixel_spacing,
        )

    def report(self, objects: list[ObjectScore], seconds: float) -> Report:
        """The report on `objects`, which are those of all slices looked at."""
        weighting = self.settings.weighting
        slices = slice_scores(objects, weighting)
        return Report(
            score=total_score(objects, slices, len(self.stack.shape) == 3, weighting),
            objects=tuple(objects),
            slices=tuple(slices),
            segments=tuple(segment_scores(objects, slices, self.labels.names, weighting)),
            shape=self.stack.shape,
            axis=self.stack.axis,
            settings=self.settings,
            model=self.model.name,
            model_id=self.model.model_id,
            version=__version__,
            seconds=seconds,
            array_axis=self.stack.array_axis,
        )


def _with_learned(
    model: SamModel,
    embedding: Embedding,
    masks: Mapping[int, np.ndarray],
    owners: list[int],
    wholes: list[np.ndarray],
    judged: list[Judged],
    reduction: str,
) -> list[Judged]:
    """What the learned judge expects of each object, where there is one for the model."""
    if not judged or not hasattr(model, "sam"):
        return judged  # a stand-in has no embedding to be read, and need not wait for PyTorch
    from .learned_judge import learned_judge

    judge = learned_judge(model)
    if judge is None:
        return judged
    expected = {}
    for label in set(owners):
        members = [n for n, owner in enumerate(owners) if owner == label]
        verdict = judge.verdict(embedding, masks[label], [wholes[n] for n in members])
        expected.update(zip(members, verdict.objects, strict=True))
    return [with_readings(each, reduction, learned=expected[n]) for n, each in enumerate(judged)]


def _chosen_slices(labels: LabelMap, only: Iterable[int] | None) -> list[int]:
    occupied = labels.occupied_slices()
    if only is None:
        return occupied
    wanted = {int(index) for index in only}
    outside = [index for index in sorted(wanted) if not 0 <= index < labels.slice_count]
    if outside:
        raise UsageError(
            f"Slice {outside[0]} is out of range: there are slices 0 to {labels.slice_count - 1}."
        )
    return [index for index in occupied if index in wanted]


def _tell(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done, total)


def _object_score(label: int, name: str, index: int, each: SliceObject, judged) -> ObjectScore:
    """A row of the report; `judged` is None for what is too small to be judged."""

    def number(attribute: str) -> float:
        return math.nan if judged is None else getattr(judged, attribute)

    return ObjectScore(
        label=label,
        name=name,
        slice=index,
        index=each.index,
        box=each.box,
        area=each.area,
        score=number("score"),
        dice_point=number("dice_point"),
        dice_box=number("dice_box"),
        jitter=number("jitter"),
        spread=number("spread"),
        combined=number("combined"),
        confidence=number("confidence"),
        status=TINY if judged is None else judged.status,
        learned=number("learned"),
    )
