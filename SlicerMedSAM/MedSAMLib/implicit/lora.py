"""LoRA on query and value of every attention block (Hu 2022; papers.md 2a).

SAM keeps query, key and value in one matrix. For training it is split, so that `peft` finds the
targets by the paper's names; for inference what was learnt is added to the one matrix again, and
`peft` is not needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import nn

from ..errors import MedSAMError

TARGETS = ("query", "value")
_PEFT_NAME = "default."  # of the one set of adapters, within peft's parameter names


class SplitQkv(nn.Module):
    """Query, key and value as three layers in place of SAM's one: (..., C) -> (..., 3 C).

    With `gated` (the release's addition, not in the paper) the low-rank part is multiplied by a
    learnt number for each window: a linear map of the mean token. It cannot be merged.
    """

    def __init__(self, qkv: nn.Linear, gated: bool = False) -> None:
        super().__init__()
        width = qkv.in_features
        parts = zip(qkv.weight.detach().split(width), qkv.bias.detach().split(width), strict=True)
        # Copies: views of one matrix cannot be stored one by one.
        self.query, self.key, self.value = (_linear(w.clone(), b.clone()) for w, b in parts)
        device = qkv.weight.device
        self.gate = nn.Linear(width, 1, bias=False, device=device) if gated else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        query, value = self.query(x), self.value(x)
        if self.gate is not None:
            gate = self.gate(x.mean(dim=(1, 2), keepdim=True))
            query, value = (
                self._gated(self.query, x, query, gate),
                self._gated(self.value, x, value, gate),
            )
        return torch.cat([query, self.key(x), value], dim=-1)

    @staticmethod
    def _gated(
        layer: nn.Module, x: torch.Tensor, adapted: torch.Tensor, gate: torch.Tensor
    ) -> torch.Tensor:
        plain = getattr(layer, "base_layer", layer)(x)
        return plain + gate * (adapted - plain)


def add_lora(encoder: nn.Module, rank: int, gated: bool = False) -> None:
    """Split every block's qkv and give query and value adapters of `rank`, by `peft`.

    Everything else of the encoder is frozen. MedSAMError if `peft` is not installed.
    """
    try:
        from peft import LoraConfig, inject_adapter_in_model
    except ImportError as error:
        raise MedSAMError(
            "Raw LoRA adapters need the Python package peft: pip install peft."
        ) from error
    encoder.requires_grad_(False)
    for block in encoder.blocks:
        block.attn.qkv = SplitQkv(block.attn.qkv, gated)
    # Scaled by alpha / rank = 1: no scaling, as released.
    inject_adapter_in_model(
        LoraConfig(r=rank, lora_alpha=rank, target_modules=list(TARGETS)), encoder
    )
    for block in encoder.blocks if gated else ():
        block.attn.qkv.gate.requires_grad_(True)


def lora_state(encoder: nn.Module) -> dict[str, torch.Tensor]:
    """What was learnt, by name: `blocks.0.attn.qkv.query.lora_A.weight` (r, C), lora_B (C, r)."""
    return {
        name.replace(_PEFT_NAME, ""): weight.detach()
        for name, weight in encoder.named_parameters()
        if "lora_" in name or name.endswith("qkv.gate.weight")
    }


def load_lora(encoder: nn.Module, tensors: Mapping[str, torch.Tensor]) -> None:
    """Put what `lora_state` gave into an encoder that has adapters of the same rank."""
    own = {
        name.replace(_PEFT_NAME, ""): weight
        for name, weight in encoder.named_parameters()
        if "lora_" in name or name.endswith("qkv.gate.weight")
    }
    with torch.no_grad():
        for name, weight in own.items():
            weight.copy_(tensors[name])


def merge_lora(encoder: nn.Module, tensors: Mapping[str, torch.Tensor]) -> None:
    """Add B A to query and value of each block's one qkv matrix, which is replaced, not changed.

    So an encoder that shares its weights with another leaves the other's as they are.
    """
    for number, block in enumerate(encoder.blocks):
        qkv = block.attn.qkv
        width = qkv.in_features
        weight = qkv.weight.detach().clone()
        for name, rows in _targets(width):
            path = f"blocks.{number}.attn.qkv.{name}"
            down, up = (tensors[f"{path}.lora_{part}.weight"] for part in "AB")
            weight[rows] += (up.float() @ down.float()).to(weight)
        block.attn.qkv = _linear(weight, qkv.bias)


def _targets(width: int) -> Iterator[tuple[str, slice]]:
    """The adapted layers and their rows in the one matrix (query, key, value)."""
    yield "query", slice(0, width)
    yield "value", slice(2 * width, 3 * width)


def _linear(weight: torch.Tensor, bias: torch.Tensor) -> nn.Linear:
    """A frozen layer of these numbers, on their device; drawing random ones is left out."""
    layer = nn.Linear(weight.shape[1], weight.shape[0], device="meta")
    layer.weight = nn.Parameter(weight, requires_grad=False)
    layer.bias = nn.Parameter(bias.detach(), requires_grad=False)
    return layer
