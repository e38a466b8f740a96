"""M masks for one prompt and what they tell together. NumPy, SciPy and SimpleITK only."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError
from ..metrics.ambiguity import pairwise_iou
from . import consensus, selection


@dataclass(frozen=True, eq=False)
class Hypotheses:
    """M plausible masks for one prompt. Everything derived is computed once, when asked for.

    Attributes:
        masks: (M, H, W) bool, in the order of generation.
        logits: (M, h, w) float32, at the decoder's own resolution.
        scores: (M,) float32, the model's own predicted intersection over union.
        method: how they were made ("seqsam", "multimask", "perturbation"); shown to the user.

    Raises UsageError for no mask at all and for arrays that do not belong together.
    """

    masks: NDArray[np.bool_]
    logits: NDArray[np.float32]
    scores: NDArray[np.float32]
    method: str

    def __post_init__(self) -> None:
        if self.masks.ndim != 3 or not len(self.masks) or self.masks.dtype != bool:
            raise UsageError(f"Hypotheses are masks (M, H, W) of bool, not {self.masks.shape}.")
        if not len(self.masks) == len(self.logits) == len(self.scores):
            raise UsageError(
                f"{len(self.masks)} hypotheses came with {len(self.logits)} maps of logits "
                f"and {len(self.scores)} scores."
            )

    def __len__(self) -> int:
        return len(self.masks)

    @cached_property
    def iou(self) -> NDArray[np.float64]:
        """(M, M) intersection over union of every mask with every other."""
        return pairwise_iou(self.masks, self.masks)

    @cached_property
    def areas(self) -> NDArray[np.int64]:
        """(M,) pixels of each mask."""
        return self.masks.sum(axis=(1, 2))

    @cached_property
    def agreement(self) -> NDArray[np.float32]:
        """(H, W) share of the hypotheses that contain the pixel, 0..1."""
        return self.masks.mean(axis=0, dtype=np.float32)

    @cached_property
    def ranking(self) -> NDArray[np.intp]:
        """(M,) indices, best first: by mean IoU with the others; `ranking[0]` is the medoid."""
        return selection.ranking(self.iou)

    @property
    def medoid(self) -> int:
        """Index of the mask with the largest mean IoU with the others."""
        return int(self.ranking[0])

    @cached_property
    def disagreement(self) -> float:
        """Mean 1 - IoU over all pairs, 0..1; 0 for a single mask."""
        return selection.disagreement(self.iou)

    @cached_property
    def duplicates(self) -> NDArray[np.intp]:
        """(M,) index of the first mask that each one (nearly) equals, its own if none."""
        return selection.duplicates(self.iou)

    def consensus(self, rule: str = "majority") -> NDArray[np.bool_]:
        """One mask (H, W) of all: "majority", "union", "intersection" or "staple"."""
        return consensus.consensus(self.masks, rule)
