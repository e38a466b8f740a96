"""Where the session stands, for the panel to say in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Stage(Enum):
    """One of these holds at every moment; the first that applies."""

    FAILED = "failed"
    NO_NETWORK = "no network"  # PyTorch and the like are not installed
    NO_VOLUME = "no volume"
    NO_MODEL = "no model"
    DOWNLOADING = "downloading"
    CANCELLED = "cancelled"
    LOADING = "loading"
    PROPAGATING = "propagating"
    SEGMENTING = "segmenting"
    EMBEDDING = "embedding"
    NEEDS_POSITIVE = "needs positive"
    REVIEW = "review"
    NOT_SHOWN = "not shown"
    READY = "ready"
    # Of alternatives only:
    GENERATING = "generating"
    NEEDS_PROMPT = "needs prompt"
    CAN_GENERATE = "can generate"
    CHOOSING = "choosing"


@dataclass(frozen=True)
class Status:
    """A stage, the part of its work that is done (0 to 1, None if unknown), and a detail."""

    stage: Stage
    progress: float | None = None
    detail: str = ""
