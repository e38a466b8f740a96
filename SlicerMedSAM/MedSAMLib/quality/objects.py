"""The objects of a slice: connected components of each label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

_STRUCTURE = {4: ndimage.generate_binary_structure(2, 1), 8: np.ones((3, 3), dtype=bool)}


@dataclass(frozen=True, eq=False)
class SliceObject:
    """One connected component.

    Attributes:
        index: number within its label, from 0, in the order of the objects' first pixels.
        box: (x0, y0, x1, y1), exclusive end.
        inside: bool, the object within its box.
        shape: (H, W) of the slice.
    """

    index: int
    box: tuple[int, int, int, int]
    inside: np.ndarray
    shape: tuple[int, int]

    @property
    def area(self) -> int:
        """Pixels."""
        return int(np.count_nonzero(self.inside))

    @property
    def mask(self) -> np.ndarray:
        """(H, W) bool: the object alone in the whole slice."""
        mask = np.zeros(self.shape, dtype=bool)
        x0, y0, x1, y1 = self.box
        mask[y0:y1, x0:x1] = self.inside
        return mask


def find_objects(mask: np.ndarray, connectivity: int = 8) -> list[SliceObject]:
    """The connected components of a mask (H, W), with 4 or 8 neighbors a pixel."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return []
    top, left = int(rows[0]), int(columns[0])
    part = mask[top : rows[-1] + 1, left : columns[-1] + 1]  # an object is a small part of a slice
    numbered, _ = ndimage.label(part, structure=_STRUCTURE[connectivity])
    return [
        SliceObject(
            index=index,
            box=(left + x.start, top + y.start, left + x.stop, top + y.stop),
            inside=numbered[y, x] == index + 1,
            shape=mask.shape,
        )
        for index, (y, x) in enumerate(ndimage.find_objects(numbered))
    ]
