"""What alternatives are asked for."""

from __future__ import annotations

from dataclasses import dataclass

from MedSAMLib.prompts import Prompts

from ..session.ports import SliceImage

METHODS = ("auto", "seqsam", "multimask", "perturbation")
MIN_COUNT, MAX_COUNT = 1, 16


@dataclass(frozen=True)
class Request:
    """How many alternatives, how they are made (one of METHODS), and the seed of what is random."""

    count: int = 4
    method: str = "auto"
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Case:
    """A slice, and the prompts (in its pixels) that alternatives are wanted for."""

    image: SliceImage
    prompts: Prompts
