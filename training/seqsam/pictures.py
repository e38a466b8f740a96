"""What TensorBoard shows of a head: readers beside hypotheses."""

from __future__ import annotations

import numpy as np
import torch

from MedSAMLib.hypotheses.heads import Head
from MedSAMLib.hypotheses.recurrent_decoder import encode_prompts
from training.seqsam.boxes import prompt_boxes
from training.seqsam.cache import CachedSet

GAP = 2  # pixels between pictures
GRAY = 128


@torch.no_grad()
def comparison(head: Head, images: CachedSet, indices: np.ndarray, count: int = 4) -> np.ndarray:
    """A row an image, (rows, columns) uint8: the readers' masks, a gap, then `count` masks."""
    embeddings, readers, boxes = images.batch(indices)
    side = head.prompt_encoder.input_image_size[0]
    first = np.zeros(len(indices), int)
    prompts = prompt_boxes(boxes, first, "union", np.random.default_rng(0), side)
    device = next(head.parameters()).device
    codes = encode_prompts(head.prompt_encoder, prompts.to(device))
    logits, _ = head(embeddings.to(device), codes, count)
    masks = (logits > head.config.mask_threshold).cpu().numpy()
    rows = [
        tiled([*marked, None, *found]) for marked, found in zip(readers.numpy(), masks, strict=True)
    ]
    return np.concatenate(rows)


def tiled(masks: list[np.ndarray | None]) -> np.ndarray:
    """Masks (h, w) in a row on gray; None is a wider gap."""
    height = next(len(m) for m in masks if m is not None)
    pieces = []
    for mask in masks:
        if mask is not None:
            pieces.append(np.where(mask, 255, 0).astype(np.uint8))
        pieces.append(np.full((height, GAP if mask is not None else 4 * GAP), GRAY, np.uint8))
    row = np.concatenate(pieces, axis=1)
    return np.concatenate([row, np.full((GAP, row.shape[1]), GRAY, np.uint8)])
