"""Choosing among alternatives: browsing, merging, accepting, and taking back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from MedSAMLib.errors import MedSAMError

from ..session.ports import ShownMask
from ..session.prompts import SliceKey, Targets
from .candidates import SliceSet
from .making import MakingSession
from .notes import NOTHING, Kind, Note
from .ports import Collaborators

__all__ = ["Collaborators", "HypothesesSession"]


@dataclass(frozen=True, eq=False)
class _Acceptance:
    """What is to be taken back with an accepted mask, and which prompts there were then."""

    set: SliceSet
    name: str
    row: object
    targets: Targets


class HypothesesSession(MakingSession):
    """What the user does with the alternatives of the shown slice."""

    def __init__(self, collaborators: Collaborators) -> None:
        super().__init__(collaborators)
        self.best_first = False
        self._acceptances: list[_Acceptance] = []

    def leave(self) -> None:
        """The module is left; from here on others may use the undo stack, too."""
        self._acceptances.clear()
        super().leave()

    # Choosing

    def browse(self, step: int) -> None:
        """Choose the next (1) or the previous (-1) candidate; the last is followed by the first."""
        current = self.current
        if current is not None:
            order = current.order(self.best_first)
            self.choose(order[(order.index(current.chosen) + step) % len(order)])

    def choose(self, index: int) -> None:
        """Choose the candidate of this index (from 0); a number that there is not means nothing."""
        current = self.current
        if current is None or not 0 <= index < len(current.candidates) or index == current.chosen:
            return
        current.chosen = index
        self._rearranged()

    def toggle_mark(self, index: int | None = None) -> None:
        """Mark the chosen alternative (or that of an index) for merging, or take its mark away."""
        current = self.current
        if current is None:
            return
        index = current.chosen if index is None else index
        if index < len(current.alternatives):
            current.marked ^= {index}
            self._rearranged()

    def merge(self, rule: str) -> None:
        """Make one mask of the marked alternatives."""
        current = self.current
        if current is None:
            return
        if len(current.marked) < 2:
            self._say(Note(Kind.MARK_TWO))
            return
        self._combine(current, current.marked, rule)

    def merge_all(self, rule: str) -> None:
        """Make one mask of all alternatives."""
        current = self.current
        if current is not None:
            self._combine(current, range(len(current.alternatives)), rule)

    def _combine(self, current: SliceSet, sources: Iterable[int], rule: str) -> None:
        current.combine(list(sources), rule)
        self._rearranged()

    def _rearranged(self) -> None:
        self.note = NOTHING
        self._changed_sets()
        self._advance()

    # Accepting

    @property
    def can_accept(self) -> bool:
        """Whether a mask is chosen that has any pixel."""
        current = self.current
        return current is not None and bool(current.candidate.mask.any())

    def accept(self) -> bool:
        """Write the chosen mask into the segment, and the choice into the table."""
        self._look()
        if not self.can_accept:
            return False
        current, target = self.current, self._with.target
        shown = ShownMask(current.slice, current.candidate.mask)
        if target.name in current.accepted and target.holds(shown):
            self._say(Note(Kind.ACCEPTED_ALREADY, target.name))
            return False
        try:
            sentence = target.write([shown], False)
        except MedSAMError as error:
            self._say(Note(Kind.TEXT, str(error)))
            return False
        row = self._with.book.add(current, current.candidate, target.reader)
        current.accepted.append(target.name)
        targets = self.history.targets
        self._acceptances.append(_Acceptance(current, target.name, row, targets))
        self._changed_sets()
        self._say(Note(Kind.TEXT, sentence))
        return True

    @property
    def can_undo(self) -> bool:
        """Whether a prompt or an accepted mask can be taken back."""
        return bool(self._acceptances) or self.history.can_undo

    def undo(self) -> None:
        """Take back the last prompt or the last accepted mask, whichever was later."""
        accepted = self._acceptances
        if accepted and (accepted[-1].targets == self.history.targets or not self.history.can_undo):
            self._take_back(accepted.pop())
        elif self.history.can_undo:
            before = self.history.targets
            self.history.undo()
            self._drawn(before)

    def _take_back(self, acceptance: _Acceptance) -> None:
        self._with.target.undo()
        self._with.book.remove(acceptance.row)
        if acceptance.name in acceptance.set.accepted:
            acceptance.set.accepted.remove(acceptance.name)
        self.note = NOTHING
        self._changed_sets()
        self.resume()

    def next_slice(self) -> SliceKey | None:
        """The nearest slice further on whose alternatives wait for a choice, from the last one
        on the first; None (and a note) if none waits.
        """
        here = self._key
        waiting = [key for key, each in self.sets.items() if not each.accepted and key != here]
        if not waiting:
            if self.note == NOTHING:
                self._say(Note(Kind.NO_MORE_SLICES))
            return None
        if here is None:
            return waiting[0]
        normal, origin = here.plane.normal, here.plane.affine[:3, 3]
        heights = {key: float(normal @ (key.plane.affine[:3, 3] - origin)) for key in waiting}
        further = [key for key in waiting if heights[key] > 0]
        return min(further or waiting, key=heights.__getitem__)

    def _forget_all(self) -> None:
        self._acceptances.clear()
        super()._forget_all()
