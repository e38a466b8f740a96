"""What refinement would give if it knew the truth, by where it is asked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from MedSAMLib.implicit.rendering import Rendered, RenderSettings
from MedSAMLib.implicit.selection import most_uncertain
from training.imedsam.evaluation.cases import Case
from training.imedsam.evaluation.certainty import random_points
from training.imedsam.evaluation.measuring import Fit, mean_fit
from training.imedsam.evaluation.methods import boxes_on
from training.imedsam.predicting import predict

SHARES = (0.03125, 0.125)
REACHES = (1, 2, 4, 8)  # pixels of the truth


def ceiling(network, case: Case, seed: int) -> dict[str, Fit]:
    """The fit of a case's coarse masks, oracle boxes, with the truth in their place at some
    pixels: the most uncertain or random ones, or those within a distance of the boundary."""
    boxes = boxes_on(case.image, case.boxes("oracle", seed), case)
    settings = RenderSettings(refine=0.0, seed=seed)
    found = predict(network, case.image, boxes, case.shape, settings)
    chosen = [_places(each, seed) for each in found]
    fits = {}
    for way in chosen[0]:
        masks = [
            np.where(places[way], truth, each.probability > 0.5)
            for each, places, truth in zip(found, chosen, case.masks, strict=True)
        ]
        fits[way] = mean_fit(masks, case.masks)
    return fits


def _places(found: Rendered, seed: int) -> dict[str, NDArray[np.bool_]]:
    """By name, where the truth is put: (H, W) each."""
    uncertainty = found.uncertainty.ravel()
    places = {"nowhere": np.zeros(found.probability.shape, bool)}
    for share in SHARES:
        told = f"{100 * share:g} % of the pixels"
        places[f"random {told}"] = _at(random_points(uncertainty, share, seed), found)
        places[f"most uncertain {told}"] = _at(most_uncertain(uncertainty, share), found)
    distance = boundary_distance(found.probability > 0.5)
    for reach in REACHES:
        places[f"within {reach} px of the mask's boundary"] = distance <= reach
    return places


def _at(index: NDArray[np.int64], found: Rendered) -> NDArray[np.bool_]:
    places = np.zeros(found.probability.size, bool)
    places[index] = True
    return places.reshape(found.probability.shape)


def boundary_distance(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """How far each pixel's center is from the nearest one on the boundary's other side, (H, W);
    infinite where there is no boundary."""
    if mask.all() or not mask.any():
        return np.full(mask.shape, np.inf)
    inside, outside = (ndimage.distance_transform_edt(each) for each in (mask, ~mask))
    return np.where(mask, inside, outside)
