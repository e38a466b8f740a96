"""One training step: embed the views, then answer one prompt after another on each object."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from MedSAMLib.sam.backbone import Sam
from MedSAMLib.sam.decoding import decode_masks
from MedSAMLib.sam.starter import PROMPT_CHANNELS
from training.starter.auxiliary import AuxiliaryHeads
from training.starter.losses import starter_loss
from training.starter.normalization import normalized
from training.starter.prompting import (
    corrective_clicks,
    drawn_boxes,
    innermost_pixels,
    random_pixels,
    tight_boxes,
)

PROMPT_KINDS = ("box", "point", "box and point")
KIND_CHANCES = (0.6, 0.3, 0.1)


class PromptedRounds(nn.Module):
    """Loss of R rounds of prompting: the first prompt, then corrective clicks with mask feedback.

    The embedding is also held to what `auxiliary` says. All prompts of a step are of one kind, so
    that each token sequence is laid out as at inference. The fed-back logits carry no gradient,
    as in SAM's training.
    """

    def __init__(self, sam: Sam) -> None:
        super().__init__()
        self.sam = sam
        self.auxiliary = AuxiliaryHeads(PROMPT_CHANNELS)

    def forward(
        self, images: torch.Tensor, masks: torch.Tensor, kind: str, rounds: int
    ) -> dict[str, torch.Tensor]:
        """`images` (B, 3, S, S) in 0..255, `masks` (B, N, S, S) soft -> mean loss terms."""
        images = normalized(images)
        embeddings = self.sam.image_encoder(images)
        targets = F.avg_pool2d(masks, 2)
        total: dict[str, torch.Tensor] = self.auxiliary(embeddings, images, targets)
        embeddings = embeddings.repeat_interleave(masks.shape[1], 0)
        objects, targets = masks.flatten(0, 1) > 0.5, targets.flatten(0, 1)
        boxes, points, labels = first_prompts(objects, kind)
        previous = None
        for number in range(rounds):
            logits, quality = answer(self.sam, embeddings, points, labels, boxes, previous)
            for name, value in starter_loss(logits.float(), quality.float(), targets).items():
                total[name] = total.get(name, 0) + value / rounds
            if number + 1 < rounds:
                previous = logits[:, :1].detach()
                points, labels = with_click(previous, objects, points, labels)
        return total


def answer(
    sam: Sam,
    embeddings: torch.Tensor,
    points: torch.Tensor,
    labels: torch.Tensor,
    boxes: torch.Tensor | None,
    previous: torch.Tensor | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits (B, 4, h, w) and predicted IoUs (B, 4) of B prompts on B embeddings."""
    encoder = sam.prompt_encoder
    clicks = (points, labels) if points.shape[1] else None
    sparse, dense = encoder(points=clicks, boxes=boxes, masks=previous)
    return decode_masks(sam.mask_decoder, embeddings, encoder.get_dense_pe(), sparse, dense)


def first_answer(
    sam: Sam, embedding: torch.Tensor, objects: torch.Tensor, kind: str
) -> torch.Tensor:
    """Single-mask logits (B, 1, h, w) for the tight box ("box") or the most interior pixel
    ("point") of B objects (B, S, S) on one embedding (1, 256, g, g)."""
    boxes = tight_boxes(objects) if kind == "box" else None
    points = (
        innermost_pixels(objects)[:, None] if kind == "point" else torch.zeros(len(objects), 0, 2)
    )
    labels = torch.ones(points.shape[:2])
    embeddings = embedding.expand(len(objects), -1, -1, -1)
    points, labels = points.to(embedding.device), labels.to(embedding.device)
    return answer(sam, embeddings, points, labels, boxes)[0][:, :1].float()


def first_prompts(
    objects: torch.Tensor, kind: str
) -> tuple[torch.Tensor | None, torch.Tensor, torch.Tensor]:
    """Boxes (B, 4) or None, points (B, P, 2) and labels (B, P), P = 0 or 1, of the first round."""
    boxes = drawn_boxes(objects) if "box" in kind else None
    if "point" in kind:
        return boxes, random_pixels(objects)[:, None], objects.new_ones(len(objects), 1).float()
    empty = torch.zeros(len(objects), 0, device=objects.device)
    return boxes, empty[..., None].expand(-1, -1, 2), empty


def with_click(
    logits: torch.Tensor, objects: torch.Tensor, points: torch.Tensor, labels: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The points and labels with one corrective click more, from the error of (B, 1, h, w)."""
    predicted = F.interpolate(logits.float(), objects.shape[-2:], mode="bilinear")[:, 0] > 0
    click, label = corrective_clicks(predicted, objects)
    return torch.cat([points, click[:, None]], 1), torch.cat([labels, label[:, None]], 1)
