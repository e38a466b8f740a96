"""GED and D_avg on a validation set, from cached embeddings, at the logits' resolution."""

from __future__ import annotations

import numpy as np
import torch

from MedSAMLib.hypotheses.heads import Head
from MedSAMLib.hypotheses.recurrent_decoder import encode_prompts
from MedSAMLib.metrics.ambiguity import dice_of_majority, ged
from training.seqsam.boxes import STYLES, prompt_boxes, random_readers
from training.seqsam.cache import CachedSet

BATCH = 8


@torch.no_grad()
def validate(
    head: Head,
    images: CachedSet,
    indices: np.ndarray,
    counts: tuple[int, ...] = (1, 4, 8),
    styles: tuple[str, ...] = STYLES,
    threshold: float | None = None,
    seed: int = 0,
) -> dict[str, float]:
    """Means over `indices`: `{"union/ged@4": ..., "union/dice@4": ...}`, empty readers kept
    ("ged") and left out ("ged_marked", "dice"). The boxes are the same at every call."""
    limit = head.config.mask_threshold if threshold is None else threshold
    device = next(head.parameters()).device
    found: dict[str, list[float]] = {}
    for style in styles:
        for start in range(0, len(indices), BATCH):
            part = indices[start : start + BATCH]
            rng = np.random.default_rng((seed, start))
            embeddings, readers, boxes = images.batch(part)
            side = head.prompt_encoder.input_image_size[0]
            prompts = prompt_boxes(boxes, random_readers(boxes, rng), style, rng, side)
            codes = encode_prompts(head.prompt_encoder, prompts.to(device))
            logits, _ = head(embeddings.to(device), codes, max(counts))
            masks = (logits > limit).cpu().numpy()
            for predicted, marked in zip(masks, readers.numpy(), strict=True):
                for name, value in _measures(predicted, marked, counts).items():
                    found.setdefault(f"{style}/{name}", []).append(value)
    return {name: float(np.mean(values)) for name, values in found.items()}


def _measures(masks: np.ndarray, readers: np.ndarray, counts: tuple[int, ...]) -> dict[str, float]:
    values = {}
    for count in counts:
        values[f"ged@{count}"] = ged(masks[:count], readers, "keep")
        values[f"ged_marked@{count}"] = ged(masks[:count], readers, "drop")
        values[f"dice@{count}"] = dice_of_majority(masks[:count], readers, "drop")
    return values
