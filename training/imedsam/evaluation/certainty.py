"""Whether the uncertainty means something: where the errors are, and calibration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from MedSAMLib.implicit.rendering import Rendered, RenderSettings
from MedSAMLib.implicit.selection import most_uncertain
from MedSAMLib.prompts import loosened_box
from training.imedsam.evaluation.cases import Case
from training.imedsam.evaluation.measuring import Fit, mean_fit
from training.imedsam.evaluation.methods import boxes_on
from training.imedsam.predicting import predict

SHARES = (0.01, 0.02, 0.05, 0.125, 0.25)
# The paper's Table 7, asked of one trained network: nothing is trained again.
REFINED_SHARES = (0.03125, 0.0625, 0.125, 0.25, 0.5)
BINS = 15
# Calibration is told near the object: far from it every pixel is right and sure of it.
NEARBY = 0.2


@dataclass(frozen=True)
class Certainty:
    """Of one case: the share of the errors among the most uncertain pixels, by SHARES; the share
    among the refined ones; counts, sums of probability and of truth (3, BINS) for calibration."""

    captured: tuple[float, ...]
    in_refined: float
    bins: NDArray[np.float64]


def choosers(seed: int) -> dict[str, tuple[float, Callable]]:
    """Ways to refine: their share of the pixels, and how these are chosen."""
    return {
        "nothing": (0.0, most_uncertain),
        "random 12.5 %": (0.125, partial(random_points, seed=seed)),
        **{f"uncertain {100 * share:g} %": (share, most_uncertain) for share in REFINED_SHARES},
        "everything": (1.0, _everything),
    }


def random_points(uncertainty: NDArray, share: float, seed: int = 0) -> NDArray[np.int64]:
    """As many points, drawn without looking at the uncertainty."""
    rng = np.random.default_rng(seed)
    count = round(share * uncertainty.size)
    return np.sort(rng.choice(uncertainty.size, size=count, replace=False))


def refinement_fits(network, case: Case, seed: int) -> dict[str, Fit]:
    """The fit of a case for every way to refine, with the oracle box."""
    boxes = boxes_on(case.image, case.boxes("oracle", seed), case)
    coarse = predict(network, case.image, boxes, case.shape, RenderSettings(0.0, seed=seed))
    fine = predict(
        network, case.image, boxes, case.shape, RenderSettings(1.0, seed=seed), choose=_everything
    )
    fits = {}
    for name, (share, choose) in choosers(seed).items():
        # A point's refined answer does not depend on which others were refined with it.
        pairs = zip(coarse, fine, strict=True)
        masks = [_mixed(c, f, choose(c.uncertainty.ravel(), share)) for c, f in pairs]
        fits[name] = mean_fit(masks, case.masks)
    return fits


def _everything(uncertainty: NDArray, share: float) -> NDArray[np.int64]:
    return np.arange(uncertainty.size)


def _mixed(coarse: Rendered, fine: Rendered, chosen: NDArray[np.int64]) -> NDArray[np.bool_]:
    """The mask that is refined at the chosen points and coarse elsewhere."""
    probability = coarse.probability.ravel().copy()
    probability[chosen] = fine.probability.ravel()[chosen]
    return (probability > 0.5).reshape(coarse.probability.shape)


def certainty(network, case: Case, seed: int) -> Certainty:
    """What the uncertainty of a case's first object tells of its errors, with the oracle box."""
    boxes = case.boxes("oracle", seed)
    settings = RenderSettings(refine=network.config.refine, seed=seed)
    found = predict(network, case.image, boxes_on(case.image, boxes, case), case.shape, settings)[0]
    return certainty_of(found, case.masks[0], boxes[0])


def certainty_of(found: Rendered, truth: NDArray, box: NDArray) -> Certainty:
    """From one rendering; without any error NaN, which means leave out."""
    wrong = ((found.probability > 0.5) != truth).ravel()
    order = np.argsort(-found.uncertainty.ravel(), kind="stable")
    caught = np.cumsum(wrong[order])
    errors = max(1, int(wrong.sum()))
    at = [max(1, round(share * wrong.size)) - 1 for share in SHARES]
    nothing = float("nan") if not wrong.any() else 1.0
    return Certainty(
        captured=tuple(float(caught[index] / errors * nothing) for index in at),
        in_refined=float(wrong[found.refined.ravel()].sum() / errors * nothing),
        bins=_bins(found.probability, truth, box),
    )


def _bins(probability: NDArray, truth: NDArray, box: NDArray) -> NDArray[np.float64]:
    x0, y0, x1, y1 = np.rint(loosened_box(box, NEARBY, truth.shape)).astype(int)
    near = (slice(y0, y1), slice(x0, x1))
    p, t = probability[near].ravel().astype(float), truth[near].ravel()
    index = np.minimum((p * BINS).astype(int), BINS - 1)
    return np.stack([np.bincount(index, w, BINS) for w in (None, p, t)]).astype(float)


def expected_calibration_error(bins: Sequence[NDArray]) -> float:
    """Mean distance of probability and frequency over BINS equal bins, weighed by pixels."""
    counts, told, true = np.sum(bins, axis=0)
    used = counts > 0
    return float(np.abs(told[used] - true[used]).sum() / counts.sum())
