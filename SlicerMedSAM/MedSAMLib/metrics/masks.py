"""What every metric of two masks asks of its arguments."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from MedSAMLib.errors import UsageError


def as_mask_pair(
    prediction: ArrayLike, reference: ArrayLike
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return both masks as bool arrays of one shape; any non-zero value is inside.

    Raises UsageError where the shapes differ.
    """
    first, second = np.asarray(prediction, dtype=bool), np.asarray(reference, dtype=bool)
    if first.shape != second.shape:
        raise UsageError(f"The masks have different shapes, {first.shape} and {second.shape}.")
    return first, second
