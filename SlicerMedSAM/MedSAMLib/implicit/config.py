"""The shape of an implicit head: what its encoder adapters and its decoder are made of."""

from __future__ import annotations

import dataclasses
from dataclasses import asdict, dataclass

from ..errors import UsageError

SPECTRA = ("amplitude", "phase", "none")
UNCERTAINTIES = ("variance", "margin", "combined")


@dataclass(frozen=True)
class ImplicitConfig:
    """Settings of an implicit head, stored as JSON beside its weights (spec: papers.md section 2).

    image_size: side of the network input in pixels; 0 takes the backbone's own.
    lora_rank: of the adapters on query and value of every block; 0 for none.
    frequency: what the frequency adapter sees of the image's spectrum, one of SPECTRA.
    adapter_width: hidden width of the frequency adapter of a block.
    inr: False leaves the implicit decoder out: SAM's own mask decoder on the adapted encoder.
    classes: kinds of objects, each with its own output.
    frequencies: L, octaves of the coordinate code.
    coarse_widths, fine_widths: hidden layers of the two networks.
    coarse_features: values a point that the coarse network hands to the fine one.
    detail: channels read from the image itself at the network's own resolution; 0 for none.
    dropout: share of hidden units left out, in training and in the samples of the uncertainty.
    uncertainty: "variance" over samples, "margin", how near the probability is to 1/2, without
        samples, or "combined", the mean of both over samples.
    refine: share of the points that are refined; 0 for none.
    compat: the released network, faults included; see `released_decoder`.
    """

    image_size: int = 0
    lora_rank: int = 4
    frequency: str = "amplitude"
    adapter_width: int = 4
    inr: bool = True
    classes: int = 1
    frequencies: int = 10
    coarse_widths: tuple[int, ...] = (128, 96)
    coarse_features: int = 32
    fine_widths: tuple[int, ...] = (128, 64)
    detail: int = 16
    dropout: float = 0.25
    uncertainty: str = "variance"
    refine: float = 0.125
    compat: bool = False

    def __post_init__(self) -> None:
        if self.frequency not in SPECTRA:
            raise UsageError(f"Unknown spectrum {self.frequency!r}; choose one of {SPECTRA}.")
        if self.uncertainty not in UNCERTAINTIES:
            raise UsageError(
                f"Unknown uncertainty {self.uncertainty!r}; choose one of {UNCERTAINTIES}."
            )
        if not 0 <= self.refine <= 1:
            raise UsageError(f"The share of refined points is 0 to 1, not {self.refine:g}.")
        if not 0 <= self.dropout < 1:
            raise UsageError(f"The dropout is 0 or more and less than 1, not {self.dropout:g}.")

    @classmethod
    def released(cls, classes: int = 1, image_size: int = 384) -> ImplicitConfig:
        """The shape of the released I-MedSAM (papers.md 2a): 1,595,742 parameters on ViT-B."""
        return cls(
            image_size=image_size,
            classes=classes,
            coarse_widths=(1024, 512),
            coarse_features=256,
            fine_widths=(256, 256, 128),
            detail=0,
            dropout=0.5,
            compat=True,
        )

    @property
    def adapts_encoder(self) -> bool:
        """Whether the head needs an embedding of its own, not the backbone's."""
        return self.lora_rank > 0 or self.frequency != "none" or self.image_size > 0

    @classmethod
    def from_dict(cls, values: dict) -> ImplicitConfig:
        """Rebuild from JSON, where tuples come back as lists; TypeError for unknown settings."""
        tuples = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
        return cls(**tuples)

    def to_dict(self) -> dict:
        """Plain values for JSON."""
        return asdict(self)

    def replace(self, **changes) -> ImplicitConfig:
        """The same with some settings changed."""
        return dataclasses.replace(self, **changes)
