"""What the session has to say beside its status; the panel puts it into words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a note is about."""

    TEXT = "text"  # a whole sentence, as it is
    NO_DRAWN_PROMPT = "no drawn prompt"
    NO_SEGMENT_HERE = "no segment here"
    NO_PROMPT_FOR_RANGE = "no prompt for range"
    NO_SEGMENT_IN_RANGE = "no segment in range"
    MARK_TWO = "mark two"
    ACCEPTED_ALREADY = "accepted already"
    NO_MORE_SLICES = "no more slices"


@dataclass(frozen=True)
class Note:
    """A kind, and the name or the sentence that goes with it."""

    kind: Kind
    text: str = ""


NOTHING = Note(Kind.TEXT)
