"""The same question about the mirror image of a picture.

A network's answers to an image and to its mirror image differ by chance; their mean is nearer to
the truth where the object is more than a few of the network's pixels wide.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch.nn import functional

from .prompt_tensors import NetworkFrame, PromptTensors


def mirrored_prompts(prompts: PromptTensors, frame: NetworkFrame) -> PromptTensors:
    """Prompts as they lie in the image with its left and right exchanged, of the same `frame`."""
    boxes, points, masks = prompts.boxes, prompts.points, prompts.masks
    width = frame.input_size[1]
    if boxes is not None:
        boxes = torch.stack(
            [width - boxes[:, 2], boxes[:, 1], width - boxes[:, 0], boxes[:, 3]], dim=1
        )
    if points is not None:  # numbers of pixels, whose centers are half a pixel further
        pixel = width / frame.original_size[1]
        points = torch.stack([width - pixel - points[..., 0], points[..., 1]], dim=-1)
    if masks is not None:
        masks = mirrored_logits(masks, frame)
    return replace(prompts, boxes=boxes, points=points, masks=masks)


def mirrored_logits(logits: torch.Tensor, frame: NetworkFrame) -> torch.Tensor:
    """Logits (B, C, h, w), left and right of the image within them exchanged.

    What lies beside the image repeats its edge.
    """
    side = logits.shape[-1]
    width = side * frame.input_size[1] / frame.image_size
    if width == side:
        return logits.flip(-1)
    steps = (torch.arange(side, device=logits.device) + 0.5) * 2 / side - 1
    across = 2 * width / side - 2 - steps
    grid = torch.stack(torch.meshgrid(across, steps, indexing="xy"), dim=-1)
    return functional.grid_sample(
        logits, grid.expand(len(logits), -1, -1, -1), padding_mode="border", align_corners=False
    )
