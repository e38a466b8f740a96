"""Several masks for one prompt, by whichever way the model has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from ..errors import UsageError
from ..sam.closer_masks import nearer
from ..sam.decoding import decode_masks
from ..sam.embedding import Masks
from ..sam.joint_decoding import can_decode_jointly, decode_single
from ..sam.prompt_tensors import prompt_tensors
from .heads import Head, head_of
from .hypotheses import Hypotheses
from .recurrent_decoder import Decode, encode_prompts
from .training_free import MAX_COUNT, multimask_hypotheses, perturbed_hypotheses

if TYPE_CHECKING:
    from ..sam.closer_look import Prompted
    from ..sam.embedding import Embedding
    from ..sam.predictor import SamModel

METHODS = ("auto", "seqsam", "multimask", "perturbation")


def hypotheses(
    model: SamModel,
    embedding: Embedding,
    box: NDArray | None = None,
    points: NDArray | None = None,
    labels: NDArray | None = None,
    mask: NDArray | None = None,
    count: int = 4,
    method: str = "auto",
    seed: int = 0,
) -> Hypotheses:
    """`count` (1 to 16) masks for the prompts of one object, as for `SamModel.segment`.

    `method` "auto" takes the model's SeqSAM head if one lies beside its weights, and moved prompts
    otherwise; `Hypotheses.method` tells which. UsageError for other counts and methods.
    """
    _check(count, method)
    prompts = {"box": box, "points": points, "labels": labels, "mask": mask}
    if method == "multimask":
        return multimask_hypotheses(model, embedding, **prompts, count=count)
    head = None if method == "perturbation" else head_of(model)
    if head is not None:
        return hypotheses_of_head(model, head, embedding, **prompts, count=count)
    if method == "seqsam":
        raise UsageError(f"The model {model.name} has no SeqSAM head; use the starter model.")
    return perturbed_hypotheses(model, embedding, **prompts, count=count, seed=seed)


def hypotheses_of_head(
    model: SamModel,
    head: Head,
    embedding: Embedding,
    box: NDArray | None = None,
    points: NDArray | None = None,
    labels: NDArray | None = None,
    mask: NDArray | None = None,
    count: int = 4,
) -> Hypotheses:
    """The masks of a given head, of any kind. The embedding is used as it is, once for all; a small
    object is looked at from close by, as `SamModel.segment` does.
    """
    _check(count, "seqsam")
    if embedding.model_id != model.model_id:
        raise UsageError("The embedding was made by another model: embed the image again.")
    given = (box, points, labels, mask)
    if prompt_tensors(model.frame(embedding), *given).is_batch:
        raise UsageError("Hypotheses are made for one object at a time, not for a batch.")
    near = nearer(model, embedding, given)
    if near is None:
        found = _found_by_head(model, head, embedding, given, count)
    else:
        part = _found_by_head(model, head, near.embedding, near.prompts, count)
        found = near.in_whole(model.frame(embedding), part)
    return Hypotheses(found.masks, found.logits, found.scores, method=head.config.kind)


def _found_by_head(
    model: SamModel, head: Head, embedding: Embedding, given: Prompted, count: int
) -> Masks:
    prompts = prompt_tensors(model.frame(embedding), *given)
    with model.alone(), torch.inference_mode():
        codes = encode_prompts(head.prompt_encoder, **prompts.part(0, 1, model.device))
        features = embedding.features.to(model.device)
        logits, scores = head(features, codes, count, decode=_decode_of(head))
        masks = [_at_full_size(model, embedding, head, part) for part in logits[0]]
    numbers = (logits[0].float().cpu().numpy(), scores[0].float().cpu().numpy())
    return Masks(np.stack(masks), *numbers)


def _decode_of(head: Head) -> Decode:
    """As `SamModel.segment` decodes, so that a fresh head's first mask is its mask, bit for bit."""
    return decode_single if can_decode_jointly(head.mask_decoder) else decode_masks


def _at_full_size(model: SamModel, embedding: Embedding, head: Head, logits: torch.Tensor):
    """One mask (H, W) bool; one at a time, so that large images take no memory for each."""
    full = model.at_full_size(logits[None, None], embedding, head.config.mask_threshold)
    return full[0, 0].numpy()


def _check(count: int, method: str) -> None:
    if not 1 <= count <= MAX_COUNT:
        raise UsageError(f"Ask for 1 to {MAX_COUNT} hypotheses, not {count}.")
    if method not in METHODS:
        raise UsageError(f"Unknown method {method!r}; choose one of {', '.join(METHODS)}.")
