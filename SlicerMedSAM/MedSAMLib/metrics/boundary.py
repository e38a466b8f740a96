"""Distances between the boundaries of two masks: HD95, ASSD and surface Dice, in mm.

The boundary of a mask is the set of the centers of its elements that have a face
neighbor outside it (mask minus its erosion by the cross of 4 neighbors in 2-D, 6 in
3-D); an element at the edge of the image has a neighbor outside. Distances are
Euclidean, from each boundary element of one mask to the nearest of the other. This is
MONAI's convention (`compute_hausdorff_distance`, `compute_average_surface_distance`,
`compute_surface_dice` without sub-voxels), every element counting the same; the
implementation of DeepMind's surface-distance, which weighs surface elements by their
area, gives slightly other values.

Two empty masks have distance 0 and surface Dice 1. Where one alone is empty, the
distance is the diagonal of the image in mm, which no distance on it exceeds, and the
surface Dice is 0. (MONAI gives NaN or infinity there, which a mean cannot take.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from MedSAMLib.errors import UsageError
from MedSAMLib.metrics.masks import as_mask_pair


@dataclass(frozen=True, eq=False)
class SurfaceDistances:
    """Distances in mm between two boundaries, from which all the scores follow.

    from_prediction: of each boundary element of the prediction to the reference.
    from_reference: of each boundary element of the reference to the prediction.
    diagonal: of the image; what a distance to nothing counts as.
    """

    from_prediction: NDArray[np.float64]
    from_reference: NDArray[np.float64]
    diagonal: float

    def hausdorff(self, percentile: float = 95.0) -> float:
        """The greater of the two directed `percentile` distances (100: Hausdorff distance)."""
        if self._one_is_empty:
            return self.diagonal
        both = (self.from_prediction, self.from_reference)
        return max(float(np.percentile(d, percentile)) if d.size else 0.0 for d in both)

    def average(self) -> float:
        """Average symmetric surface distance: the mean over both boundaries' elements."""
        if self._one_is_empty:
            return self.diagonal
        distances = np.concatenate((self.from_prediction, self.from_reference))
        return float(distances.mean()) if distances.size else 0.0

    def surface_dice(self, tolerance: float) -> float:
        """Share of both boundaries' elements within `tolerance` mm of the other boundary."""
        if self._one_is_empty:
            return 0.0
        distances = np.concatenate((self.from_prediction, self.from_reference))
        return float(np.mean(distances <= tolerance)) if distances.size else 1.0

    @property
    def _one_is_empty(self) -> bool:
        return bool(self.from_prediction.size) != bool(self.from_reference.size)


def hausdorff95(
    prediction: ArrayLike, reference: ArrayLike, spacing: Sequence[float] | None = None
) -> float:
    """95th percentile Hausdorff distance in mm (the greater of both directions)."""
    return surface_distances(prediction, reference, spacing).hausdorff(95.0)


def assd(
    prediction: ArrayLike, reference: ArrayLike, spacing: Sequence[float] | None = None
) -> float:
    """Average symmetric surface distance in mm."""
    return surface_distances(prediction, reference, spacing).average()


def surface_dice(
    prediction: ArrayLike,
    reference: ArrayLike,
    tolerance: float,
    spacing: Sequence[float] | None = None,
) -> float:
    """Normalized surface Dice at a tolerance in mm (Nikolov et al., arXiv 1809.04430)."""
    if not tolerance >= 0:
        raise UsageError(f"The tolerance must be a distance of 0 mm or more, not {tolerance}.")
    return surface_distances(prediction, reference, spacing).surface_dice(tolerance)


def surface_distances(
    prediction: ArrayLike, reference: ArrayLike, spacing: Sequence[float] | None = None
) -> SurfaceDistances:
    """Measure the boundaries of two masks of one shape, 2-D or 3-D, against each other.

    spacing: in mm, in the order of the array's axes (k, j, i for a volume); None is 1
    everywhere, so that distances are in pixels. Where a mask is empty, the other one's
    distances are infinite.
    """
    predicted, true = as_mask_pair(prediction, reference)
    step = _checked_spacing(spacing, predicted.ndim)
    diagonal = float(np.linalg.norm(step * predicted.shape))
    box = _bounding_box(predicted | true)
    predicted_edge, true_edge = _boundary(predicted[box]), _boundary(true[box])
    return SurfaceDistances(
        from_prediction=_distances(predicted_edge, true_edge, step),
        from_reference=_distances(true_edge, predicted_edge, step),
        diagonal=diagonal,
    )


def _checked_spacing(spacing: Sequence[float] | None, dimensions: int) -> NDArray[np.float64]:
    step = np.ones(dimensions) if spacing is None else np.asarray(spacing, dtype=float)
    if step.shape != (dimensions,):
        raise UsageError(f"A mask of {dimensions} dimensions needs {dimensions} spacings in mm.")
    if not (np.isfinite(step).all() and (step > 0).all()):
        raise UsageError(f"Spacings must be positive numbers of mm, not {step.tolist()}.")
    return step


def _bounding_box(mask: NDArray[np.bool_]) -> tuple[slice, ...]:
    """The smallest box around a mask: outside it no element and no distance matters."""
    boxes = ndimage.find_objects(mask.astype(np.uint8), max_label=1)
    return boxes[0] if boxes and boxes[0] is not None else (slice(0, 0),) * mask.ndim


def _boundary(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return mask & ~ndimage.binary_erosion(mask)


def _distances(
    start: NDArray[np.bool_], goal: NDArray[np.bool_], step: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Distance of each element of `start` to the nearest of `goal`, infinite if none."""
    if not goal.any():
        return np.full(np.count_nonzero(start), np.inf)
    if not start.any():
        return np.empty(0)
    return ndimage.distance_transform_edt(~goal, sampling=step)[start]
