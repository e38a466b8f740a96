"""The weights that a training of the starter begins with."""

from __future__ import annotations

from pathlib import Path

import torch

from MedSAMLib.sam.backbone import Sam
from MedSAMLib.sam.checkpoint_files import read_checkpoint
from MedSAMLib.sam.pyramid_stem import PyramidStem
from MedSAMLib.sam.starter import StarterConfig, build_starter
from training.starter.pretrained import load_trunk


def first_weights(config: StarterConfig, begin: Path | None = None) -> Sam:
    """A network of this shape: random weights, a pyramid's trunk pretrained, and from the file
    `begin` every tensor whose name and shape it shares."""
    sam = build_starter(config)
    if isinstance(sam.image_encoder.patch_embed, PyramidStem):
        load_trunk(sam.image_encoder.patch_embed.trunk)
    if begin is not None:
        _take_over(sam, read_checkpoint(begin).tensors)
    return sam


def pretrained_parameters(sam: Sam) -> list[torch.nn.Parameter]:
    """Those of a pretrained trunk; none if the network has no such part."""
    stem = sam.image_encoder.patch_embed
    return list(stem.trunk.parameters()) if isinstance(stem, PyramidStem) else []


def _take_over(sam: Sam, weights: dict[str, torch.Tensor]) -> None:
    own = sam.state_dict()
    fitting = {k: v for k, v in weights.items() if k in own and own[k].shape == v.shape}
    sam.load_state_dict(fitting, strict=False)
