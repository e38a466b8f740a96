"""Agreement with the judge's alternative masks, and of these with each other.

Where a network that may answer several times (SeqSAM, arXiv 2503.09797) answers differently each
time, the image does not tell what is right, and a segmentation is the more often wrong: the
disagreement of candidates alone ranks failures (SetPlanner; spec section 4).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .agreement import Agreement

if TYPE_CHECKING:
    from ..hypotheses import Hypotheses
    from ..sam.embedding import Embedding
    from ..sam.predictor import SamModel


@dataclass(frozen=True)
class Spread:
    """What M masks say about an object.

    Attributes:
        agreement: mean agreement of the object with the masks, 0..1.
        disagreement: of the masks with each other, mean pairwise 1 - IoU, 0..1.
    """

    agreement: float
    disagreement: float

    @property
    def score(self) -> float:
        """One number, 0..1: agreement counts for less where the masks contradict each other."""
        return self.agreement * (1 - self.disagreement)


NO_SPREAD = Spread(math.nan, math.nan)


def object_spread(
    model: SamModel,
    embedding: Embedding,
    mask: np.ndarray,
    box: np.ndarray,
    count: int,
    seed: int,
    measure: Agreement,
) -> Spread:
    """Ask `model` for `count` masks of the box; nan where the model has no hypotheses."""
    if not hasattr(model, "hypotheses"):
        return NO_SPREAD
    found = model.hypotheses(embedding, box=np.asarray(box, float), count=count, seed=seed)
    return spread_of(mask, found, measure)


def spread_of(mask: np.ndarray, hypotheses: Hypotheses, measure: Agreement) -> Spread:
    """The spread of an object (H, W) against hypotheses on the same image."""
    agreements = [measure(mask, each) for each in hypotheses.masks]
    return Spread(float(np.mean(agreements)), float(hypotheses.disagreement))
