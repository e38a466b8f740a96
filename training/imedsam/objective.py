"""What a step minimizes: the answers at an object's positions against the truth there."""

from __future__ import annotations

import torch
from torch import nn

from MedSAMLib.implicit.decoder import Question
from MedSAMLib.implicit.field import Field
from MedSAMLib.implicit.network import ImplicitNetwork
from MedSAMLib.implicit.selection import most_uncertain_of_each
from training.imedsam.baselines import BoxlessNetwork
from training.imedsam.config import TrainingConfig
from training.imedsam.examples import Batch
from training.imedsam.losses import point_loss


class Objective(nn.Module):
    """The loss of a network on batches."""

    def __init__(self, network: ImplicitNetwork | BoxlessNetwork, config: TrainingConfig) -> None:
        super().__init__()
        self.network, self.config = network, config

    def forward(self, batch: Batch, fine_weight: float, seed: int) -> dict[str, torch.Tensor]:
        """Loss terms to be summed; `seed` of the samples that choose the refined points."""
        coarse, fine = self.answers(batch, seed)
        compat = self.config.compat
        if fine is None:
            return {"coarse": point_loss(coarse, batch.truth, compat)}
        return {
            "coarse": (1 - fine_weight) * point_loss(coarse, batch.truth, compat),
            "fine": fine_weight * point_loss(fine, batch.truth, compat),
        }

    def answers(self, batch: Batch, seed: int) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Logits (B, N) before and after refinement; None without refinement."""
        field = self.field(batch)
        shape = (round(batch.positions.shape[1] ** 0.5),) * 2
        question = Question(batch.positions, shape, batch.classes)
        decoder = self.network.decoder
        thinning = decoder.thinning(self.config.samples, torch.Generator().manual_seed(seed))
        coarse = decoder.coarse(field, question, thinning)
        if not decoder.refines or not self.config.refine:
            return coarse.logits, None
        chosen = self._chosen(coarse.uncertainty)
        part = type(coarse)(
            *(each.gather(1, chosen) for each in (coarse.logits, coarse.probability)),
            coarse.uncertainty.gather(1, chosen),
            coarse.features.gather(1, chosen[..., None].expand(-1, -1, coarse.features.shape[-1])),
        )
        fine = decoder.fine(field, question.part(chosen), part, thinning)
        return coarse.logits, coarse.logits.scatter(1, chosen, fine.logits.to(coarse.logits))

    def field(self, batch: Batch) -> Field:
        """Of the batch's objects, each on its own image; without the box where there is none."""
        network = self.network
        embedding = network.encoder(batch.images)
        return network.field(embedding, batch.images, batch.extent, boxes=batch.boxes)

    def _chosen(self, uncertainty: torch.Tensor) -> torch.Tensor:
        """(B, K) of each object; the release takes them of all objects together."""
        return most_uncertain_of_each(uncertainty.detach(), self.config.refine)
