"""Settings of one training run, read from a JSON file in `training/configs`."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path

from MedSAMLib.sam.starter import StarterConfig


@dataclass(frozen=True)
class TrainingConfig:
    """`steps` and `minutes`: the run, and its learning-rate schedule, ends with whichever comes
    first. `weights` are the shares of the sources, `rounds` of prompting grow from `first_rounds`
    to `rounds` after `rounds_from` of the run. The pretrained trunk of a "pyramid" stem learns at
    `trunk_rate` of the learning rate."""

    network: StarterConfig = field(default_factory=StarterConfig)
    steps: int = 60_000
    minutes: float = 600.0
    batch: int = 8
    objects: int = 2
    rounds: int = 2
    first_rounds: int = 1
    rounds_from: float = 0.6
    learning_rate: float = 5e-4
    trunk_rate: float = 0.3
    warmup_steps: int = 100
    weight_decay: float = 0.05
    gradient_norm: float = 1.0
    average_decay: float = 0.995
    generated_pictures: int = 3000
    seed: int = 1
    workers: int = 1
    save_minutes: float = 6.0
    validation_limit: int = 30
    weights: dict[str, float] = field(
        default_factory=lambda: {
            "lidc": 0.28,
            "polyps": 0.30,
            "hippocampus": 0.20,
            "generated": 0.12,
            "organs": 0.06,
            "deeplesion": 0.02,
            "chase": 0.02,
        }
    )

    @classmethod
    def read(cls, path: Path) -> TrainingConfig:
        """From a JSON file; keys that do not exist are refused."""
        values = json.loads(path.read_text(encoding="utf-8"))
        known = {f.name for f in dataclasses.fields(cls)}
        if unknown := set(values) - known:
            raise ValueError(f"{path.name}: unknown settings {', '.join(sorted(unknown))}.")
        network = StarterConfig.from_dict(values.pop("network", {}))
        return cls(network=network, **values)
