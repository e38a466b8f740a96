"""One image with its reference masks, as every reader of a data set yields it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Window = Literal["auto"] | tuple[float, float]

MIN_OBJECT_PIXELS = 10


@dataclass(frozen=True, eq=False)
class Sample:
    """An image, the masks of the objects on it, and what the bootstrap must know of it.

    image: (H, W) of any number type, or (H, W, 3) uint8.
    masks: (N, H, W) bool. A reader that did not mark the object gives an all-false mask.
    ids: N names, one a mask, unique within the set.
    group: what is resampled as one by the bootstrap, the patient wherever the data tell it.
    spacing: (row, column) in mm, or None where the data do not tell it.
    window: how the image becomes 8-bit, "auto" or (center, width).
    """

    image: NDArray
    masks: NDArray[np.bool_]
    ids: tuple[str, ...]
    group: str
    spacing: tuple[float, float] | None = None
    window: Window = "auto"

    def __post_init__(self) -> None:
        if self.masks.shape != (len(self.ids), *self.image.shape[:2]):
            raise ValueError(
                f"masks {self.masks.shape} do not fit {len(self.ids)} ids and "
                f"an image {self.image.shape}"
            )

    def non_empty(self) -> Sample | None:
        """The sample without its all-false masks, None where nothing is left."""
        keep = self.masks.any(axis=(1, 2))
        if keep.all() and len(keep):
            return self
        if not keep.any():
            return None
        ids = tuple(name for name, kept in zip(self.ids, keep, strict=True) if kept)
        return replace(self, masks=self.masks[keep], ids=ids)


def labels_to_masks(
    labels: NDArray, wanted: Iterable[int], min_pixels: int = MIN_OBJECT_PIXELS
) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """Yield (label, mask) of each wanted label with at least `min_pixels` pixels on a slice."""
    for label in wanted:
        mask = labels == label
        if np.count_nonzero(mask) >= min_pixels:
            yield label, mask
