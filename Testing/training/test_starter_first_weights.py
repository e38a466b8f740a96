"""What a starter begins with: a pretrained trunk, and what an earlier starter learnt."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from MedSAMLib.sam.pyramid_stem import InvertedBottleneck, PyramidStem, Stage, Trunk
from MedSAMLib.sam.starter import StarterConfig, build_starter
from training.starter.config import TrainingConfig
from training.starter.export import export_starter
from training.starter.first_weights import first_weights, pretrained_parameters
from training.starter.fused_attention import fuse_attention
from training.starter.model_step import PromptedRounds
from training.starter.pretrained import EPSILON, fold, load_trunk
from training.starter.train import parameter_groups

PYRAMID = StarterConfig(stem="pyramid", stem_channels=(8, 8, 16), depth=1, heads=2, window=4)


@pytest.fixture(scope="module")
def a_pyramid():
    torch.manual_seed(0)
    return first_weights(PYRAMID)


def test_the_trunk_tells_the_strides_4_to_32():
    with torch.inference_mode():
        found = Trunk()(torch.zeros(2, 3, 64, 64))
    assert [tuple(f.shape) for f in found] == [
        (2, 24, 16, 16),
        (2, 40, 8, 8),
        (2, 112, 4, 4),
        (2, 192, 2, 2),
    ]


def test_the_stem_joins_them_at_one_token_for_eight_pixels():
    with torch.inference_mode():
        assert PyramidStem(16)(torch.zeros(2, 3, 64, 64)).shape == (2, 8, 8, 16)


def test_a_bottleneck_skips_only_where_the_shape_stays():
    assert InvertedBottleneck(16, Stage(16, 1, 3, 1), 1).skip
    assert not InvertedBottleneck(16, Stage(16, 1, 3, 2), 2).skip
    assert not InvertedBottleneck(8, Stage(16, 1, 3, 1), 1).skip


def test_a_folded_normalization_gives_what_the_two_layers_gave():
    torch.manual_seed(1)
    convolution = torch.nn.Conv2d(3, 4, 3, bias=False)
    norm = torch.nn.BatchNorm2d(4, eps=EPSILON).eval()
    for tensor in (norm.weight, norm.bias, norm.running_mean):
        torch.nn.init.normal_(tensor)
    norm.running_var.uniform_(0.1, 2)
    weights = {"c.weight": convolution.weight}
    weights |= {f"n.{name}": value for name, value in norm.state_dict().items()}
    folded = torch.nn.Conv2d(3, 4, 3)
    with torch.no_grad():
        fold(folded, weights, "c", "n")
        pixels = torch.randn(1, 3, 8, 8)
        torch.testing.assert_close(folded(pixels), norm(convolution(pixels)))


def test_the_pretrained_trunk_knows_a_photographs_edge_from_flat_color(a_pyramid):
    """Random weights answer a bright disc hardly; pretrained ones clearly, and finitely."""
    y, x = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    disc = ((x - 32).square() + (y - 32).square() < 15**2).float() * 2 - 1
    with torch.inference_mode():
        trunk = a_pyramid.image_encoder.patch_embed.trunk
        flat, edged = (trunk(v.expand(1, 3, 64, 64))[0] for v in (torch.zeros(64, 64), disc))
    assert torch.isfinite(edged).all()
    assert (edged - flat).abs().mean() > 0.1


def test_another_file_than_the_published_one_is_refused(tmp_path):
    (tmp_path / "trunk.pth").write_bytes(b"no weights")
    with pytest.raises(ValueError, match=r"trunk\.pth is not the file"):
        load_trunk(Trunk(), tmp_path / "trunk.pth")


def test_a_new_starter_takes_over_what_fits_of_an_earlier_one(a_pyramid, tmp_path):
    torch.manual_seed(3)
    old = StarterConfig(stem_channels=(8, 8, 16), stem_blocks=(0, 0, 0), depth=1, heads=2, window=4)
    before = build_starter(old)
    export_starter(before, old, tmp_path / "old.safetensors", {})
    begun = first_weights(PYRAMID, tmp_path / "old.safetensors").state_dict()
    for name in ("mask_decoder.iou_token.weight", "image_encoder.blocks.0.attn.qkv.weight"):
        torch.testing.assert_close(begun[name], before.state_dict()[name], atol=1e-3, rtol=1e-3)
    stem = "image_encoder.patch_embed.trunk.stem.weight"
    torch.testing.assert_close(begun[stem], a_pyramid.state_dict()[stem])


def test_the_trunk_learns_more_slowly_than_the_rest(a_pyramid):
    config = TrainingConfig(trunk_rate=0.25)
    model = PromptedRounds(a_pyramid)
    groups = parameter_groups(model, config)
    slow = {id(p) for g in groups if g["factor"] == 0.25 for p in g["params"]}
    assert slow == {id(p) for p in pretrained_parameters(a_pyramid)}
    every = [id(p) for group in groups for p in group["params"]]
    assert sorted(every) == sorted(id(p) for p in model.parameters())


def test_fused_attention_gives_what_the_networks_own_gives():
    torch.manual_seed(4)
    encoder = build_starter(PYRAMID).image_encoder
    pixels = torch.randn(2, 3, 256, 256)
    with torch.inference_mode():
        before = encoder(pixels)
    names = set(encoder.state_dict())
    fuse_attention(encoder)
    with torch.inference_mode():
        torch.testing.assert_close(encoder(pixels), before, atol=1e-4, rtol=1e-4)
    assert set(encoder.state_dict()) == names


def test_attention_with_relative_positions_is_not_fused_for_training():
    encoder = build_starter(PYRAMID).image_encoder
    encoder.blocks[0].attn.use_rel_pos = True
    with pytest.raises(ValueError, match="relative positions"):
        fuse_attention(encoder)


def test_a_stem_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="no stem 'piramid'"):
        build_starter(StarterConfig(stem="piramid"))


def test_a_pyramid_learns_in_half_precision_too(a_pyramid):
    model = PromptedRounds(first_weights(PYRAMID).train())
    masks = F.pad(torch.ones(1, 1, 100, 100), (50, 106, 50, 106))
    with torch.autocast("cpu", torch.bfloat16):
        terms = model(torch.rand(1, 3, 256, 256) * 255, masks, "box", 1)
    sum(terms.values()).backward()
    gradient = model.sam.image_encoder.patch_embed.trunk.stem.weight.grad
    assert torch.isfinite(gradient).all()
    assert gradient.abs().max() > 0
