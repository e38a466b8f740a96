"""The Dice that a small network, trained on erroneous masks, expects of a segmentation.

SQA-SAM asks whether a promptable network draws the same outline again; this judge asks what is to
be seen there at all. From the backbone's embedding of the image and the segmentation it makes a map
of the probability that a pixel belongs to what was meant (`judge_network.py`). The expected Dice of
the whole follows from it, and that of every object from the part of the map that is nearest to it.

It belongs to one backbone, whose embedding it reads; other backbones have none. It is trained by
`python -m training.sqasam.train_judge`; the model card beside the weights tells on what.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from scipy import ndimage

from ..errors import MedSAMError
from ..sam.catalogue import bundled_folder
from ..sam.checkpoint_files import read_checkpoint
from ..sam.checksums import sha256_of
from .judge_network import FINENESS, JudgeNetwork, expected_dice

if TYPE_CHECKING:
    from pathlib import Path

    from ..sam.embedding import Embedding
    from ..sam.predictor import SamModel

KIND = "judge"
FILENAME = "starter-judge.safetensors"
# The training script prints both for new weights; a test compares them with the file.
SHA256 = "348bb43b57437be813c276bf6a8c73528a63cc5a005e41f90860b86b4582d518"
BYTES = 131_026
# An object answers for the map up to this multiple of its length (root of its area) around it.
REACH = 0.5


@dataclass(frozen=True, eq=False)
class Verdict:
    """What the judge expects of one segmentation.

    Attributes:
        dice: of the whole, 0..1; nan for an empty one.
        expected: the same by the map alone, without the network's own correction.
        objects: of each object given, 0..1.
        probability: (4g, 4g) float32 on the network's square: belongs to what was meant.
    """

    dice: float
    expected: float
    objects: tuple[float, ...]
    probability: np.ndarray


class LearnedJudge:
    """A judge for the embeddings of one backbone. Safe to share between threads."""

    def __init__(self, network: JudgeNetwork, model_id: str) -> None:
        self.network = network.eval()
        self.model_id = model_id

    @torch.inference_mode()
    def verdict(
        self, embedding: Embedding, mask: np.ndarray, objects: Sequence[np.ndarray] = ()
    ) -> Verdict:
        """Judge a segmentation, a bool mask (H, W), and its `objects`, masks (H, W) of parts."""
        features = embedding.features.float().cpu()
        side = FINENESS * features.shape[-1]
        inside = _on_square(np.ones(embedding.original_size, bool), embedding, side)
        shares = _on_square(mask, embedding, side)
        logits, dice = self.network(features, shares[None], inside[None])
        probability = torch.sigmoid(logits[0]) * inside
        expected = float(expected_dice(probability, shares))
        return Verdict(
            dice=float(dice[0]) if mask.any() else math.nan,
            expected=expected if mask.any() else math.nan,
            objects=self._of_objects(embedding, objects, probability),
            probability=probability.numpy(),
        )

    def _of_objects(self, embedding, objects, probability) -> tuple[float, ...]:
        if not objects:
            return ()
        shares = [_on_square(each, embedding, probability.shape[-1]) for each in objects]
        return tuple(
            float(expected_dice(probability * torch.as_tensor(part), share))
            for part, share in zip(_territories(shares), shares, strict=True)
        )


def learned_judge(model: SamModel) -> LearnedJudge | None:
    """The judge that comes with SlicerMedSAM for a model; None if it is for another one.

    MedSAMError if its file is damaged.
    """
    path = bundled_folder() / FILENAME
    if not SHA256 or not path.is_file():
        return None
    judge = _bundled(path)
    return judge if judge.model_id == model.model_id else None


@lru_cache(maxsize=1)
def _bundled(path: Path) -> LearnedJudge:
    if sha256_of(path) != SHA256:
        raise MedSAMError(f"{path} is damaged: install SlicerMedSAM again.")
    return load_judge(path)


def load_judge(path: Path) -> LearnedJudge:
    """The judge in a safetensors file; MedSAMError if it holds something else."""
    checkpoint = read_checkpoint(path)
    if checkpoint.metadata.get("kind") != KIND:
        raise MedSAMError(f"{path} is not a judge of SlicerMedSAM.")
    network = JudgeNetwork()
    try:
        network.load_state_dict({n: t.float() for n, t in checkpoint.tensors.items()})
    except RuntimeError as error:
        raise MedSAMError(f"{path} is a judge of another version of SlicerMedSAM.") from error
    return LearnedJudge(network, checkpoint.metadata.get("model_id", ""))


def _on_square(mask: np.ndarray, embedding: Embedding, side: int) -> torch.Tensor:
    """Shares 0..1 of a mask (H, W) on the network's square input, reduced to `side` pixels."""
    pixels = torch.as_tensor(np.asarray(mask, dtype=np.float32))[None, None]
    scaled = F.interpolate(pixels, embedding.input_size, mode="bilinear", antialias=True)
    height, width = embedding.input_size
    square = max(height, width)
    padded = F.pad(scaled, (0, square - width, 0, square - height))
    return F.interpolate(padded, (side, side), mode="area")[0, 0]


def _territories(shares: Sequence[torch.Tensor]) -> list[np.ndarray]:
    """For each object the pixels nearer to it than to the others, and not far from it."""
    distances = np.stack([_distance(share.numpy()) for share in shares])
    nearest = distances.argmin(axis=0)
    reaches = [REACH * math.sqrt(max(float(share.sum()), 1.0)) for share in shares]
    return [
        ((nearest == number) & (distance <= reach)).astype(np.float32)
        for number, (distance, reach) in enumerate(zip(distances, reaches, strict=True))
    ]


def _distance(share: np.ndarray) -> np.ndarray:
    """Pixels to an object, which is at least its fullest pixel."""
    return ndimage.distance_transform_edt(share < min(0.5, float(share.max())))
