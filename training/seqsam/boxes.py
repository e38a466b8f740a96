"""The box that prompts an image: one reader's, that of all together, or a careless one."""

from __future__ import annotations

import numpy as np
import torch

STYLES = ("union", "reader", "jittered")
JITTER = 0.1  # of the box's extent, each side, inward or outward


def prompt_boxes(
    boxes: torch.Tensor, reader: np.ndarray, style: str, rng: np.random.Generator, side: int
) -> torch.Tensor:
    """One box (B, 4) an image of readers' tight boxes (B, K, 4), zeros for an empty reader.

    `reader` (B,) is the one whose box is taken where the style wants one; with "mixed" each image
    has a style of its own. The boxes stay in the network's input of `side` pixels.
    """
    present = (boxes[..., 2] > boxes[..., 0])[..., None]
    low = torch.where(present, boxes[..., :2], torch.inf).amin(1)
    union = torch.cat([low, boxes[..., 2:].amax(1)], dim=1)
    own = boxes[torch.arange(len(boxes)), torch.as_tensor(reader)]
    moves = torch.from_numpy(rng.uniform(-JITTER, JITTER, own.shape)).to(own.dtype)
    jittered = own + moves * (own[:, 2:] - own[:, :2]).repeat(1, 2)
    drawn = rng.integers(len(STYLES), size=len(boxes))
    if style != "mixed":
        drawn[:] = STYLES.index(style)
    all_styles = torch.stack([union, own, jittered], dim=1)
    chosen = all_styles[torch.arange(len(boxes)), torch.from_numpy(drawn)]
    return chosen.clamp(0, side)


def random_readers(boxes: torch.Tensor, rng: np.random.Generator) -> np.ndarray:
    """For each image one reader who marked something, (B,)."""
    present = (boxes[..., 2] > boxes[..., 0]).numpy()
    return np.array([rng.choice(np.flatnonzero(marked)) for marked in present])
