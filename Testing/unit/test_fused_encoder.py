"""The fused encoder equals `segment_anything`'s, for every kind of block, in either precision."""

from __future__ import annotations

from functools import partial

import pytest
import torch

from MedSAMLib.errors import UsageError
from MedSAMLib.sam.backbone import ImageEncoderViT
from MedSAMLib.sam.engines import attention, precision
from MedSAMLib.sam.engines.fused_encoder import FusedEncoder
from MedSAMLib.sam.starter import build_starter
from Testing.unit.conftest import TINY_STARTER
from Testing.unit.sam_factory import tiny_model

CPU = torch.device("cpu")
# Width of a head and blocks as in SAM's ViT-B, ViT-L and ViT-H, with two heads and few blocks.
HEADS = {"vit_b": 64, "vit_l": 64, "vit_h": 80}


def encoder(side: int = 160, window: int = 7, width: int = 32, **settings) -> ImageEncoderViT:
    """Two windowed blocks around a global one on tokens of 16 pixels, with random weights."""
    torch.manual_seed(0)
    made = ImageEncoderViT(
        img_size=side,
        patch_size=16,
        embed_dim=width,
        depth=3,
        num_heads=2,
        out_chans=16,
        norm_layer=partial(torch.nn.LayerNorm, eps=1e-6),
        window_size=window,
        global_attn_indexes=(1,),
        **{"qkv_bias": True, "use_rel_pos": True, **settings},
    )
    for weight in made.parameters():
        torch.nn.init.normal_(weight, std=0.2)
    return made.eval()


def features(network, images: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        return network(images)


def images(side: int, count: int = 1) -> torch.Tensor:
    return torch.randn(count, 3, side, side, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("name", HEADS)
def test_it_equals_the_reference_with_the_heads_of(name):
    reference = encoder(width=2 * HEADS[name])
    expected = features(reference, images(160))
    torch.testing.assert_close(FusedEncoder(reference)(images(160)), expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("window", [5, 7, 14])  # of 10 x 10 tokens: whole, cut, larger than all
@pytest.mark.parametrize(
    "settings", [{}, {"qkv_bias": False}, {"use_rel_pos": False}, {"use_abs_pos": False}]
)
def test_it_equals_the_reference_for_every_kind_of_window_and_position(window, settings):
    reference = encoder(window=window, **settings)
    expected = features(reference, images(160, count=2))
    found = FusedEncoder(reference)(images(160, count=2))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-4)


def heads(side: int) -> attention.Heads:
    """Two images, three heads of eight channels, side x side tokens."""
    generator = torch.Generator().manual_seed(0)
    shapes = [(side**2, 8)] * 3 + [(side, side, side)] * 2
    return attention.Heads(*(torch.randn(2, 3, *shape, generator=generator) for shape in shapes))


def by_definition(given: attention.Heads) -> torch.Tensor:
    query, key, value = given.query, given.key, given.value
    bias = given.by_row[..., :, None] + given.by_column[..., None, :]
    weights = query @ key.transpose(-1, -2) / 8**0.5 + bias.reshape(2, 3, len(query[0, 0]), -1)
    return (weights.softmax(-1) @ value).transpose(1, 2).flatten(2)


@pytest.mark.parametrize("side", [5, 17])  # a window; too many tokens for one
def test_attention_is_the_softmax_of_products_and_biases(side):
    given = heads(side)
    expected = by_definition(given)
    torch.testing.assert_close(attention.attended(given), expected, rtol=0, atol=1e-5)
    on_a_gpu = attention._fused(given).transpose(1, 2).flatten(2)
    torch.testing.assert_close(on_a_gpu, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("rows", [1, 3])
def test_a_few_rows_of_queries_at_a_time_change_nothing(rows, monkeypatch):
    given = heads(17)
    whole = [attention.attended(given), attention._fused(given)]
    row_bytes = 17 * 17**2 * 4  # queries of a row, keys, float32
    monkeypatch.setattr(attention, "BLOCK_BYTES", rows * row_bytes)
    monkeypatch.setattr(attention, "BIAS_BYTES", 6 * rows * row_bytes)  # of all images and heads
    parts = [attention.attended(given), attention._fused(given)]
    torch.testing.assert_close(parts, whole, rtol=0, atol=1e-5)


def test_the_starter_has_a_stem_of_convolutions_and_no_relative_positions():
    reference = build_starter(TINY_STARTER).image_encoder
    expected = features(reference, images(64))
    torch.testing.assert_close(FusedEncoder(reference)(images(64)), expected, rtol=0, atol=1e-4)


def test_bfloat16_is_near_and_leaves_the_weights_as_they_are():
    reference = encoder()
    expected = features(reference, images(160))
    found = FusedEncoder(reference, torch.bfloat16)(images(160))
    assert found.dtype == torch.float32
    assert (found - expected).norm() < 0.02 * expected.norm()
    assert {weight.dtype for weight in reference.parameters()} == {torch.float32}


def test_auto_is_bfloat16_where_the_device_computes_it(monkeypatch):
    for computes, expected in ((True, "bfloat16"), (False, "float32")):
        monkeypatch.setattr(precision, "computes_bfloat16", lambda device, c=computes: c)
        assert precision.resolved("auto", encoder(), CPU) == (expected, "")


def test_auto_is_float32_where_bfloat16_gives_wrong_results(monkeypatch):
    monkeypatch.setattr(precision, "computes_bfloat16", lambda device: True)
    monkeypatch.setattr(precision, "trial_difference", lambda *_: float("inf"))
    chosen, note = precision.resolved("auto", encoder(), CPU)
    assert chosen == "float32"
    assert note == "bfloat16 gives wrong results on this cpu device; using float32."


def test_the_trial_sees_a_difference():
    assert precision.trial_difference(encoder(), CPU) < precision.MOST_DIFFERENCE
    broken = encoder()
    torch.nn.init.constant_(broken.blocks[0].mlp.lin1.weight, 1e38)  # infinite, and then NaN
    assert precision.trial_difference(broken, CPU) == float("inf")


def test_a_precision_that_there_is_not_is_refused():
    with pytest.raises(UsageError, match="'half'"):
        precision.check_name("half")


def test_features_that_are_not_finite_are_computed_again_in_float32(rng):
    model = tiny_model(precision="bfloat16")
    exact = tiny_model()
    model._encoder = lambda batch, told: torch.full((1, 256, 4, 4), torch.nan)
    image = rng.integers(0, 255, (40, 50)).astype("uint8")
    torch.testing.assert_close(model.embed(image).features, exact.embed(image).features)
    assert model.precision == "float32"
    assert model.device_note == "This network's numbers are too large for bfloat16; using float32."
