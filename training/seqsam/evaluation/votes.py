"""One mask out of the logits of several, by each way of counting votes."""

from __future__ import annotations

from collections.abc import Callable

import torch

VOTE = "vote, ties are foreground"  # the one that D_avg counts
RULES: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "first mask": lambda logits: logits[0] > 0,
    VOTE: lambda logits: 2 * (logits > 0).sum(0) >= len(logits),
    "vote, ties are background": lambda logits: 2 * (logits > 0).sum(0) > len(logits),
    "mean probability above one half": lambda logits: logits.sigmoid().mean(0) > 0.5,
}


def voted(logits: torch.Tensor) -> torch.Tensor:
    """The mask (R, h, w) bool that each of RULES makes of logits (M, h, w)."""
    return torch.stack([rule(logits) for rule in RULES.values()])
