"""Train the learned judge on erroneous masks of the training splits.

Every step draws images of the sets by their weights, gives each a mask with errors, and asks the
network for the true mask (cross-entropy, so that its map is a probability) and for the Dice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from MedSAMLib.quality.judge_network import JudgeNetwork
from training.sqasam.judge_views import Views
from training.sqasam.realistic_errors import erroneous_mask

WEIGHTS = {
    "polyp": 0.5,
    "lidc": 0.15,
    "hippocampus": 0.13,
    "organs_ct": 0.1,
    "organs_mr": 0.07,
    "deeplesion": 0.05,
}


@dataclass(frozen=True)
class JudgeConfig:
    """How long and how fast; `weights`: the chance of each set."""

    steps: int = 1500
    batch: int = 12
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    dropped: float = 0.1  # share of the embedding's channels silenced, image by image
    grade_weight: float = 4.0
    seed: int = 0
    weights: dict[str, float] = field(default_factory=lambda: dict(WEIGHTS))

    def to_dict(self) -> dict:
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Source:
    """A set's views and the weak networks' maps of them (N, maps, S/2, S/2), None without."""

    views: Views
    maps: NDArray[np.uint8] | None = None


@dataclass(frozen=True, eq=False)
class Batch:
    """B erroneous masks with what they should have been; shapes as `JudgeNetwork` takes them."""

    features: torch.Tensor
    masks: torch.Tensor
    inside: torch.Tensor
    truth: torch.Tensor

    @property
    def dice(self) -> torch.Tensor:
        """The true Dice (B,), by shares of pixels."""
        common = 2 * (self.masks * self.truth).sum((1, 2))
        return common / (self.masks + self.truth).sum((1, 2)).clamp(min=1e-3)


def train_judge(
    sources: dict[str, Source],
    config: JudgeConfig,
    report: Callable[[int, dict[str, float], JudgeNetwork], None],
) -> JudgeNetwork:
    """The averaged weights of the last half of the steps; `report` is called every 100 steps."""
    torch.manual_seed(config.seed)
    rng = np.random.default_rng(config.seed)
    network, averaged = JudgeNetwork().train(), JudgeNetwork().eval()
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, config.learning_rate, total_steps=config.steps, pct_start=0.1
    )
    sums: dict[str, float] = {}
    for step in range(1, config.steps + 1):
        losses = _losses(network, draw_batch(sources, config, rng), config, rng)
        optimizer.zero_grad()
        sum(losses.values()).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        _average(averaged, network, decay=min(0.995, step / (step + 10)))
        for name, value in losses.items():
            sums[name] = sums.get(name, 0.0) + value.item() / 100
        if step % 100 == 0:
            report(step, sums, averaged)
            sums = {}
    return averaged


def draw_batch(sources: dict[str, Source], config: JudgeConfig, rng: np.random.Generator) -> Batch:
    """Images by the sets' weights, mirrored at random, each with a mask with errors."""
    names = [name for name in config.weights if name in sources]
    chances = np.array([config.weights[name] for name in names])
    picks = rng.choice(len(names), size=config.batch, p=chances / chances.sum())
    rows = [draw_row(sources[names[pick]], rng) for pick in picks]
    return Batch(*(torch.as_tensor(np.stack(column)) for column in zip(*rows, strict=True)))


def draw_row(source: Source, rng: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
    """features, mask, inside, truth of one random image of a source."""
    views, row = source.views, int(rng.integers(len(source.views)))
    inside = views.inside(np.array([row]))[0]
    truth = views.truth[row].astype(np.float32) / 255
    maps = [] if source.maps is None else list(source.maps[row].astype(np.float32) / 255)
    foreign = views.truth[rng.integers(len(views))] > 127
    mask = erroneous_mask(truth, views.gray(row), maps, foreign, rng) * inside
    parts = (views.features[row].astype(np.float32), mask, inside, truth)
    if rng.random() < 0.5 and inside.all():
        parts = tuple(part[..., ::-1] for part in parts)
    return tuple(np.ascontiguousarray(part, dtype=np.float32) for part in parts)


def _losses(network, batch: Batch, config: JudgeConfig, rng) -> dict[str, torch.Tensor]:
    keep = rng.random((len(batch.features), batch.features.shape[1], 1, 1)) >= config.dropped
    features = batch.features * torch.as_tensor(keep, dtype=torch.float32) / (1 - config.dropped)
    logits, grade = network(features, batch.masks, batch.inside)
    entropy = F.binary_cross_entropy_with_logits(logits, batch.truth, batch.inside)
    soft = torch.sigmoid(logits) * batch.inside
    common = 2 * (soft * batch.truth).sum((1, 2))
    overlap = common / (soft + batch.truth).sum((1, 2)).clamp(min=1)
    return {
        "entropy": 4 * entropy,
        "overlap": 0.25 * (1 - overlap).mean(),
        "grade": config.grade_weight * F.mse_loss(grade, batch.dice),
    }


@torch.no_grad()
def _average(averaged: JudgeNetwork, network: JudgeNetwork, decay: float) -> None:
    for kept, new in zip(averaged.parameters(), network.parameters(), strict=True):
        kept.lerp_(new, 1 - decay)
