"""Short runs that differ in one setting each: what moves D_avg, and what does not."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from MedSAMLib.files import atomic_path
from MedSAMLib.hypotheses.heads import Head, load_head
from MedSAMLib.hypotheses.recurrent_decoder import encode_prompts
from MedSAMLib.metrics import Comparison, pairwise_dice
from MedSAMLib.sam import SamModel
from training.seqsam.boxes import prompt_boxes, random_readers
from training.seqsam.cache import CachedSet
from training.seqsam.config import SeqSamConfig
from training.seqsam.evaluation.votes import RULES, voted
from training.seqsam.train import SeqSamTraining

BATCH = 8
LOOSER = 0.1  # of the box's extent, outward on each side
BOXES = {
    "union": "box of the union",
    "reader": "box of a reader",
    "looser": f"the reader's, {2 * LOOSER:.0%} wider and higher",
}

# By M and name, one of RULES or "ged": (N,) values, one a case.
Scores = dict[tuple[int, str], np.ndarray]


@dataclass(frozen=True)
class Trial:
    """A run of `training.seqsam.train`.

    settings: what differs from the configuration of the shipped head; count and boxes: M and the
    kinds of BOXES at evaluation.
    """

    name: str
    title: str
    settings: Mapping
    count: int = 1
    boxes: tuple[str, ...] = tuple(BOXES)


def head_of_trial(
    trial: Trial,
    config: SeqSamConfig,
    model: SamModel,
    learnt: Callable[[], CachedSet],
    watched: CachedSet,
    folder: Path,
) -> Head:
    """The trial's head from `folder`, trained first unless it is there.

    learnt: gives the images to learn from; watched: what the run reports on.
    """
    out = folder / trial.name
    if not (out / "head.safetensors").is_file():
        settings = dataclasses.replace(config, **trial.settings)
        out.mkdir(parents=True, exist_ok=True)
        SeqSamTraining(settings, model, [learnt()], watched, out).run()
    return load_head(out / "head.safetensors", model)


def boxes_of(images: CachedSet, kind: str, seed: int, side: int) -> torch.Tensor:
    """One box (N, 4) an image in the network's frame of `side` pixels, of a kind of BOXES."""
    boxes = torch.from_numpy(np.array(images.boxes))
    rng = np.random.default_rng(seed)
    readers = random_readers(boxes, rng)
    found = prompt_boxes(boxes, readers, "union" if kind == "union" else "reader", rng, side)
    return looser(found, side) if kind == "looser" else found


def looser(boxes: torch.Tensor, side: int) -> torch.Tensor:
    """Boxes (N, 4) with every side moved outward by LOOSER of the extent, inside the frame."""
    extent = (boxes[:, 2:] - boxes[:, :2]) * LOOSER
    return torch.cat([boxes[:, :2] - extent, boxes[:, 2:] + extent], dim=1).clamp(0, side)


@torch.no_grad()
def case_scores(
    head: Head, images: CachedSet, boxes: torch.Tensor, counts: Sequence[int]
) -> Scores:
    """D_avg by each of RULES, and GED, against the readers who marked something, for each M."""
    cases = []
    for start in range(0, len(images), BATCH):
        part = np.arange(start, min(start + BATCH, len(images)))
        embeddings, readers, _ = images.batch(part)
        codes = encode_prompts(head.prompt_encoder, boxes[part])
        logits, _ = head(embeddings, codes, max(counts))
        cases += [_scores(*case, counts) for case in zip(logits, readers, strict=True)]
    return {key: np.array([case[key] for case in cases]) for key in cases[0]}


def _scores(
    logits: torch.Tensor, readers: torch.Tensor, counts: Sequence[int]
) -> dict[tuple[int, str], float]:
    """Of one image: logits (M, h, w), readers (K, h, w)."""
    marked = readers[readers.flatten(1).any(1)].numpy()
    everything = Comparison.of((logits > 0).numpy(), marked)
    found = {}
    for count in counts:
        masks = voted(logits[:count]).numpy()
        dice = pairwise_dice(masks, marked).mean(axis=1)
        found |= {(count, rule): float(each) for rule, each in zip(RULES, dice, strict=True)}
        found[count, "ged"] = everything.part(range(count), range(len(marked))).ged()
    return found


def write_scores(path: Path, scores: Scores) -> None:
    """Keep scores in a file that appears whole."""
    with atomic_path(path, overwrite=True) as partial, partial.open("wb") as file:
        np.savez(file, **{f"{count} {name}": values for (count, name), values in scores.items()})


def read_scores(path: Path) -> Scores:
    """What `write_scores` wrote."""
    with np.load(path) as stored:
        split = {key: key.split(" ", 1) for key in stored.files}
        return {(int(count), name): stored[key] for key, (count, name) in split.items()}
