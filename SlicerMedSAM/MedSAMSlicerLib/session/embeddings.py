"""Which slices the network has looked at, and which it should look at next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .masks import Circumstances
from .neighbors import direction_of, neighbors
from .prompts import SliceKey

Subject = tuple[SliceKey, Circumstances]


@dataclass
class Embeddings:
    """The slices that are ready; the embeddings themselves lie in the model's cache."""

    _ready: set[Subject] = field(default_factory=set)
    _current: SliceKey | None = None
    _direction: int = 0

    def add(self, subjects: Iterable[Subject]) -> None:
        """These need no more work."""
        self._ready.update(subjects)

    def clear(self) -> None:
        """The image has changed."""
        self._ready.clear()

    def next(
        self, current: SliceKey, others: Sequence[SliceKey], circumstances: Circumstances
    ) -> SliceKey | None:
        """The shown slice first, then those of the other views, then the shown one's neighbors.

        Of the neighbors those in the direction that the user went last come first.
        """
        if self._current is not None and self._current != current:
            self._direction = direction_of(self._current, current)
        self._current = current
        for key in (current, *others, *neighbors(current, direction=self._direction)):
            if (key, circumstances) not in self._ready:
                return key
        return None
