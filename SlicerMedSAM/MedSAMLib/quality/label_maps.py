"""A segmentation in either of its forms, read slice by slice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import UsageError

Names = Mapping[int, str] | Sequence[str] | None


@dataclass(frozen=True, eq=False)
class LabelMap:
    """The segments of a volume, looked at in slices along one axis of the array.

    Attributes:
        array: (K, J, I) integers, 0 is background; or (C, K, J, I) bool, one segment a channel,
            which may overlap; channel 0 is label 1.
        array_axis: 0 (k), 1 (j) or 2 (i).
        numbers: the labels that are assessed, in ascending order.
        names: of each of them.
    """

    array: np.ndarray
    array_axis: int
    numbers: tuple[int, ...]
    names: dict[int, str]

    @property
    def is_one_hot(self) -> bool:
        """Whether the segments are channels, which may overlap."""
        return self.array.ndim == 4

    @property
    def slice_count(self) -> int:
        """How many slices there are along the axis."""
        return self.array.shape[self.array.ndim - 3 + self.array_axis]

    def masks(self, index: int) -> dict[int, np.ndarray]:
        """The masks (H, W) bool of the labels that are in slice `index`."""
        image = self.array.take(index, axis=self.array.ndim - 3 + self.array_axis)
        if self.is_one_hot:
            found = {number: image[number - 1] for number in self.numbers}
            return {number: mask for number, mask in found.items() if mask.any()}
        present = set(np.unique(image).tolist())
        return {number: image == number for number in self.numbers if number in present}

    def occupied_slices(self) -> list[int]:
        """The slices that hold anything of the labels, in ascending order."""
        if self.is_one_hot:
            inside = self.array[np.array(self.numbers, dtype=int) - 1].any(axis=0)
        else:
            inside = np.isin(self.array, self.numbers)
        others = tuple(axis for axis in range(3) if axis != self.array_axis)
        return np.flatnonzero(inside.any(axis=others)).tolist()


def as_label_map(
    labels: np.ndarray,
    grid: tuple[int, int, int],
    array_axis: int,
    names: Names = None,
    only_labels: Iterable[int] | None = None,
) -> LabelMap:
    """Check `labels` on the grid (K, J, I); 2-D forms lack the K. UsageError for what is no map."""
    array = np.asarray(labels)
    is_one_hot = array.ndim == len(grid) + 1 or array.shape[1:] == grid[-2:] != array.shape
    is_one_hot = is_one_hot and array.shape not in (grid, grid[-2:])
    array = _one_hot(array, grid) if is_one_hot else _whole_numbers(array).reshape(grid)
    present = range(1, len(array) + 1) if is_one_hot else _labels_of(array)
    numbers = _chosen(present, only_labels, is_one_hot)
    return LabelMap(array, array_axis, numbers, names_of(numbers, names))


def names_of(numbers: Iterable[int], names: Names) -> dict[int, str]:
    """The name of each label; a sequence of names begins with label 1."""
    known = names if isinstance(names, Mapping) else dict(enumerate(names or (), start=1))
    return {number: str(known.get(number, f"Label {number}")) for number in numbers}


def _labels_of(array: np.ndarray) -> list[int]:
    found = np.unique(array)
    if found.size and found[0] < 0:
        raise UsageError(
            f"Labels must be 0 (background) or positive; the segmentation has {found[0]}."
        )
    return [int(number) for number in found if number]


def _chosen(present: Iterable[int], only: Iterable[int] | None, is_one_hot: bool) -> tuple:
    present = tuple(present)
    if only is None:
        return present
    wanted = {int(number) for number in only}
    if is_one_hot and not wanted <= set(present):
        raise UsageError(f"There are only the segments 1 to {len(present)}.")
    if any(number <= 0 for number in wanted):
        raise UsageError("Only labels above 0 can be assessed: 0 is the background.")
    return tuple(sorted(wanted))


def _one_hot(array: np.ndarray, grid: tuple[int, int, int]) -> np.ndarray:
    array = array.reshape(len(array), *grid)
    if array.dtype != bool and not np.isin(array, (0, 1)).all():
        raise UsageError("Segments as channels must be masks of 0 and 1.")
    return array.astype(bool)


def _whole_numbers(array: np.ndarray) -> np.ndarray:
    if array.dtype.kind in "bui":
        return array.astype(np.uint8) if array.dtype == bool else array
    if array.dtype.kind != "f":
        raise UsageError(f"Labels must be whole numbers, not {array.dtype}.")
    if not np.isfinite(array).all() or (array != np.rint(array)).any():
        raise UsageError("Labels must be whole numbers: a probability map is no segmentation.")
    return array.astype(np.int32)
