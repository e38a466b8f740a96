"""Small SAM networks of Meta's own classes, so that tests take milliseconds."""

from __future__ import annotations

import numpy as np
import torch

from MedSAMLib.sam import SamModel
from MedSAMLib.sam.backbone import (
    ImageEncoderViT,
    MaskDecoder,
    PromptEncoder,
    Sam,
    TwoWayTransformer,
)
from MedSAMLib.sam.device import Choice

TINY_SIZE = 64
PATCH = 8


def tiny_sam(seed: int = 0) -> Sam:
    """A `Sam` with 64x64 input, an 8x8 embedding, 32x32 logits, and seeded random weights."""
    torch.manual_seed(seed)
    grid = TINY_SIZE // PATCH
    encoder = ImageEncoderViT(
        img_size=TINY_SIZE,
        patch_size=PATCH,
        embed_dim=32,
        depth=2,
        num_heads=2,
        out_chans=32,
        use_rel_pos=True,
        window_size=4,
        global_attn_indexes=(1,),
    )
    prompts = PromptEncoder(
        embed_dim=32,
        image_embedding_size=(grid, grid),
        input_image_size=(TINY_SIZE, TINY_SIZE),
        mask_in_chans=16,
    )
    decoder = MaskDecoder(
        transformer_dim=32,
        transformer=TwoWayTransformer(depth=2, embedding_dim=32, num_heads=4, mlp_dim=64),
    )
    return randomized(Sam(encoder, prompts, decoder).eval())


def randomized(sam: Sam) -> Sam:
    """`sam` with noise on all weights: fresh positional encodings would be zero."""
    with torch.no_grad():
        for weight in sam.parameters():
            weight.add_(torch.randn_like(weight), alpha=0.02)
    return sam


def tiny_model(seed: int = 0, **options) -> SamModel:
    """A `SamModel` around `tiny_sam` on the CPU."""
    return SamModel(
        tiny_sam(seed),
        name="tiny",
        architecture="vit_b",
        model_id=f"tiny-{seed}",
        choice=Choice(torch.device("cpu")),
        **options,
    )


def meta_predictor(sam: Sam):
    """Meta's own `SamPredictor`, the reference."""
    # Not at the head of the file: MedSAMLib must have made torchvision importable before.
    from segment_anything import SamPredictor

    return SamPredictor(sam)


def random_image(*shape: int, seed: int = 0) -> np.ndarray:
    """uint8 noise of the given shape."""
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
