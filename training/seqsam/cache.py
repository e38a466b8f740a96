"""Embeddings of a data set on disk, with what its readers drew: the encoder is frozen.

A folder holds one set: `embeddings.npy` (N, 256, g, g) half precision, `masks.npy` (N, K, s*s/8)
packed bits at the resolution of the logits, `boxes.npy` (N, K, 4) tight boxes in the network's
frame (zeros for an empty reader), and `set.json`. The arrays are mapped into memory, not read.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from tqdm import tqdm

from MedSAMLib.images import to_uint8
from MedSAMLib.sam import Embedding, SamModel
from MedSAMLib.sam.closer_look import crop_around, extent_of
from training.datasets import Sample

ABOUT = "set.json"
BATCH_BITS = 8


@dataclass(frozen=True, eq=False)
class CachedSet:
    """N images of one set for one backbone.

    embeddings: (N, 256, g, g) float16; masks: (N, K, s*s/8) packed; boxes: (N, K, 4) float32.
    An image with fewer than K readers has empty masks in the places of the missing ones.
    """

    embeddings: np.ndarray
    masks: np.ndarray
    boxes: np.ndarray
    side: int

    def __len__(self) -> int:
        return len(self.embeddings)

    def batch(self, indices: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Embeddings (B, 256, g, g) float32, masks (B, K, s, s) bool, boxes (B, K, 4) float32."""
        indices = np.asarray(indices)
        embeddings = torch.from_numpy(self.embeddings[indices].astype(np.float32))
        bits = np.unpackbits(self.masks[indices], axis=-1)
        masks = bits.reshape(*bits.shape[:2], self.side, self.side).astype(bool)
        return embeddings, torch.from_numpy(masks), torch.from_numpy(self.boxes[indices])


def cached_set(model: SamModel, samples: Sequence[Sample], folder: Path) -> CachedSet:
    """The set in `folder`; made there first unless it is whole and of the same backbone."""
    about = {"model_id": model.model_id, "count": len(samples), "ids": _fingerprint(samples)}
    if not _is_made(folder, about):
        _make(model, samples, folder, about)
    arrays = {
        name: np.load(folder / f"{name}.npy", mmap_mode="r")
        for name in ("embeddings", "masks", "boxes")
    }
    return CachedSet(**arrays, side=model.mask_size)


def _is_made(folder: Path, about: dict) -> bool:
    path = folder / ABOUT
    return path.is_file() and json.loads(path.read_text(encoding="utf-8")) == about


def _make(model: SamModel, samples: Sequence[Sample], folder: Path, about: dict) -> None:
    """Write into a folder beside it, which takes its name when everything is there."""
    partial = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    readers = max(len(sample.masks) for sample in samples)
    side, grid = model.mask_size, model.sam.prompt_encoder.image_embedding_size
    channels = model.sam.prompt_encoder.embed_dim
    shape = (len(samples), channels, *grid)
    embeddings = np.lib.format.open_memmap(partial / "embeddings.npy", "w+", np.float16, shape)
    masks = np.zeros((len(samples), readers, side * side // BATCH_BITS), np.uint8)
    boxes = np.zeros((len(samples), readers, 4), np.float32)
    for index, sample in enumerate(tqdm(samples, desc=f"embedding {folder.name}", leave=False)):
        image, drawn = as_seen(sample, model.closer_share)
        embedding = model.embed(image)
        embeddings[index] = embedding.features[0].cpu().numpy()
        framed = masks_in_frame(drawn, embedding, model)
        masks[index, : len(framed)] = np.packbits(framed.reshape(len(framed), -1), axis=-1)
        boxes[index, : len(framed)] = boxes_in_frame(drawn, embedding, model)
    np.save(partial / "masks.npy", masks)
    np.save(partial / "boxes.npy", boxes)
    embeddings.flush()
    (partial / ABOUT).write_text(json.dumps(about), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


def as_seen(sample: Sample, closer_share: float) -> tuple[np.ndarray, np.ndarray]:
    """The 8-bit image and the masks (K, h, w) as the network sees them: the part around a small
    object (`MedSAMLib.sam.closer_look`), else the whole."""
    image, extent = to_uint8(sample.image, sample.window), extent_of(None, None, sample.masks)
    crop = extent and crop_around(extent, image.shape[:2], closer_share)
    if not crop:
        return image, sample.masks
    return crop.of(image), np.stack([crop.of(mask) for mask in sample.masks])


def masks_in_frame(masks: np.ndarray, embedding: Embedding, model: SamModel) -> np.ndarray:
    """Masks (K, H, W) at the resolution and in the frame of the logits: (K, s, s) bool."""
    side, scale = model.mask_size, model.mask_size / model.image_size
    size = [max(1, round(length * scale)) for length in embedding.input_size]
    share = torch.from_numpy(np.ascontiguousarray(masks))[:, None].float()
    # The nearest pixel where the logits are finer than the image, the mean where coarser.
    mode = "area" if size[0] < masks.shape[-2] else "nearest-exact"
    framed = np.zeros((len(masks), side, side), bool)
    framed[:, : size[0], : size[1]] = F.interpolate(share, size, mode=mode)[:, 0].numpy() >= 0.5
    return framed


def boxes_in_frame(masks: np.ndarray, embedding: Embedding, model: SamModel) -> np.ndarray:
    """Tight boxes (K, 4) with exclusive ends, scaled as the prompts are; zeros where empty."""
    boxes = np.array([tight_box(mask) for mask in masks], np.float32).reshape(-1, 4)
    height, width = embedding.original_size
    scale = np.array(embedding.input_size[::-1]) / (width, height)
    return boxes * np.tile(scale, 2).astype(np.float32)


def tight_box(mask: np.ndarray) -> tuple[int, int, int, int]:
    """x0 y0 x1 y1 around a mask (H, W), exclusive ends; four zeros if it is empty."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return 0, 0, 0, 0
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1


def _fingerprint(samples: Sequence[Sample]) -> str:
    """The first and last name: enough to tell splits and data sets apart."""
    return f"{samples[0].ids[0]} .. {samples[-1].ids[-1]}" if samples else ""
