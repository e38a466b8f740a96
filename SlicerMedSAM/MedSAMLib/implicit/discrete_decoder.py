"""SAM's own masks, read at any position: what there is without an implicit decoder."""

from __future__ import annotations

import torch

from .decoder import Answer, Question, Thinning
from .dropout import margin_uncertainty
from .field import Field


class DiscreteDecoder(torch.nn.Module):
    """The bilinear interpolation of the discrete decoder's logits; nothing to refine."""

    chooses_arbitrarily = False
    refines = False

    def thinning(self, samples: int, generator: torch.Generator) -> Thinning | None:
        """None: there is nothing to leave out."""
        return None

    def coarse(self, field: Field, question: Question, thinning: Thinning | None) -> Answer:
        """The interpolated logits, and how near they are to the threshold."""
        logits = field.logits_at(question.positions)
        probability = logits.sigmoid()
        return Answer(logits, probability, margin_uncertainty(probability))
