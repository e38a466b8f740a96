"""A starter that looks from close by, small enough for any test; its weights are random."""

from __future__ import annotations

import torch

from MedSAMLib.sam import EmbeddingCache
from MedSAMLib.sam.device import Choice
from MedSAMLib.sam.predictor import SamModel
from MedSAMLib.sam.starter import StarterConfig, build_starter


def tiny_starter() -> SamModel:
    """The same one each time."""
    torch.manual_seed(0)
    config = StarterConfig(
        stem_channels=(8, 8, 16), stem_blocks=(0, 0, 0), depth=1, heads=2, closer_share=0.2
    )
    return SamModel(
        build_starter(config),
        name="tiny",
        architecture="starter",
        model_id="t",
        choice=Choice(torch.device("cpu"), ""),
        cache=EmbeddingCache(),
    )
