"""Large weights in eight bits: a file of half the size of half precision.

Every GROUP of weights that lie side by side has a scale of its own, so that the error is at most
1/254 of the group's largest weight.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch

SCALE = ".scale"
GROUP = 32
LEAST = 16_384  # elements; smaller weights stay as they are
LARGEST = 127


def packed(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The same with large weights as int8, each with its groups' scales beside it."""
    made = {}
    for name, value in tensors.items():
        if value.numel() < LEAST or value.numel() % GROUP:
            made[name] = value
            continue
        groups = value.float().reshape(-1, GROUP)
        scale = (groups.abs().amax(1) / LARGEST).half().clamp(min=torch.finfo(torch.half).tiny)
        steps = (groups / scale.float()[:, None]).round().clamp(-LARGEST, LARGEST)
        made[name] = steps.to(torch.int8).view(value.shape)
        made[name + SCALE] = scale
    return made


def unpacked(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The weights of `packed` as float32, the others, and scales that fit nothing, as they are."""
    made = dict(tensors)
    for name, value in tensors.items():
        scale = tensors.get(name + SCALE)
        if scale is not None and GROUP * scale.numel() == value.numel():
            groups = value.float().reshape(-1, GROUP) * scale.float().reshape(-1, 1)
            made[name] = groups.view(value.shape)
            del made[name + SCALE]
    return made
