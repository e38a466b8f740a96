"""What a network answers from close by: to an image, to its mirror image, and about the box."""

from __future__ import annotations

from collections.abc import Callable

import torch

from .box_fit import CHOSEN, BoxFit, cut_by_box
from .closer_look import Nearer
from .embedding import Embedding
from .mirroring import mirrored_logits, mirrored_prompts
from .prompt_tensors import NetworkFrame, PromptTensors

Ask = Callable[[Embedding, PromptTensors, slice, bool], tuple[torch.Tensor, torch.Tensor]]


def near_logits(
    ask: Ask,
    near: Nearer,
    frame: NetworkFrame,
    threshold: float,
    prompts: PromptTensors,
    part: slice,
    multimask: bool,
    fit: BoxFit = CHOSEN,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits (b, C, h, w), to be cut at `threshold`, and scores (b, C) of a part of the prompts.

    ask: what decodes a part of the prompts on an embedding, logits and scores.
    frame: of the embeddings in `near`.
    fit: how boxes move the cut.
    """
    logits, scores = ask(near.embedding, prompts, part, multimask)
    if near.mirrored is not None:
        other = ask(near.mirrored, mirrored_prompts(prompts, frame), part, multimask)
        logits = (logits + mirrored_logits(other[0], frame)) / 2
        scores = (scores + other[1]) / 2
    if prompts.boxes is not None:
        boxes = prompts.boxes[part] * (frame.mask_size / frame.image_size)
        logits = cut_by_box(logits, boxes, threshold, fit)
    return logits, scores
