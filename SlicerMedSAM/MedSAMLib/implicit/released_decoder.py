"""The decoder of the released I-MedSAM, in its exact shape and with its faults (papers.md 2a).

For comparison: BatchNorm over points, dropout on the outputs, logit included, and two samples
that are equal in evaluation, so that the points to refine are chosen arbitrarily.
"""

from __future__ import annotations

import torch
from torch import nn

from .config import ImplicitConfig
from .decoder import Answer, Question, Thinning
from .field import Field
from .positions import released_code, released_code_length

PASSES = 2


class ReleasedDecoder(nn.Module):
    """Coarse 351 -> 1024 -> 512 -> 257 and fine 607 -> 256 -> 256 -> 128 -> 1, a head a class."""

    chooses_arbitrarily = True
    refines = True

    def __init__(self, channels: int, config: ImplicitConfig) -> None:
        super().__init__()
        self.config = config
        inputs = channels + released_code_length(config.frequencies)
        features = config.coarse_features
        *fine_widths, fine_last = config.fine_widths
        self.coarse_trunk = nn.Sequential(*_layers(inputs, config.coarse_widths))
        self.fine_trunk = nn.Sequential(*_layers(features + inputs, fine_widths))
        self.coarse_heads = nn.ModuleList(
            nn.Linear(config.coarse_widths[-1], 1 + features) for _ in range(config.classes)
        )
        self.fine_heads = nn.ModuleList(
            nn.Sequential(*_layers(fine_widths[-1], [fine_last]), nn.Linear(fine_last, 1))
            for _ in range(config.classes)
        )
        self.dropout = nn.Dropout(config.dropout)

    def thinning(self, samples: int, generator: torch.Generator) -> Thinning | None:
        """None: the release leaves everything to the dropout layer."""
        return None

    def coarse(self, field: Field, question: Question, thinning: Thinning | None) -> Answer:
        """The last of two passes, with the variance of all 257 outputs as uncertainty."""
        hidden = _pointwise(self.coarse_trunk, self._inputs(field, question))
        output = _of_class(self.coarse_heads, hidden, question.classes)
        passes = torch.stack([self.dropout(output) for _ in range(PASSES)])
        logits, features = passes[-1][..., 0], passes[-1][..., 1:]
        return Answer(logits, logits.sigmoid(), passes.var(dim=0).mean(-1), features)

    def fine(
        self, field: Field, question: Question, coarse: Answer, thinning: Thinning | None
    ) -> Answer:
        """What overwrites the coarse logits at the chosen points."""
        inputs = torch.cat([coarse.features, self._inputs(field, question)], dim=-1)
        hidden = _pointwise(self.fine_trunk, inputs)
        logits = _of_class(self.fine_heads, hidden, question.classes)[..., 0]
        return Answer(logits, logits.sigmoid(), coarse.uncertainty)

    def _inputs(self, field: Field, question: Question) -> torch.Tensor:
        code = released_code(question.positions, question.shape, self.config.frequencies)
        return torch.cat([field.at(question.positions), code], dim=-1)


def _layers(inputs: int, widths: list[int] | tuple[int, ...]) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for width in widths:
        layers += [nn.Linear(inputs, width), nn.BatchNorm1d(width), nn.ReLU()]
        inputs = width
    return layers


def _pointwise(network: nn.Module, points: torch.Tensor) -> torch.Tensor:
    """(B, N, C) through a network that takes (B N, C)."""
    return network(points.flatten(0, 1)).unflatten(0, points.shape[:2])


def _of_class(heads: nn.ModuleList, hidden: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """Each object through the head of its class; the release fails for more than one object."""
    numbers = classes.tolist()
    if len(set(numbers)) == 1:
        return _pointwise(heads[numbers[0]], hidden)
    return torch.cat([_pointwise(heads[c], h[None]) for c, h in zip(numbers, hidden, strict=True)])
