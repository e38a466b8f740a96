"""What an assessment finds: scores of objects, slices, segments, and of the whole."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .settings import Settings

if TYPE_CHECKING:
    import numpy as np

OK = "ok"
TINY = "tiny"
EMPTY_JUDGE_MASK = "empty judge mask"
TOUCHES_BORDER = "touches border"
WHOLE_SLICE = "whole slice"
NO_OBJECT = "no object"
NO_SCORE = "no score"
# What each status means, in words for the user.
STATUSES = {
    OK: "Scored.",
    TINY: "Smaller than the smallest object that is scored; it has no score.",
    EMPTY_JUDGE_MASK: "The judge found nothing where the object is; the score is 0 for it.",
    TOUCHES_BORDER: "Scored, but cut by the edge of the image: look at it with care.",
    WHOLE_SLICE: "Scored, but it fills the whole slice, which leaves the judge nothing to find.",
    NO_OBJECT: "There is nothing of this segment; it has no score.",
    NO_SCORE: "None of its objects is large enough for a score.",
}


@dataclass(frozen=True)
class ObjectScore:
    """One connected component of one label in one slice.

    Attributes:
        index: number of the object within label and slice, from 0, by its first pixel.
        box: (x0, y0, x1, y1) in pixels of the slice, exclusive end.
        area: pixels.
        score: 0..1, by the setting `reduction`: of the agreements with the judge, or of all
            readings; nan without one.
        dice_point, dice_box: agreement (in the chosen metric) with the judge's mask for the
            point in the middle and for the box.
        jitter, spread, combined: other readings of the same object, 0..1, higher is better; nan
            where not computed. See `jitter.py`, `spread.py` and `combining.py`.
        learned: the Dice that the learned judge expects; see `learned_judge.py`.
        confidence: the overlap that the judge itself predicts for its box mask.
        status: a key of STATUSES.
    """

    label: int
    name: str
    slice: int
    index: int
    box: tuple[int, int, int, int]
    area: int
    score: float
    dice_point: float
    dice_box: float
    jitter: float
    spread: float
    combined: float
    confidence: float
    status: str
    learned: float = math.nan


@dataclass(frozen=True)
class SliceScore:
    """One label in one slice: the mean over its objects (see `Settings.weighting`)."""

    label: int
    name: str
    slice: int
    score: float
    objects: int
    area: int
    status: str


@dataclass(frozen=True)
class SegmentScore:
    """One label in all slices; `worst_slice` is -1 without a score, `area` in pixels."""

    label: int
    name: str
    score: float
    worst_slice: int
    objects: int
    area: int
    status: str


@dataclass(frozen=True)
class Report:
    """The whole assessment; see `assessing.assess`.

    Attributes:
        score: of the whole, 0..1; nan where nothing could be scored.
        shape: of the grid, (H, W) or (K, J, I), without colors.
        axis: the slices run along "axial", "coronal" or "sagittal" ("axial" for a single slice).
        array_axis: the same as an axis of the array, 0 (k), 1 (j) or 2 (i).
        model, model_id: the judge's name and the sha256 of its weights.
        version: of SlicerMedSAM. seconds: what the assessment took.
    """

    score: float
    objects: tuple[ObjectScore, ...]
    slices: tuple[SliceScore, ...]
    segments: tuple[SegmentScore, ...]
    shape: tuple[int, ...]
    axis: str
    settings: Settings
    model: str
    model_id: str
    version: str
    seconds: float
    array_axis: int = 0

    def worst(self, count: int | None = None) -> tuple[ObjectScore, ...]:
        """The objects, worst first, those without a score last; all of them without `count`."""
        return tuple(sorted(self.objects, key=_worst_first)[:count])

    def to_json(self) -> str:
        """JSON text; a missing number is null."""
        from .report_text import report_to_json

        return report_to_json(self)

    @classmethod
    def from_json(cls, text: str) -> Report:
        """The inverse of `to_json`; MedSAMError for text that is no report."""
        from .report_text import report_from_json

        return report_from_json(text)

    def to_csv(self) -> str:
        """One row an object, worst first; a missing number is an empty field."""
        from .report_text import report_to_csv

        return report_to_csv(self)

    def to_html(self, image: np.ndarray, labels: np.ndarray, **options) -> str:
        """One self-contained page; `image` and `labels` as they were given to `assess`."""
        from .html_report import report_page

        return report_page(self, image, labels, **options)


def _worst_first(each: ObjectScore) -> tuple:
    has_none = math.isnan(each.score)
    return has_none, 0.0 if has_none else each.score, each.label, each.slice, each.index
