"""Where upsampling stands, for the panel to say in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Stage(Enum):
    """One of these holds at every moment; the first that applies."""

    FAILED = "failed"
    NO_VOLUME = "no volume"
    DOWNLOADING = "downloading"
    LOADING = "loading"
    UPSAMPLING = "upsampling"
    DRAWING = "drawing"  # the finer outline of what is drawn in a slice
    CANCELLED = "cancelled"
    NO_NETWORK = "no network"  # PyTorch and the like are not installed
    NO_MODEL = "no model"
    NO_SEGMENTATION = "no segmentation"
    NOTHING_DRAWN = "nothing drawn"  # on the slices that are shown
    READY = "ready"
    DONE = "done"


WORKING = (Stage.DOWNLOADING, Stage.LOADING, Stage.UPSAMPLING, Stage.DRAWING)


@dataclass(frozen=True)
class Status:
    """A stage and what belongs to it.

    Attributes:
        detail: what failed.
        done, total: slices, or percent; total 0 where they are not known.
        seconds_left: None where there is no telling yet.
    """

    stage: Stage
    detail: str = ""
    done: int = 0
    total: int = 0
    seconds_left: float | None = None
