"""The starter network: SAM's parts, a small encoder, weights that come back from a file."""

from __future__ import annotations

import json

import pytest
import torch

from MedSAMLib.sam import load_model
from MedSAMLib.sam.decoding import decode_masks
from MedSAMLib.sam.starter import StarterConfig, build_starter
from training.starter.export import export_starter


@pytest.fixture(scope="module")
def a_starter():
    torch.manual_seed(0)
    return build_starter()


def test_its_embedding_has_one_token_for_eight_pixels(a_starter):
    with torch.inference_mode():
        assert a_starter.image_encoder(torch.zeros(1, 3, 256, 256)).shape == (1, 256, 32, 32)


def test_its_weights_fit_into_20_megabytes_at_half_precision(a_starter):
    assert 2 * sum(p.numel() for p in a_starter.parameters()) <= 20e6


def test_its_shape_survives_json():
    config = StarterConfig(stem_channels=(8, 16, 32), depth=2, global_blocks=(1,))
    assert StarterConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


def test_a_batch_of_images_decodes_as_each_image_alone(a_starter):
    torch.manual_seed(1)
    embeddings = torch.randn(3, 256, 32, 32)
    boxes = torch.tensor([[10.0, 20, 90, 80], [0, 0, 50, 256], [100, 100, 120, 130]])
    encoder, decoder = a_starter.prompt_encoder, a_starter.mask_decoder
    positional = encoder.get_dense_pe()
    with torch.inference_mode():
        sparse, dense = encoder(points=None, boxes=boxes, masks=None)
        logits, quality = decode_masks(decoder, embeddings, positional, sparse, dense)
        for i in range(3):
            for multimask, tokens in ((False, slice(0, 1)), (True, slice(1, 4))):
                one, score = decoder(
                    embeddings[i : i + 1],
                    positional,
                    sparse[i : i + 1],
                    dense[i : i + 1],
                    multimask_output=multimask,
                )
                torch.testing.assert_close(logits[i : i + 1, tokens], one, atol=1e-5, rtol=1e-4)
                torch.testing.assert_close(quality[i : i + 1, tokens], score, atol=1e-5, rtol=1e-4)


def test_exported_weights_load_as_a_starter_and_give_the_same_embedding(tmp_path):
    config = StarterConfig(stem_channels=(8, 8, 24), stem_blocks=(0, 0, 1), depth=1, heads=2)
    torch.manual_seed(2)
    sam = build_starter(config)
    export_starter(sam, config, tmp_path / "own.safetensors", {"step": 7})
    loaded = load_model(tmp_path / "own.safetensors", device="cpu")
    pixels = torch.rand(1, 3, 256, 256)
    with torch.inference_mode():
        difference = loaded.sam.image_encoder(pixels) - sam.image_encoder(pixels)
    assert loaded.architecture == "starter"
    assert difference.abs().max() < 0.02
