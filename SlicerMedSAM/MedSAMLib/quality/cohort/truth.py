"""Real Dice, where the true labels are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...errors import MedSAMError
from ...metrics import dice
from .segmentation_file import Segmentation


@dataclass(frozen=True)
class TrueDice:
    """Dice of a segmentation with the truth.

    Attributes:
        segments: label -> Dice of the whole segment, of all labels that either has.
        slices: (label, slice) -> Dice in the slice, where the segmentation has the label.
        missed: names of true segments of which the segmentation has nothing (their Dice is 0).
    """

    segments: Mapping[int, float] = field(default_factory=dict)
    slices: Mapping[tuple[int, int], float] = field(default_factory=dict)
    missed: tuple[str, ...] = ()

    @property
    def mean(self) -> float:
        """Over the segments; nan where there is none."""
        return float(np.mean(list(self.segments.values()))) if self.segments else float("nan")

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "segments": {str(label): value for label, value in self.segments.items()},
            "slices": [[label, index, value] for (label, index), value in self.slices.items()],
            "missed": list(self.missed),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> TrueDice:
        """The inverse of `to_dict`."""
        return cls(
            segments={int(label): float(v) for label, v in values["segments"].items()},
            slices={(int(a), int(b)): float(v) for a, b, v in values["slices"]},
            missed=tuple(str(name) for name in values["missed"]),
        )


def true_dice(
    given: Segmentation, truth: Segmentation, array_axis: int, only: tuple[int, ...] | None = None
) -> TrueDice:
    """Compare segments of the same name, or of the same number where either has no names.

    Both on one grid; only: the labels of `given` that are looked at. MedSAMError where no true
    segment belongs to any given one.
    """
    mine, true = _masks(given, only), _masks(truth)
    pairs = _pairs(given, truth, mine, true)
    if true and mine and not any(label in mine and other in true for label, other in pairs):
        raise MedSAMError("The truth has none of the segments: neither names nor numbers agree.")
    nothing = np.zeros(given.layers.shape[1:], dtype=bool)
    segments: dict[int, float] = {}
    slices: dict[tuple[int, int], float] = {}
    missed = []
    for label, other in pairs:
        prediction, reference = mine.get(label, nothing), true.get(other, nothing)
        segments[label] = dice(prediction, reference)
        if not prediction.any():
            missed.append(truth.names.get(other, f"Label {other}"))
        for index in _occupied(prediction, array_axis):
            parts = (each.take(index, axis=array_axis) for each in (prediction, reference))
            slices[label, index] = dice(*parts)
    return TrueDice(segments, slices, tuple(missed))


def _masks(found: Segmentation, only: tuple[int, ...] | None = None) -> dict[int, np.ndarray]:
    """Label -> mask, of segments that hold anything."""
    if found.entries is None:
        numbers = [int(number) for number in np.unique(found.layers[0]) if number]
        masks = {number: found.layers[0] == number for number in numbers}
    else:
        masks = {each.label: found.layers[each.layer] == each.value for each in found.entries}
    return {
        label: mask
        for label, mask in masks.items()
        if mask.any() and (only is None or label in only)
    }


def _pairs(given: Segmentation, truth: Segmentation, mine: dict, true: dict) -> list:
    """(label of the given, label of the truth) that belong together.

    A true segment that the segmentation does not have is known by a negative number if its own
    would be taken for another's.
    """
    if not (given.names and truth.names):
        return [(label, label) for label in sorted({*mine, *true})]
    by_name = {name.casefold(): label for label, name in truth.names.items() if label in true}
    pairs = [
        (label, by_name.pop(given.names[label].casefold(), 0))  # 0: background, no segment
        for label in sorted(mine)
    ]
    return pairs + [(-label, label) for label in sorted(by_name.values())]


def _occupied(mask: np.ndarray, array_axis: int) -> list[int]:
    others = tuple(axis for axis in range(3) if axis != array_axis)
    return np.flatnonzero(mask.any(axis=others)).tolist()
