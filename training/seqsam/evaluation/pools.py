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

    Those of cases that the same weights were asked before are taken from `folder`.
    """
    kept = None if folder is None else _kept_in(folder, model, method, box, seed)
    progress = tqdm(samples, desc=f"{method.name}, {box}", unit="image", dynamic_ncols=True)
    found = [_case(model, method, sample, box, seed, kept) for sample in progress]
    return Pool(np.stack([packed for packed, _ in found]), np.stack([each for _, each in found]))


def _case(
    model: SamModel, method: Method, sample: Sample, box: str, seed: int, kept: Path | None
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Packed masks (own, H*W/8) and scores (own,) of one case."""
    path = None if kept is None else kept / f"{sample.ids[0].replace('/', '-')}.npz"
    if path is not None and path.is_file():
        with np.load(path) as stored:
            return stored["packed"], stored["scores"]
    embedding = model.embed(sample.image, window=sample.window)
    made = method.make(embedding, case_box(sample, box, seed))
    packed = np.packbits(made.masks.reshape(len(made), -1), axis=-1)
    if path is not None:
        with atomic_path(path, overwrite=True) as partial, partial.open("wb") as file:
            np.savez(file, packed=packed, scores=made.scores)
    return packed, made.scores


def _kept_in(folder: Path, model: SamModel, method: Method, box: str, seed: int) -> Path:
    """A folder of its own for everything that the masks of a case depend on."""
    facts = [model.model_id, model.precision, method.name, method.version, box, seed]
    key = hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:12]
    path = folder / f"{method.name}-{box}-{key}"
    path.mkdir(parents=True, exist_ok=True)
    return path
