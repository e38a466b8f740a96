"""The ways of making several masks that are compared, all on one backbone and the same boxes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from MedSAMLib.errors import UsageError
from MedSAMLib.hypotheses import Hypotheses, multimask_hypotheses, perturbed_hypotheses
from MedSAMLib.hypotheses.generators import hypotheses_of_head
from MedSAMLib.hypotheses.heads import HEADS_OF_MCL, load_head
from MedSAMLib.hypotheses.training_free import BOX_JITTER, CANDIDATES, MAX_COUNT, MULTIMASK_COUNT
from MedSAMLib.sam import Embedding, SamModel
from MedSAMLib.sam.checkpoint_files import read_checkpoint
from MedSAMLib.sam.checksums import sha256_of
from training.evaluation.baselines import inscribed_ellipse

Make = Callable[[Embedding, NDArray[np.float64]], Hypotheses]


@dataclass(frozen=True, eq=False)
class Method:
    """One row of the tables.

    own: how many different masks it makes; for a larger M they are repeated in turn.
    make: from an embedding and a box (4,) its masks, those for a smaller M first.
    version: what its masks depend on besides the backbone, so that they can be kept on disk.
    """

    name: str
    title: str
    own: int
    make: Make
    version: str

    @property
    def has_scores(self) -> bool:
        return self.name != "ellipse"


def training_free_methods(model: SamModel, seed: int) -> list[Method]:
    """What needs no head: SAM's three tokens, moved prompts, the box's ellipse."""
    return [
        Method(
            "perturbation",
            "moved prompts (SimSAM-like)",
            MAX_COUNT,
            lambda e, box: perturbed_hypotheses(model, e, box=box, count=MAX_COUNT, seed=seed),
            f"{CANDIDATES} candidates, {BOX_JITTER}, seed {seed}",
        ),
        Method(
            "multimask",
            "SAM's tokens, untrained",
            MULTIMASK_COUNT,
            lambda e, box: multimask_hypotheses(model, e, box=box),
            "",
        ),
        Method("ellipse", "inscribed ellipse", 1, _ellipse, ""),
    ]


def head_methods(model: SamModel, folder: Path) -> list[Method]:
    """The heads of a folder (`*.safetensors`, or one folder a run), SeqSAM's first."""
    # A run also keeps its checkpoint, which is no head.
    paths = sorted(p for p in folder.rglob("*.safetensors") if p.parent.name != "checkpoint")
    if not paths:
        raise UsageError(f"There is no head (*.safetensors) in {folder}.")
    methods = [_of_head(model, path) for path in paths]
    return sorted(methods, key=lambda method: (not method.name.startswith("seqsam"), method.name))


def _of_head(model: SamModel, path: Path) -> Method:
    head = load_head(path, model)
    name = path.parent.name if path.stem == "head" else path.stem
    own = {"seqsam": MAX_COUNT, "mcl": HEADS_OF_MCL}.get(head.config.kind, 1)
    return Method(
        name.removeprefix(f"{model.name}-"),
        _title(path, name),
        own,
        lambda embedding, box: hypotheses_of_head(model, head, embedding, box=box, count=own),
        sha256_of(path),
    )


TITLES = {
    ("seqsam", "energy"): "**SeqSAM**, energy distance of the set",
    ("seqsam", "hungarian"): "SeqSAM, the paper's Hungarian loss",
    ("deterministic", None): "deterministic",
    ("mcl", None): "MCL, global Dice",
    ("mcl-released", None): "MCL, the released loss",
    ("mcl-hungarian", None): "MCL, Hungarian over the tokens",
}


def _title(path: Path, name: str) -> str:
    """What was trained and how, from the head's own record."""
    settings = json.loads(read_checkpoint(path).metadata.get("training", "{}")).get("settings", {})
    method = settings.get("method")
    loss = settings.get("loss") if method == "seqsam" else None
    return TITLES.get((method, loss), name)


def _ellipse(embedding: Embedding, box: NDArray[np.float64]) -> Hypotheses:
    mask = inscribed_ellipse(box, embedding.original_size)[None]
    return Hypotheses(mask, mask.astype(np.float32), np.ones(1, np.float32), "ellipse")
