"""Networks of MONAI that see the whole image and no box: a plain U-Net and one like nnU-Net's.

They have the interface of an implicit network, so that the same script trains, validates and
evaluates them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

from MedSAMLib.implicit.adapted_encoder import DEVIATION, MEAN
from MedSAMLib.implicit.discrete_decoder import DiscreteDecoder
from MedSAMLib.implicit.field import Field

UNET_CHANNELS = (16, 32, 64, 128, 256)
DYNUNET_CHANNELS = (32, 64, 128, 256, 320, 320)


class BoxlessNetwork(nn.Module):
    """Logits of every class from the image alone, (B, 3, S, S) in 0..1 -> (B, K, S, S)."""

    def __init__(self, method: str, classes: int, image_size: int) -> None:
        super().__init__()
        self.method, self.classes, self.image_size = method, classes, image_size
        self.body = _unet(classes) if method == "unet" else _dynunet(classes)
        self.encoder = nn.Identity()
        self.decoder = _ClassDecoder()
        for name, values in {"mean": MEAN, "deviation": DEVIATION}.items():
            self.register_buffer(name, torch.tensor(values).view(3, 1, 1), persistent=False)

    def field(
        self, embedding: torch.Tensor, images: torch.Tensor, extent: torch.Tensor, **prompts
    ) -> Field:
        """The logits as a field; prompts are not looked at."""
        logits = self.body((images - self.mean) / self.deviation)
        return Field((), logits.float(), None, extent)


class _ClassDecoder(DiscreteDecoder):
    """Reads the logits of the class that is asked for."""

    def coarse(self, field, question, thinning):
        index = question.classes.view(-1, 1, 1, 1).expand(-1, 1, *field.logits.shape[-2:])
        own = Field((), field.logits.gather(1, index), None, field.extent)
        return super().coarse(own, question, thinning)


def _unet(classes: int) -> nn.Module:
    from monai.networks.nets import UNet

    return UNet(
        spatial_dims=2,
        in_channels=3,
        out_channels=classes,
        channels=UNET_CHANNELS,
        strides=(2,) * (len(UNET_CHANNELS) - 1),
        num_res_units=2,
    )


def _dynunet(classes: int) -> nn.Module:
    """The 2-D network that nnU-Net would plan for 256 x 256, without deep supervision."""
    from monai.networks.nets import DynUNet

    depth = len(DYNUNET_CHANNELS)
    return DynUNet(
        spatial_dims=2,
        in_channels=3,
        out_channels=classes,
        kernel_size=[3] * depth,
        strides=[1, *[2] * (depth - 1)],
        upsample_kernel_size=[2] * (depth - 1),
        filters=DYNUNET_CHANNELS,
    )


def save_boxless(path: Path, network: BoxlessNetwork, training: Mapping) -> None:
    """Weights in half precision, with the shape and the training record."""
    tensors = {name: each.half().cpu().contiguous() for name, each in network.state_dict().items()}
    facts = {
        "method": network.method,
        "classes": network.classes,
        "image_size": network.image_size,
    }
    metadata = {
        "kind": "boxless",
        "config": json.dumps(facts),
        "training": json.dumps(dict(training)),
    }
    partial = path.with_name(f".{path.name}.part")
    save_file(tensors, partial, metadata=metadata)
    partial.replace(path)


def load_boxless(path: Path) -> BoxlessNetwork:
    """What `save_boxless` wrote, in evaluation mode."""
    with safe_open(path, framework="pt") as file:
        network = BoxlessNetwork(**json.loads(file.metadata()["config"]))
        network.load_state_dict(
            {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
        )
    return network.eval()
