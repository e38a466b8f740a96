"""Settings of one run, read from a JSON file in `training/configs`."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

METHODS = ("seqsam", "deterministic", "mcl", "mcl-released", "mcl-hungarian")
LOSSES = ("energy", "hungarian")
BOXES = ("mixed", "reader", "union", "jittered")
SELECTIONS = ("groups", "random", "sequential")
TRAINED = ("all", "outputs")


@dataclass(frozen=True)
class SeqSamConfig:
    """`steps` and `minutes`: the run, and its learning rate, ends with whichever comes first.

    Attributes:
        method: SeqSAM, or a baseline under the same budget (`objectives`).
        loss: of SeqSAM: "energy" of the set, or "hungarian", the paper's form.
        masks: M in training, drawn from these for every step.
        boxes: the prompt: the tight box of a random reader (the paper's), of all readers'
            union, a random reader's with moved sides, or one of the three at random.
        selection: which M > K masks are matched: one of each "groups" (the paper's), "random" K,
            or the first K ("sequential"); the latter two are its ablations.
        matching: "hungarian", or "identity" (ablation): mask k is compared with reader k.
        stop_gradient: feed masks back without gradient (ablation).
        compat: the author's working form with its faults (spec/papers.md section 1e).
        trained: "all" of the decoder, or its "outputs": the two-way transformer stays the
            backbone's, which halves the head's file.
        consensus: weight of the error of the masks' majority vote, beside "energy"; the paper has
            none (0).
        quality: weight of the predicted IoU's error; the paper does not train it (0).
    """

    method: str = "seqsam"
    loss: str = "energy"
    masks: tuple[int, ...] = (4, 4, 4, 8)
    boxes: str = "mixed"
    selection: str = "groups"
    matching: str = "hungarian"
    stop_gradient: bool = False
    compat: bool = False
    trained: str = "all"
    consensus: float = 0.0
    quality: float = 0.05
    sets: tuple[str, ...] = ("lidc",)
    steps: int = 600
    minutes: float = 600.0
    batch: int = 4
    learning_rate: float = 4e-4
    warmup_steps: int = 40
    weight_decay: float = 0.01
    gradient_norm: float = 1.0
    seed: int = 1
    save_minutes: float = 8.0
    validation_limit: int = 48

    def __post_init__(self) -> None:
        known = {"method": METHODS, "loss": LOSSES, "boxes": BOXES, "selection": SELECTIONS}
        known |= {"matching": ("hungarian", "identity"), "trained": TRAINED}
        for name, allowed in known.items():
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} must be one of {', '.join(allowed)}.")
        if not self.masks or not all(1 <= count <= 16 for count in self.masks):
            raise ValueError("masks must be 1 to 16.")

    @classmethod
    def read(cls, path: Path) -> SeqSamConfig:
        """From a JSON file; keys that do not exist are refused."""
        values = json.loads(path.read_text(encoding="utf-8"))
        known = {f.name for f in dataclasses.fields(cls)}
        if unknown := set(values) - known:
            raise ValueError(f"{path.name}: unknown settings {', '.join(sorted(unknown))}.")
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})

    @property
    def kind(self) -> str:
        """The kind of head that the method trains."""
        return self.method.partition("-")[0]
