"""The implicit decoder: a mask as a function of the position, coarse everywhere and fine where
the coarse answer is uncertain (papers.md 2a, mended as 2e says).

Both networks answer with what they add: the coarse one to the discrete decoder's logit, the fine
one to the coarse logit. Their last layers start at zero, so that an untrained implicit decoder
is the discrete decoder read at any position.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from .config import ImplicitConfig
from .dropout import (
    margin_uncertainty,
    sampled_head,
    thinned_masks,
    variance_uncertainty,
)
from .field import Field
from .positions import code_length, coordinate_code


@dataclass(frozen=True, eq=False)
class Answer:
    """At N positions of B objects.

    logits, probability, uncertainty: (B, N), the uncertainty in 0..1. features: (B, N, F), what
    the fine network takes over, None of the fine network itself; it includes what was read of
    the field, so that nothing is read twice.
    """

    logits: torch.Tensor
    probability: torch.Tensor
    uncertainty: torch.Tensor
    features: torch.Tensor | None = None


@dataclass(frozen=True, eq=False)
class Question:
    """What a decoder is asked: positions (B, N, 2), in an output of `shape` (H, W), of objects of
    a class (B,) each."""

    positions: torch.Tensor
    shape: tuple[int, int]
    classes: torch.Tensor

    def part(self, chosen: torch.Tensor) -> Question:
        """The question at the chosen (B, K) of its positions."""
        index = chosen[..., None].expand(-1, -1, 2)
        return Question(self.positions.gather(1, index), self.shape, self.classes)


@dataclass(frozen=True, eq=False)
class Thinning:
    """The hidden units that each of T samples keeps, (T, U) in either network."""

    coarse: torch.Tensor
    fine: torch.Tensor


class PointNetwork(nn.Module):
    """Linear, LayerNorm and ReLU for each width, on points (B, N, C) -> (B, N, U).

    LayerNorm knows each point alone; the release's BatchNorm over points makes the answer depend
    on which points were asked together (papers.md 2e.9). `code` (B, D), where there is one, is
    the same for all points of an object.
    """

    def __init__(self, inputs: int, code: int, widths: Sequence[int]) -> None:
        super().__init__()
        sizes = zip((inputs, *widths), widths, strict=False)
        self.layers = nn.ModuleList(nn.Linear(before, after) for before, after in sizes)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for width in widths)
        self.code = nn.Linear(code, widths[0], bias=False)

    def forward(self, points: torch.Tensor, code: torch.Tensor) -> torch.Tensor:
        hidden = self.layers[0](points) + self.code(code)[:, None]
        for layer, norm in zip(self.layers[1:], self.norms, strict=False):
            hidden = layer(torch.relu_(norm(hidden)))
        return torch.relu_(self.norms[-1](hidden))


class ImplicitDecoder(nn.Module):
    """Coarse and fine networks on a `Field` whose maps have `channels` channels together."""

    chooses_arbitrarily = False
    refines = True

    def __init__(self, channels: int, code: int, config: ImplicitConfig) -> None:
        super().__init__()
        self.config = config
        inputs = channels + code_length(config.frequencies) + 1
        self.coarse_network = PointNetwork(inputs, code, config.coarse_widths)
        self.coarse_head = _zero_linear(config.coarse_widths[-1], config.classes)
        self.features = nn.Linear(config.coarse_widths[-1], config.coarse_features)
        fine_inputs = inputs + config.coarse_features + 1
        self.fine_network = PointNetwork(fine_inputs, code, config.fine_widths)
        self.fine_head = _zero_linear(config.fine_widths[-1], config.classes)
        self.dropout = nn.Dropout(config.dropout)

    def thinning(self, samples: int, generator: torch.Generator) -> Thinning | None:
        """The units of T samples; None where the uncertainty is not from samples."""
        if self.config.uncertainty == "margin" or samples < 2:
            return None
        widths = (self.config.coarse_widths[-1], self.config.fine_widths[-1])
        share = self.config.dropout
        return Thinning(*(thinned_masks(samples, width, share, generator) for width in widths))

    def coarse(self, field: Field, question: Question, thinning: Thinning | None) -> Answer:
        """The answer at any positions."""
        base = field.logits_at(question.positions)
        code = coordinate_code(question.positions, self.config.frequencies)
        inputs = torch.cat([field.at(question.positions), code, base[..., None]], dim=-1)
        hidden = self.coarse_network(inputs, field.code)
        answer = self._answer(hidden, self.coarse_head, base, question, thinning, "coarse")
        features = torch.relu(self.features(hidden))
        return Answer(*answer, features=torch.cat([inputs, features], dim=-1))

    def fine(
        self, field: Field, question: Question, coarse: Answer, thinning: Thinning | None
    ) -> Answer:
        """The refined answer at positions whose `coarse` answer is known."""
        inputs = torch.cat([coarse.features, coarse.logits[..., None]], dim=-1)
        hidden = self.fine_network(inputs, field.code)
        return Answer(
            *self._answer(hidden, self.fine_head, coarse.logits, question, thinning, "fine")
        )

    def _answer(
        self,
        hidden: torch.Tensor,
        head: nn.Linear,
        base: torch.Tensor,
        question: Question,
        thinning: Thinning | None,
        which: str,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Logits, probability and uncertainty: the `base` logits plus what the head says."""
        weight, bias = head.weight[question.classes], head.bias[question.classes]
        if thinning is None:
            logits = base + self._said(hidden, weight, bias)
            probability = logits.sigmoid()
            return logits, probability, margin_uncertainty(probability)
        masks = getattr(thinning, which)
        # The first of the rows is the network with all its units.
        masks = torch.cat([torch.ones_like(masks[:1]), masks])
        sampled = base[:, None] + sampled_head(hidden, weight, bias, masks)
        logits = base + self._said(hidden, weight, bias) if self.training else sampled[:, 0]
        probabilities = sampled[:, 1:].sigmoid()
        probability = probabilities.mean(dim=1)
        uncertainty = variance_uncertainty(probabilities, probability)
        if self.config.uncertainty == "combined":
            uncertainty = (uncertainty + margin_uncertainty(probability)) / 2
        return logits, probability, uncertainty

    def _said(self, hidden: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        """The head's output (B, N), with dropout in training."""
        return torch.einsum("bnu,bu->bn", self.dropout(hidden), weight) + bias[:, None]


def _zero_linear(inputs: int, outputs: int) -> nn.Linear:
    layer = nn.Linear(inputs, outputs)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
