"""In which precision an encoder runs: bfloat16 where that is fast and right."""

from __future__ import annotations

import torch

from ...errors import UsageError
from ..backbone import ImageEncoderViT
from ..device import computes_bfloat16
from .fused_encoder import FusedBlocks

PRECISIONS = ("auto", "float32", "bfloat16")
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
# Of the features; bfloat16 rounds to 0.4 %, which adds up to about 1 % over the blocks.
MOST_DIFFERENCE = 0.05
# Tokens a side and blocks of the trial: a few milliseconds also of a large network.
TRIAL_TOKENS, TRIAL_BLOCKS = 14, 2


def check_name(precision: str) -> None:
    """UsageError for what is no precision."""
    if precision not in PRECISIONS:
        raise UsageError(f"Unknown precision {precision!r}; choose one of {PRECISIONS}.")


def resolved(precision: str, encoder: ImageEncoderViT, device: torch.device) -> tuple[str, str]:
    """Either "float32" or "bfloat16" for any of PRECISIONS, and a note for the user or "".

    "auto" is bfloat16 where the device has units for it and gives what float32 gives.
    """
    check_name(precision)
    if precision != "auto":
        return precision, ""
    if not computes_bfloat16(device):
        return "float32", ""
    if trial_difference(encoder, device) <= MOST_DIFFERENCE:
        return "bfloat16", ""
    return "float32", f"bfloat16 gives wrong results on this {device.type} device; using float32."


@torch.inference_mode()
def trial_difference(encoder: ImageEncoderViT, device: torch.device) -> float:
    """How far bfloat16 is from float32 in the first blocks, on random tokens (relative norm)."""
    generator = torch.Generator().manual_seed(0)
    width = encoder.neck[0].in_channels
    shape = (1, TRIAL_TOKENS, TRIAL_TOKENS, width)
    tokens = torch.randn(shape, generator=generator).to(device)
    exact, reduced = (
        FusedBlocks(encoder.blocks[:TRIAL_BLOCKS], dtype)(tokens) for dtype in DTYPES.values()
    )
    difference = (exact - reduced).norm() / exact.norm()
    return float(difference) if torch.isfinite(difference) else float("inf")
