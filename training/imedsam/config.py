"""Settings of one run, read from a JSON file in `training/configs` or given as options."""

from __future__ import annotations

import argparse
import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

from MedSAMLib.implicit.config import SPECTRA, UNCERTAINTIES, ImplicitConfig

# I-MedSAM; SAM's own mask decoder with the same adapters; two networks that see no box.
METHODS = ("imedsam", "sam", "unet", "dynunet")
PROMPTED = ("imedsam", "sam")
# Sides of the box move outward by up to 19 pixels at 384 (papers.md 2a).
PAPER_JITTER = 19 / 384


@dataclass(frozen=True)
class TrainingConfig:
    """`steps` and `minutes`: the run, and its learning rate, ends with whichever comes first.

    Attributes:
        method: one of METHODS.
        lora_rank, frequency, inr, refine, uncertainty, detail, dropout: see `ImplicitConfig`; the
            paper's ablations are these, and `share`.
        compat: the released network, points and loss (papers.md 2a), faults included.
        share: of the training groups (images, patients) that are learnt from.
        classes: more than one where each label of a set has its own output.
        points: side of the grid of positions that an object is asked at in a step; each is moved
            at random within its cell, so that the network learns no grid.
        samples: of the uncertainty that chooses the refined points in training.
        coarse_until: share of the run in which the coarse answer's weight goes from 1 to
            coarse_floor; the paper's floor is 0.
        box_jitter: how far a side of the box moves outward at most, in longer sides of the image.
        box_share: and at most by this share of the box's own extent: the paper's 19 pixels are
            nothing to a polyp and more than a nodule's whole width. Not in `compat`.
        tight_share: of the boxes that do not move. With none a network learns that objects are
            smaller than their boxes, and draws them too small in tight ones.
        learning_rate: of the decoder; adapter_rate: of everything else that is trained.
    """

    method: str = "imedsam"
    sets: tuple[str, ...] = ("sessile",)
    lora_rank: int = 4
    frequency: str = "amplitude"
    inr: bool = True
    refine: float = 0.125
    uncertainty: str = "variance"
    detail: int = 16
    dropout: float = 0.25
    compat: bool = False
    image_size: int = 0
    share: float = 1.0
    classes: int = 1
    points: int = 96
    samples: int = 4
    coarse_until: float = 0.3
    coarse_floor: float = 0.2
    augment: bool = True
    box_jitter: float = PAPER_JITTER
    box_share: float = 0.1
    tight_share: float = 0.5
    steps: int = 20_000
    minutes: float = 600.0
    batch: int = 8
    learning_rate: float = 1e-3
    adapter_rate: float = 2e-4
    warmup_steps: int = 50
    weight_decay: float = 0.01
    gradient_norm: float = 1.0
    seed: int = 1
    workers: int = 1
    save_minutes: float = 5.0
    validation_limit: int = 60

    def __post_init__(self) -> None:
        known = {"method": METHODS, "frequency": SPECTRA, "uncertainty": UNCERTAINTIES}
        for name, allowed in known.items():
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} must be one of {', '.join(allowed)}.")
        if not 0 < self.share <= 1:
            raise ValueError("share must be more than 0 and at most 1.")

    @property
    def head(self) -> ImplicitConfig:
        """The network's own settings."""
        inr = self.inr and self.method == "imedsam"
        if self.compat:
            released = ImplicitConfig.released(self.classes, self.image_size)
            return released.replace(
                inr=inr, lora_rank=self.lora_rank, frequency=self.frequency, refine=self.refine
            )
        return ImplicitConfig(
            image_size=self.image_size,
            lora_rank=self.lora_rank,
            frequency=self.frequency,
            inr=inr,
            classes=self.classes,
            detail=self.detail if inr else 0,
            dropout=self.dropout,
            uncertainty=self.uncertainty,
            refine=self.refine,
        )

    @classmethod
    def read(cls, path: Path) -> TrainingConfig:
        """From a JSON file; keys that do not exist are refused."""
        values = json.loads(path.read_text(encoding="utf-8"))
        known = {f.name for f in dataclasses.fields(cls)}
        if unknown := set(values) - known:
            raise ValueError(f"{path.name}: unknown settings {', '.join(sorted(unknown))}.")
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})

    def to_dict(self) -> dict:
        """Plain values for JSON."""
        return dataclasses.asdict(self)


def add_settings(parser: argparse.ArgumentParser) -> None:
    """One option a setting: `--lora-rank 8`, `--frequency none`, `--no-inr`."""
    for field in dataclasses.fields(TrainingConfig):
        option = f"--{field.name.replace('_', '-')}"
        if isinstance(field.default, bool):
            parser.add_argument(option, action=argparse.BooleanOptionalAction, default=None)
        elif isinstance(field.default, tuple):
            parser.add_argument(option, nargs="+", default=None)
        else:
            parser.add_argument(option, type=type(field.default), default=None)


def settings_of(arguments: argparse.Namespace) -> TrainingConfig:
    """The configuration file's settings, replaced by those given as options."""
    config = TrainingConfig.read(arguments.config) if arguments.config else TrainingConfig()
    names = [field.name for field in dataclasses.fields(TrainingConfig)]
    given = {n: getattr(arguments, n) for n in names if getattr(arguments, n) is not None}
    given = {name: tuple(v) if isinstance(v, list) else v for name, v in given.items()}
    return dataclasses.replace(config, **given)
