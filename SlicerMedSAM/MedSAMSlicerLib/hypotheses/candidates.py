"""The masks that can be accepted on a slice: the alternatives, and what was combined of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from MedSAMLib.hypotheses import Hypotheses
from MedSAMLib.hypotheses.consensus import consensus
from MedSAMLib.hypotheses.run_length import encode
from MedSAMLib.metrics import dice
from MedSAMLib.prompts import Prompts

from ..session.prompts import SliceKey
from .request import Request


@dataclass(frozen=True, eq=False)
class Candidate:
    """A mask (H, W) bool; `sources` are the alternatives (from 0) that it was made of.

    `rule` is "" for an alternative itself, else the rule of the consensus.
    """

    mask: np.ndarray
    sources: tuple[int, ...]
    rule: str = ""

    @property
    def number(self) -> str:
        """As the user counts them, from 1: "2", or "1+3" of a combination."""
        return "+".join(str(source + 1) for source in self.sources)


@dataclass(frozen=True)
class Facts:
    """What is told about a candidate beside its picture.

    area: in pixels. difference: 1 - Dice with the medoid. rank (from 1) and score (the network's
    own) are of alternatives alone; duplicateOf is the alternative (from 0) that it repeats.
    """

    area: int
    difference: float
    rank: int | None = None
    score: float | None = None
    duplicate_of: int | None = None


@dataclass(eq=False)
class SliceSet:
    """The alternatives of one slice, and what the user has done with them.

    chosen: index into `candidates`. marked: alternatives (from 0). accepted: names of the
    segments into which one was written.
    """

    slice: SliceKey
    prompts: Prompts
    request: Request
    model: str
    hypotheses: Hypotheses
    combined: list[Candidate] = field(default_factory=list)
    chosen: int = 0
    marked: set[int] = field(default_factory=set)
    accepted: list[str] = field(default_factory=list)

    @classmethod
    def of(
        cls, key: SliceKey, prompts: Prompts, request: Request, model: str, found: Hypotheses
    ) -> SliceSet:
        """A new set; the most typical alternative is chosen."""
        return cls(key, prompts, request, model, found, chosen=found.medoid)

    @cached_property
    def alternatives(self) -> tuple[Candidate, ...]:
        """One candidate for each mask of the network, in their order."""
        return tuple(Candidate(mask, (n,)) for n, mask in enumerate(self.hypotheses.masks))

    @cached_property
    def encoded(self) -> tuple[str, ...]:
        """The alternatives' masks as text, for tables and saved scenes."""
        return tuple(encode(mask) for mask in self.hypotheses.masks)

    @property
    def candidates(self) -> list[Candidate]:
        """The alternatives, then what was combined of them."""
        return [*self.alternatives, *self.combined]

    @property
    def candidate(self) -> Candidate:
        """The chosen one."""
        return self.candidates[self.chosen]

    def order(self, bestFirst: bool) -> list[int]:
        """Indices of the candidates as they are shown: combinations come last."""
        first = self.hypotheses.ranking.tolist() if bestFirst else range(len(self.alternatives))
        return [*first, *range(len(self.alternatives), len(self.candidates))]

    def facts(self, index: int) -> Facts:
        """What is told about the candidate of this index."""
        candidate, found = self.candidates[index], self.hypotheses
        area = int(np.count_nonzero(candidate.mask))
        difference = 1 - float(dice(candidate.mask, found.masks[found.medoid]))
        if candidate.rule:
            return Facts(area, difference)
        first = int(found.duplicates[index])
        return Facts(
            area,
            difference,
            rank=found.ranking.tolist().index(index) + 1,
            score=float(found.scores[index]),
            duplicate_of=None if first == index else first,
        )

    def combine(self, sources: Sequence[int], rule: str) -> Candidate:
        """Add the consensus of some alternatives, and choose it; the same is added once."""
        sources = tuple(sorted(sources))
        known = [(each.sources, each.rule) for each in self.combined]
        if (sources, rule) not in known:
            masks = self.hypotheses.masks[list(sources)]
            self.combined.append(Candidate(consensus(masks, rule), sources, rule))
            known.append((sources, rule))
        self.chosen = len(self.alternatives) + known.index((sources, rule))
        return self.candidate

    def is_for(self, prompts: Prompts) -> bool:
        """Whether these are the prompts that the alternatives were made for."""
        mine, other = self.prompts, prompts
        pairs = ((mine.box, other.box), (mine.points, other.points), (mine.labels, other.labels))
        return all(_same(a, b) for a, b in pairs)


def _same(a: np.ndarray | None, b: np.ndarray | None) -> bool:
    if a is None or b is None:
        return a is b
    return np.shape(a) == np.shape(b) and bool(np.allclose(a, b))
