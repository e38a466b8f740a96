"""One training step of SeqSAM and of each baseline: a batch becomes a loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from MedSAMLib.hypotheses.heads import Head
from MedSAMLib.hypotheses.recurrent_decoder import encode_prompts
from training.seqsam.config import SeqSamConfig
from training.seqsam.losses import (
    chosen_masks,
    consensus_loss,
    dice_costs,
    energy_loss,
    matched_loss,
    released_costs,
    released_matched_loss,
    winner_loss,
)


@dataclass(frozen=True, eq=False)
class Batch:
    """embeddings (B, 256, g, g), readers (B, K, h, w) bool, prompts (B, 4), reader (B,): the one
    from whom baselines learn; seed: of what the step draws itself."""

    embeddings: torch.Tensor
    readers: torch.Tensor
    prompts: torch.Tensor
    reader: torch.Tensor
    seed: int


class Objective(nn.Module):
    """The head under training, and its loss by method.

    `wins` counts how often each of MCL's three masks was the best.
    """

    def __init__(self, head: Head, config: SeqSamConfig) -> None:
        super().__init__()
        self.head, self.config = head, config
        self.register_buffer("wins", torch.zeros(3, dtype=torch.long))

    def forward(self, batch: Batch) -> dict[str, torch.Tensor]:
        """Mean loss terms, to be added; "masks" is the method's own."""
        codes = encode_prompts(self.head.prompt_encoder, batch.prompts)
        config = self.config
        if config.kind == "seqsam":
            readers = batch.readers.shape[1]
            is_energy = config.loss == "energy"
            count = int(np.random.default_rng(batch.seed).choice(config.masks))
            count = count if is_energy else max(count, readers)
            logits, scores = self.head(batch.embeddings, codes, count, config.stop_gradient)
            loss = self._of_sequence(logits.float(), batch)
        else:
            logits, scores = self.head.decode_once(batch.embeddings, codes)
            own = slice(0, 1) if config.kind == "deterministic" else slice(1, None)
            logits, scores = logits[:, own], scores[:, own]
            loss = self._of_baseline(logits.float(), batch)
        error = _quality_error(logits.detach(), scores.float(), batch.readers)
        return {"masks": loss, "quality": config.quality * error}

    def _of_sequence(self, logits: torch.Tensor, batch: Batch) -> torch.Tensor:
        config = self.config
        if config.loss == "energy":
            loss = energy_loss(logits, batch.readers)
            if config.consensus:
                loss = loss + config.consensus * consensus_loss(logits, batch.readers)
            return loss
        rng = np.random.default_rng(batch.seed)
        count, readers = logits.shape[1], batch.readers.shape[1]
        chosen = chosen_masks(count, readers, config.selection, rng, config.compat)
        costs = dice_costs(logits[:, chosen], batch.readers)
        loss = released_matched_loss if config.compat else matched_loss
        return loss(costs, _present(batch.readers), config.matching)

    def _of_baseline(self, logits: torch.Tensor, batch: Batch) -> torch.Tensor:
        if self.config.method == "mcl-hungarian":
            return matched_loss(dice_costs(logits, batch.readers), _present(batch.readers))
        released = self.config.method == "mcl-released"
        costs = (released_costs if released else dice_costs)(logits, batch.readers)
        loss, winners = winner_loss(costs, batch.reader)
        if self.config.kind == "mcl":
            self.wins += torch.bincount(winners, minlength=3)
        return loss

    def order(self) -> tuple[int, ...]:
        """MCL's masks, the most frequent winner first."""
        return tuple(torch.argsort(self.wins, descending=True, stable=True).tolist())


def _present(readers: torch.Tensor) -> torch.Tensor:
    return readers.flatten(2).any(-1)


def _quality_error(
    logits: torch.Tensor, scores: torch.Tensor, readers: torch.Tensor
) -> torch.Tensor:
    """Squared error of the predicted IoU against the mean IoU with the readers who marked."""
    found, present = (logits > 0).flatten(2).float(), _present(readers)
    marked = readers.flatten(2).float()
    common = torch.einsum("bmp,bkp->bmk", found, marked)
    joint = found.sum(-1)[:, :, None] + marked.sum(-1)[:, None] - common
    iou = common / joint.clamp(min=1)
    mean = (iou * present[:, None]).sum(-1) / present.sum(-1, keepdim=True).clamp(min=1)
    return (scores - mean).square().mean()
