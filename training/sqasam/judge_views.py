"""What the judge learns from: images of the training splits with one true mask each, embedded once.

Nothing of `polyp_quality`, of CVC, or of any test split is read here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from MedSAMLib.images import to_uint8
from training import datasets
from training.datasets import Sample

MASK_FRACTION = 2  # pixels of the image a pixel of the mask
MIN_PIXELS = 10

# Set -> how many images at most; drawn by the seed.
TRAINING_SETS = {
    "polyp": 714,
    "lidc": 300,
    "hippocampus": 220,
    "organs_ct": 110,
    "organs_mr": 70,
    "deeplesion": 22,
}
VALIDATION_SETS = {"sessile_val": 31, "lidc_val": 40}


@dataclass(frozen=True, eq=False)
class Views:
    """N images in the network's square of S pixels.

    features (N, 256, g, g) float16; images (N, S, S, 3) uint8; truth (N, S/2, S/2) uint8, shares
    of 255; sizes (N, 2): the image's height and width within the square.
    """

    features: NDArray[np.float16]
    images: NDArray[np.uint8]
    truth: NDArray[np.uint8]
    sizes: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.truth)

    def inside(self, rows: NDArray[np.intp]) -> NDArray[np.float32]:
        """1 where the image is, 0 in the padding, (len(rows), S/2, S/2)."""
        side = self.truth.shape[-1]
        result = np.zeros((len(rows), side, side), np.float32)
        for place, (height, width) in enumerate(self.sizes[rows] / MASK_FRACTION):
            result[place, : round(height), : round(width)] = 1
        return result

    def gray(self, row: int) -> NDArray[np.float32]:
        """(S/2, S/2) in 0..1."""
        side = self.truth.shape[-1]
        pixels = self.images[row].mean(axis=2).reshape(side, 2, side, 2)
        return (pixels.mean(axis=(1, 3)) / 255).astype(np.float32)


def read_samples(data: Path, name: str) -> Iterator[Sample]:
    """The images of one of TRAINING_SETS or VALIDATION_SETS."""
    if name == "polyp":
        yield from datasets.read_polyps(data / "kvasir_seg" / "train")
        yield from datasets.read_polyps(data / "kvasir_sessile" / "train")
    elif name == "sessile_val":
        yield from datasets.read_polyps(data / "kvasir_sessile" / "val")
    elif name.startswith("lidc"):
        yield from datasets.read_lidc(data, "val" if name == "lidc_val" else "train")
    elif name == "hippocampus":
        yield from datasets.read_hippocampus(data, "train")
    elif name.startswith("organs"):
        yield from datasets.read_organs(data, name.removeprefix("organs_"), "train")
    else:
        yield from datasets.read_deeplesion(data, "train")


def cached_views(model, data: Path, name: str, limit: int, seed: int, cache: Path) -> Views:
    """The views of a set, embedded by `model` or read from the folder `cache`."""
    file = cache / f"views_{name}_{limit}_{seed}_{model.model_id[:12]}.npz"
    if not file.exists():
        samples = list(read_samples(data, name))
        rng = np.random.default_rng(seed)
        chosen = np.sort(rng.permutation(len(samples))[:limit])
        views = embedded(model, (samples[row] for row in chosen), rng)
        cache.mkdir(parents=True, exist_ok=True)
        np.savez(file, **vars(views))
    with np.load(file) as stored:
        return Views(**{key: stored[key] for key in stored.files})


def embedded(model, samples: Iterable[Sample], rng: np.random.Generator) -> Views:
    """One view a sample, with one of its masks drawn by `rng`."""
    rows = []
    for sample in samples:
        masks = [mask for mask in sample.masks if np.count_nonzero(mask) >= MIN_PIXELS]
        if masks:
            pixels = to_uint8(sample.image, sample.window)
            rows.append(_view(model, pixels, masks[rng.integers(len(masks))]))
    return Views(*(np.array(column) for column in zip(*rows, strict=True)))


def _view(model, pixels: NDArray[np.uint8], mask: NDArray[np.bool_]) -> tuple:
    side = model.image_size
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    scale = side / max(pixels.shape[:2])
    size = tuple(round(scale * extent) for extent in pixels.shape[:2])
    image = np.zeros((side, side, 3), np.uint8)
    image[: size[0], : size[1]] = _resized(pixels, size)
    truth = np.zeros((side, side), np.float32)
    truth[: size[0], : size[1]] = _resized(mask.astype(np.float32), size)
    half = side // MASK_FRACTION
    truth = truth.reshape(half, MASK_FRACTION, half, MASK_FRACTION).mean(axis=(1, 3))
    features = model.embed(image[: size[0], : size[1]], window=None).features[0]
    return features.half().cpu().numpy(), image, (truth * 255).round().astype(np.uint8), size


def _resized(array: NDArray, size: tuple[int, int]) -> NDArray:
    return np.asarray(Image.fromarray(array).resize(size[::-1], Image.Resampling.BILINEAR))
