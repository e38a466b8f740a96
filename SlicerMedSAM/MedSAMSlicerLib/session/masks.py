"""The masks that the network gave for prompts, kept so that undo and redo need no network."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from .ports import ModelChoice, ShownMask, Window
from .prompts import SliceKey, Target, Targets

# More than anybody undoes, and more than the lesions of one slice.
LIMIT = 300


@dataclass(frozen=True)
class Circumstances:
    """What a mask depends on beside its prompts."""

    model: ModelChoice | None
    window: Window


@dataclass(frozen=True, eq=False)
class _Bits:
    """A mask with eight pixels in a byte."""

    bits: np.ndarray
    shape: tuple[int, int]

    @classmethod
    def of(cls, mask: np.ndarray) -> _Bits:
        return cls(np.packbits(mask), mask.shape)

    @property
    def mask(self) -> np.ndarray:
        height, width = self.shape
        return np.unpackbits(self.bits, count=height * width).reshape(self.shape).view(bool)


@dataclass
class MaskBook:
    """Masks by prompts and circumstances."""

    _masks: dict[tuple[Target, Circumstances], _Bits] = field(default_factory=dict)

    def missing(self, targets: Targets, circumstances: Circumstances) -> Targets:
        """The targets that the network has to be asked for."""
        return tuple(
            target
            for target in targets
            if target.can_be_segmented and (target, circumstances) not in self._masks
        )

    def keep(
        self, targets: Targets, circumstances: Circumstances, masks: Iterable[np.ndarray]
    ) -> None:
        """Keep the network's answers."""
        for target, mask in zip(targets, masks, strict=True):
            self._masks[target, circumstances] = _Bits.of(mask)
        while len(self._masks) > LIMIT:
            del self._masks[next(iter(self._masks))]

    def of(self, targets: Targets, circumstances: Circumstances) -> list[ShownMask]:
        """The masks of the targets that have one, in their order."""
        found = ((target.slice, self._masks.get((target, circumstances))) for target in targets)
        return [ShownMask(key, bits.mask) for key, bits in found if bits is not None]

    def clear(self) -> None:
        """Forget all."""
        self._masks.clear()


def joined(masks: Iterable[ShownMask]) -> dict[SliceKey, np.ndarray]:
    """One mask a slice: the union of those that lie in it."""
    by_slice: dict[SliceKey, np.ndarray] = {}
    for shown in masks:
        known = by_slice.get(shown.slice)
        by_slice[shown.slice] = shown.mask if known is None else known | shown.mask
    return by_slice
