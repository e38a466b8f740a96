"""Every method's masks for every case, made once and kept on disk: decoding takes the time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from MedSAMLib.files import atomic_path
from MedSAMLib.hypotheses import Hypotheses
from MedSAMLib.sam import SamModel
from training.datasets import Sample
from training.seqsam.evaluation.boxes import case_box
from training.seqsam.evaluation.methods import Method


@dataclass(frozen=True, eq=False)
class Pool:
    """A method's own masks for N cases of (H, W): packed bits (N, own, H*W/8), scores (N, own)."""

    packed: NDArray[np.uint8]
    scores: NDArray[np.float32]

    def masks(self, case: int, shape: tuple[int, int]) -> NDArray[np.bool_]:
        """(own, H, W) bool of one case."""
        bits = np.unpackbits(self.packed[case], axis=-1, count=shape[0] * shape[1])
        return bits.reshape(-1, *shape).astype(bool)


def pool_of(
    model: SamModel,
    method: Method,
    samples: Sequence[Sample],
    box: str,
    seed: int,
    folder: Path | None = None,
) -> Pool:
    """The masks of `method` for the `box` (of BOXES) of every sample; images are of one size.

    Taken from `folder` where they were made before by the same weights for the same cases.
    """
    key = _key(model, method, samples, box, seed)
    path = None if folder is None else folder / f"{box}-{method.name}-{key[:12]}.npz"
    if path is not None and path.is_file():
        with np.load(path) as kept:
            return Pool(kept["packed"], kept["scores"])
    pool = _made(model, method, samples, box, seed)
    if path is not None:
        folder.mkdir(parents=True, exist_ok=True)
        with atomic_path(path, overwrite=True) as partial, partial.open("wb") as file:
            np.savez(file, packed=pool.packed, scores=pool.scores)
    return pool


def _made(model: SamModel, method: Method, samples: Sequence[Sample], box: str, seed: int) -> Pool:
    progress = tqdm(samples, desc=f"{method.name}, {box}", unit="image", dynamic_ncols=True)
    found = [_hypotheses(model, method, sample, box, seed) for sample in progress]
    packed = [np.packbits(each.masks.reshape(len(each), -1), axis=-1) for each in found]
    return Pool(np.stack(packed), np.stack([each.scores for each in found]))


def _hypotheses(model: SamModel, method: Method, sample: Sample, box: str, seed: int) -> Hypotheses:
    embedding = model.embed(sample.image, window=sample.window)
    return method.make(embedding, case_box(sample, box, seed))


def _key(model: SamModel, method: Method, samples: Sequence[Sample], box: str, seed: int) -> str:
    names = [sample.ids[0] for sample in samples]
    facts = [model.model_id, model.precision, method.name, method.version, box, seed, names]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()
