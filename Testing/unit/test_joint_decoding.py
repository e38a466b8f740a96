"""Prompts are decoded by fewer operations, to the same numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from MedSAMLib.sam import joint_decoding
from MedSAMLib.sam.backbone import MaskDecoder, TwoWayTransformer
from MedSAMLib.sam.joint_decoding import BatchDecoder, can_decode_jointly, decode_jointly
from Testing.unit.sam_factory import random_image, tiny_model, tiny_sam

BOXES = np.array([[5, 7, 40, 33], [1, 1, 9, 30], [20, 20, 47, 47], [3, 3, 12, 12], [8, 2, 30, 9]])


@pytest.mark.parametrize("multimask", [False, True], ids=["single", "multi"])
def test_logits_and_scores_are_the_decoders(multimask):
    sam = tiny_sam()
    for seed in range(3):
        torch.manual_seed(seed)
        features, dense = torch.randn(1, 32, 8, 8), torch.randn(6, 32, 8, 8)
        sparse = torch.randn(6, 1 + seed, 32)
        places = sam.prompt_encoder.get_dense_pe()
        with torch.inference_mode():
            given = (sam.mask_decoder, features, places, sparse, dense, multimask)
            logits, scores = decode_jointly(*given)
            expected, expected_scores = sam.mask_decoder(*given[1:])
        torch.testing.assert_close(logits, expected, atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(scores, expected_scores, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(("tokens", "sizes"), [(1, [1] * 5), (128, [2, 2, 1]), (4096, [5])])
def test_prompts_are_decoded_few_at_a_time_to_the_same_numbers(monkeypatch, tokens, sizes):
    sam, seen = tiny_sam(), []
    torch.manual_seed(0)
    features, dense = torch.randn(1, 32, 8, 8), torch.randn(5, 32, 8, 8)
    sparse = torch.randn(5, 3, 32)
    places = sam.prompt_encoder.get_dense_pe()
    with torch.inference_mode():
        expected, _ = sam.mask_decoder(features, places, sparse, dense, False)
        monkeypatch.setattr(joint_decoding, "TOKENS_AT_ONCE", tokens)
        sam.mask_decoder.iou_prediction_head.register_forward_hook(
            lambda _module, _given, scores: seen.append(len(scores))
        )
        logits, _ = decode_jointly(sam.mask_decoder, features, places, sparse, dense, False)
    assert seen == sizes
    torch.testing.assert_close(logits, expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_prompts_that_draw_nothing_share_the_image_to_the_same_numbers(count, dtype):
    sam = tiny_sam()
    torch.manual_seed(count)
    features, dense = torch.randn(1, 32, 8, 8), torch.randn(1, 32, 8, 8).expand(count, -1, -1, -1)
    sparse = torch.randn(count, 3, 32)
    given = (features, sam.prompt_encoder.get_dense_pe(), sparse, dense, True)
    with torch.inference_mode():
        expected, expected_scores = sam.mask_decoder(*given)
        logits, scores = BatchDecoder(sam.mask_decoder, dtype)(*given)
    limit = 1e-5 if dtype == torch.float32 else 0.05
    assert (logits - expected).norm() <= limit * expected.norm()
    assert (scores - expected_scores).norm() <= limit * expected_scores.norm()


@pytest.mark.parametrize("tokens", [1, 128, 4096])  # one, two or all prompts of 8 x 8 tokens
def test_images_are_multiplied_few_at_a_time_to_the_same_numbers(monkeypatch, tokens):
    sam = tiny_sam()
    torch.manual_seed(0)
    features, dense = torch.randn(1, 32, 8, 8), torch.randn(5, 32, 8, 8)
    given = (features, sam.prompt_encoder.get_dense_pe(), torch.randn(5, 3, 32), dense, False)
    monkeypatch.setattr(joint_decoding, "TOKENS_OF_AN_IMAGE", tokens)
    with torch.inference_mode():
        logits, _ = decode_jointly(sam.mask_decoder, *given)
        torch.testing.assert_close(logits, sam.mask_decoder(*given)[0], atol=1e-5, rtol=1e-4)


def test_a_single_prompt_is_decoded_by_fewer_operations_too(monkeypatch):
    model = tiny_model()
    embedding = model.embed(random_image(48, 48, 3))
    expected = model.segment(embedding, box=BOXES[0])

    def refuse(*_given):
        raise AssertionError("the reference's decoder was asked")

    model.sam.mask_decoder.register_forward_pre_hook(refuse)
    np.testing.assert_array_equal(model.segment(embedding, box=BOXES[0]).logits, expected.logits)


@pytest.mark.parametrize("multimask", [False, True], ids=["single", "multi"])
def test_a_batch_answers_as_one_by_one(multimask):
    model = tiny_model()
    embedding = model.embed(random_image(48, 48, 3))
    together = model.segment(embedding, box=BOXES, multimask=multimask)
    for number, box in enumerate(BOXES):
        alone = model.segment(embedding, box=box, multimask=multimask)
        ours = together.logits[number] if multimask else together.logits[number : number + 1]
        np.testing.assert_allclose(ours, alone.logits, atol=1e-5)
        np.testing.assert_array_equal(together.masks[number].squeeze(), alone.masks.squeeze())


def test_other_decoders_are_left_to_themselves():
    class OtherDecoder(MaskDecoder):
        pass

    def decoder(kind: type, **options) -> MaskDecoder:
        transformer = TwoWayTransformer(depth=1, embedding_dim=32, num_heads=4, mlp_dim=8)
        return kind(transformer_dim=32, transformer=transformer, **options)

    assert can_decode_jointly(decoder(MaskDecoder))
    assert not can_decode_jointly(decoder(OtherDecoder))
    assert not can_decode_jointly(decoder(MaskDecoder, activation=nn.ReLU))
