"""One number of several readings of an object.

A weighted mean of the readings that were taken; one that was not weighs nothing. The weights are
those of `WEIGHTS`; `training/sqasam` fits them, and says on what.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

# The learned judge against the two agreements half and half; the further readings as much as one
# of these. The promptable judge's confidence is told of its own mask, not of the object, and stays
# out of it.
WEIGHTS: dict[str, float] = {
    "dice_point": 1.0,
    "dice_box": 1.0,
    "jitter": 1.0,
    "spread": 1.0,
    "learned": 2.0,
    "confidence": 0.0,
}


def combined(readings: Mapping[str, float], weights: Mapping[str, float] = WEIGHTS) -> float:
    """The weighted mean, 0..1, of the readings that are numbers; nan where none has a weight."""
    taken = {
        name: weights[name]
        for name, value in readings.items()
        if weights.get(name, 0) > 0 and not math.isnan(value)
    }
    if not taken:
        return math.nan
    total = sum(readings[name] * weight for name, weight in taken.items())
    return total / sum(taken.values())
