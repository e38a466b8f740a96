"""What the network knows of one image, and the masks it makes of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch


@dataclass(frozen=True, eq=False)
class Embedding:
    """The image encoder's output for one image.

    Attributes:
        features: (1, 256, g, g) float32, on the device of the model that made it.
        original_size: (H, W) of the image.
        input_size: (h, w) of the image within the square network input, before padding.
        model_id: sha256 of the weights; only the same model can use the embedding.
        pixels: (1, 3, h, w) uint8 on the CPU, the image as the network was given it; for heads
            that look at the image once more. None where it was not kept.
        image: (H, W) or (H, W, 3) uint8, for a closer look at a small object; None for networks
            that take none.
    """

    features: torch.Tensor
    original_size: tuple[int, int]
    input_size: tuple[int, int]
    model_id: str
    pixels: torch.Tensor | None = None
    image: torch.Tensor | None = None

    @property
    def nbytes(self) -> int:
        """Memory of the features, the pixels and the image."""
        kept = (self.features, self.pixels, self.image)
        return sum(t.numel() * t.element_size() for t in kept if t is not None)


@dataclass(frozen=True, eq=False)
class Masks:
    """Masks for one prompt, or for a batch of B prompts on the same image.

    Attributes:
        masks: bool; one prompt (N, H, W) with N = 1, or 3 with `multimask`; a batch (B, H, W),
            or (B, 3, H, W) with `multimask`.
        logits: float32 at the decoder's own resolution, (..., h, w); can be given back as `mask`.
        scores: float32 (...), the predicted intersection over union, about 0..1.
    """

    masks: np.ndarray
    logits: np.ndarray
    scores: np.ndarray

    @classmethod
    def joined(
        cls,
        parts: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]],
        is_batch: bool,
        multimask: bool,
    ) -> Masks:
        """Of masks (b, C, H, W), logits (b, C, h, w) and scores (b, C) of parts of a batch.

        The axis that has one element by construction is dropped.
        """
        arrays = [torch.cat(tensors).numpy() for tensors in zip(*parts, strict=True)]
        if not is_batch:
            arrays = [array[0] for array in arrays]
        elif not multimask:
            arrays = [array[:, 0] for array in arrays]
        return cls(*arrays)

    def room_for(self, count: int) -> Masks:
        """Empty masks of a batch of `count` prompts that are like the ones of this batch."""
        arrays = (self.masks, self.logits, self.scores)
        return Masks(*(np.zeros((count, *array.shape[1:]), array.dtype) for array in arrays))

    def put(self, members: list[int], others: Masks) -> None:
        """Put a batch of others in the place of the `members` of this one."""
        self.masks[members], self.logits[members] = others.masks, others.logits
        self.scores[members] = others.scores
