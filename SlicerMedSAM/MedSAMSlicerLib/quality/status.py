"""Where the review stands, for the panel to say in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Stage(Enum):
    """One of these holds at every moment; the first that applies."""

    FAILED = "failed"
    NO_VOLUME = "no volume"
    LABEL_MAP = "label map"  # to be imported as a segmentation
    NO_SEGMENTATION = "no segmentation"
    DOWNLOADING = "downloading"
    LOADING = "loading"
    JUDGING = "judging"
    SEARCHING = "searching"  # for missed objects
    EXPORTING = "exporting"
    NO_NETWORK = "no network"  # PyTorch and the like are not installed
    NO_MODEL = "no model"
    CANCELLED = "cancelled"
    READY = "ready"
    REVIEW = "review"
    DONE = "done"


WORKING = (Stage.DOWNLOADING, Stage.LOADING, Stage.JUDGING, Stage.SEARCHING, Stage.EXPORTING)


@dataclass(frozen=True)
class Status:
    """A stage and what belongs to it.

    Attributes:
        detail: what failed, or what the segmentation's state is.
        done, total: parts of the work, usually slices; total 0 where they are not known.
        seconds_left: None where there is no telling yet.
    """

    stage: Stage
    detail: str = ""
    done: int = 0
    total: int = 0
    seconds_left: float | None = None
