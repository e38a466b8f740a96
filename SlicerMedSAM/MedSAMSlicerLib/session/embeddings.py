"""Which slices the network has looked at, and which it should look at next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .masks import Circumstances
from .neighbors import neighbors
from .prompts import SliceKey

Subject = tuple[SliceKey, Circumstances]


@dataclass
class Embeddings:
    """The slices that are ready; the embeddings themselves lie in the model's cache."""

    _ready: set[Subject] = field(default_factory=set)

    def add(self, subjects: Iterable[Subject]) -> None:
        """These need no more work."""
        self._ready.update(subjects)

    def clear(self) -> None:
        """The image has changed."""
        self._ready.clear()

    def next(
        self, current: SliceKey, others: Sequence[SliceKey], circumstances: Circumstances
    ) -> SliceKey | None:
        """The shown slice first, then those of the other views, then the shown one's neighbors."""
        for key in (current, *others, *neighbors(current)):
            if (key, circumstances) not in self._ready:
                return key
        return None
