"""Turn a checkpoint file into the network that its weights belong to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from ..errors import MedSAMError
from ..json_text import shape_of_network
from .backbone import Sam, sam_model_registry
from .catalogue import MOBILE_SAM_REFUSAL
from .checkpoint_files import Checkpoint, read_checkpoint

if TYPE_CHECKING:
    from .starter import StarterConfig

MOST_BLOCKS = 64
CONFIG = "config"  # metadata of a starter network: its shape as JSON
# The weights outside these parts are heads of SlicerMedSAM's methods, which load them themselves.
PARTS = ("image_encoder.", "prompt_encoder.", "mask_decoder.")
PATCH_EMBEDDING = "image_encoder.patch_embed.proj.weight"
ENCODER_WIDTHS = {768: "vit_b", 1024: "vit_l", 1280: "vit_h"}

# How the name of a weight begins that only the network in question has, and how to call it.
FOREIGN = (
    ("image_encoder.trunk.", "a SAM 2 checkpoint, which is another network than SAM"),
    ("memory_attention.", "a SAM 2 checkpoint, which is another network than SAM"),
    ("vision_encoder.layers.", "a SAM checkpoint in Hugging Face's naming; take the original .pth"),
    ("layer1.0.conv1.weight", "a ResNet, which is not a segmentation network of the SAM family"),
    ("base_model.model.", "a set of LoRA adapters, without the network that they adapt"),
)
TINY_VIT = "image_encoder.patch_embed.seq."


def load_sam(path: Path) -> tuple[Sam, str]:
    """The network in evaluation mode, float32, on the CPU, and its architecture.

    The architecture ("vit_b", "vit_l", "vit_h" or "starter") is told by the weights themselves.
    MedSAMError says in one sentence what else the file is.
    """
    checkpoint = read_checkpoint(path)
    architecture = recognize(checkpoint, path)
    sam = _build(architecture, checkpoint, path)
    _fill(sam, checkpoint.tensors, path)
    return sam.eval(), architecture


def recognize(checkpoint: Checkpoint, path: Path) -> str:
    """The architecture whose weights these are; MedSAMError naming what they are otherwise."""
    tensors = checkpoint.tensors
    if any(name.startswith(TINY_VIT) for name in tensors):
        raise MedSAMError(f"{path} is a MobileSAM checkpoint. {MOBILE_SAM_REFUSAL}.")
    for mark, kind in FOREIGN:
        if any(name.startswith(mark) for name in tensors):
            raise MedSAMError(f"{path} is {kind}.")
    missing = [part for part in PARTS if not any(name.startswith(part) for name in tensors)]
    if len(missing) == len(PARTS):
        raise MedSAMError(f"{path} is not a SAM checkpoint: it has {_first_names(tensors)}.")
    if missing:
        told = " and no ".join(part.rstrip(".") for part in missing)
        raise MedSAMError(f"{path} is only a part of a SAM checkpoint: it has no {told}.")
    if CONFIG in checkpoint.metadata:
        return "starter"
    return _vit_of(tensors, path)


def _vit_of(tensors: Mapping[str, torch.Tensor], path: Path) -> str:
    patches = tensors.get(PATCH_EMBEDDING)
    width = None if patches is None else patches.shape[0]
    if width not in ENCODER_WIDTHS:
        raise MedSAMError(
            f"{path} is of the SAM family, but its image encoder is none of ViT-B, ViT-L, ViT-H."
        )
    return ENCODER_WIDTHS[width]


def _build(architecture: str, checkpoint: Checkpoint, path: Path) -> Sam:
    if architecture == "starter":
        return _build_starter(checkpoint.metadata[CONFIG], path)
    # Drawing random weights would take seconds for nothing: the checkpoint replaces all of them.
    with torch.device("meta"):
        sam = sam_model_registry[architecture]()
    # What no checkpoint contains: the mean and deviation of ImageNet's RGB values, 0..255.
    sam.pixel_mean = torch.tensor([123.675, 116.28, 103.53]).view(-1, 1, 1)
    sam.pixel_std = torch.tensor([58.395, 57.12, 57.375]).view(-1, 1, 1)
    return sam


def _build_starter(config: str, path: Path) -> Sam:
    from .starter import build_starter

    try:
        return build_starter(_starter_shape(config))
    except (TypeError, ValueError, LookupError, ArithmeticError, RuntimeError) as error:
        raise MedSAMError(f"{path} describes a starter network that cannot be built.") from error


def _starter_shape(config: str) -> StarterConfig:
    from .starter import StarterConfig

    shape = StarterConfig.from_dict(shape_of_network(config))
    if max(shape.depth, *shape.stem_blocks) > MOST_BLOCKS:
        raise ValueError("no starter is so deep")
    return shape


def _fill(sam: Sam, tensors: Mapping[str, torch.Tensor], path: Path) -> None:
    """Put the weights in as float32, after comparing every name and shape."""
    expected = sam.state_dict()
    weights = {name: tensor for name, tensor in tensors.items() if name.startswith(PARTS)}
    if foreign := [name for name in weights if name not in expected]:
        raise MedSAMError(
            f"{path} is a modified SAM: it has {len(foreign)} weights that SAM does not have "
            f"({foreign[0]})."
        )
    if missing := [name for name in expected if name not in weights]:
        raise MedSAMError(f"{path} lacks {len(missing)} of SAM's weights ({missing[0]}).")
    for name, tensor in weights.items():
        if tensor.shape != expected[name].shape:
            raise MedSAMError(
                f"{path} is a SAM for another input: {name} has the shape {tuple(tensor.shape)} "
                f"instead of {tuple(expected[name].shape)}."
            )
        if not torch.isfinite(tensor).all():
            raise MedSAMError(f"{path} is damaged: {name} holds numbers that are not finite.")
    sam.load_state_dict({n: t.float() for n, t in weights.items()}, assign=True)


def _first_names(tensors: Mapping[str, torch.Tensor], count: int = 2) -> str:
    names = ", ".join(list(tensors)[:count])
    return f"{len(tensors)} weights of other names ({names})"
