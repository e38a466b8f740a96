"""The implicit decoder: any resolution, honest uncertainty, refinement where it is due
(papers.md sections 2 and 5.4)."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from MedSAMLib.implicit.config import ImplicitConfig
from MedSAMLib.implicit.decoder import Question
from MedSAMLib.implicit.field import Field, read
from MedSAMLib.implicit.network import ImplicitNetwork
from MedSAMLib.implicit.positions import (
    coordinate_code,
    grid_positions,
    released_code,
)
from MedSAMLib.implicit.rendering import RenderSettings, render
from MedSAMLib.implicit.selection import most_uncertain
from MedSAMLib.sam.backbone import sam_model_registry
from Testing.unit.sam_factory import TINY_SIZE, tiny_sam

# Imported here, after what makes torchvision importable: it takes too long for a test's own time.
pytest.importorskip("peft")


SMALL = ImplicitConfig(
    coarse_widths=(16, 16), coarse_features=8, fine_widths=(16, 16), detail=4, lora_rank=0
)
RELEASED = ImplicitConfig.released(image_size=TINY_SIZE).replace(
    coarse_widths=(16, 16), coarse_features=8, fine_widths=(16, 16, 8), lora_rank=0
)
BOX = torch.tensor([[10.0, 12.0, 50.0, 44.0]])
WHOLE = torch.ones(1, 2)


def network(config: ImplicitConfig = SMALL, seed: int = 0) -> ImplicitNetwork:
    """In evaluation mode, its decoder with weights that are not zero."""
    torch.manual_seed(seed)
    made = ImplicitNetwork(tiny_sam(), config).eval()
    with torch.no_grad():
        for weight in made.decoder.parameters():
            weight.add_(torch.randn_like(weight), alpha=0.5)
    return made


@torch.inference_mode()
def field_of(made: ImplicitNetwork, extent: torch.Tensor = WHOLE) -> Field:
    generator = torch.Generator().manual_seed(3)
    image = torch.rand(1, 3, TINY_SIZE, TINY_SIZE, generator=generator)
    return made.field(made.encoder(image), image, extent, boxes=BOX)


def question(positions: torch.Tensor, shape=(8, 8), category: int = 0) -> Question:
    return Question(positions[None], shape, torch.tensor([category]))


def test_the_released_form_has_the_papers_number_of_parameters():
    with torch.device("meta"):
        sam = sam_model_registry["vit_b"]()
        counts = {}
        for classes, size in ((1, 384), (13, 512), (14, 512)):
            made = ImplicitNetwork(sam, ImplicitConfig.released(classes, size))
            made.encoder.add_adapters()
            trained = [p.numel() for p in made.parameters() if p.requires_grad]
            counts[classes] = sum(trained)
    assert counts == {1: 1_595_742, 13: 3_577_206, 14: 3_742_328}
    assert made.decoder.coarse_trunk[0].in_features == 351
    assert made.decoder.fine_trunk[0].in_features == 607


@pytest.mark.parametrize("config", [SMALL, RELEASED], ids=["mended", "released"])
def test_one_input_gives_every_resolution(config):
    made = network(config)
    field = field_of(made)
    for side in (128, 384, 896) if config is SMALL else (48, 64, 96):
        found = render(made.decoder, field, (side, side + 1), RenderSettings(samples=2))
        assert found.probability.shape == (side, side + 1)
        assert found.refined.dtype == bool
        assert 0 <= found.probability.min() <= found.probability.max() <= 1


@given(chunk=st.integers(1, 700), side=st.integers(8, 40))
@settings(max_examples=8)
def test_in_chunks_it_is_the_same_as_at_once(chunk, side):
    made = network()
    field = field_of(made)
    options = {"refine": 0.25, "samples": 4, "coarse_side": 16}
    at_once, cut = (
        render(made.decoder, field, (side, 20), RenderSettings(chunk=size, **options))
        for size in (10**9, chunk)
    )
    np.testing.assert_allclose(cut.probability, at_once.probability, atol=1e-5)
    np.testing.assert_allclose(cut.uncertainty, at_once.uncertainty, atol=1e-5)
    assert (cut.refined == at_once.refined).mean() > 0.99


def test_the_released_form_in_chunks_is_the_same_as_at_once():
    made = network(RELEASED)
    field = field_of(made)
    at_once, cut = (
        render(made.decoder, field, (24, 20), RenderSettings(chunk=size)) for size in (10**9, 37)
    )
    np.testing.assert_allclose(cut.probability, at_once.probability, atol=1e-5)


@torch.inference_mode()
def test_the_untrained_decoder_is_the_discrete_one_read_anywhere():
    sam = tiny_sam()
    made = ImplicitNetwork(sam, SMALL).eval()
    image = torch.rand(1, 3, TINY_SIZE, TINY_SIZE)
    encoder = made.encoder
    embedding = sam.image_encoder((image - encoder.mean) / encoder.deviation)
    sparse, dense = sam.prompt_encoder(points=None, boxes=BOX, masks=None)
    expected, _ = sam.mask_decoder(
        embedding, sam.prompt_encoder.get_dense_pe(), sparse, dense, multimask_output=False
    )
    expected = functional.interpolate(expected, (TINY_SIZE, TINY_SIZE), mode="bilinear")
    field = made.field(encoder(image), image, WHOLE, boxes=BOX)
    positions = grid_positions((TINY_SIZE, TINY_SIZE))
    answer = made.decoder.coarse(field, question(positions), None)
    fine = made.decoder.fine(field, question(positions), answer, None)
    for logits in (answer.logits, fine.logits):
        torch.testing.assert_close(logits.view_as(expected), expected, atol=1e-4, rtol=1e-4)


@torch.inference_mode()
def test_the_threshold_of_the_backbone_becomes_one_half():
    sam = tiny_sam()
    without = ImplicitNetwork(sam, SMALL).eval()
    sam.mask_threshold = -1.0
    low = ImplicitNetwork(sam, SMALL).eval()
    torch.testing.assert_close(field_of(low).logits, field_of(without).logits + 1)


@torch.inference_mode()
def test_the_uncertainty_is_alive_and_the_same_every_time():
    made = network()
    field = field_of(made)
    first, again, other = (
        render(made.decoder, field, (20, 20), RenderSettings(samples=8, seed=seed))
        for seed in (0, 0, 1)
    )
    assert first.uncertainty.std() > 0
    assert 0 <= first.uncertainty.min() <= first.uncertainty.max() <= 1
    np.testing.assert_array_equal(first.uncertainty, again.uncertainty)
    np.testing.assert_array_equal(first.probability, again.probability)
    assert not np.array_equal(first.uncertainty, other.uncertainty)


def uncertainty_of(made: ImplicitNetwork, field: Field, shape: tuple[int, int]) -> np.ndarray:
    """Of the coarse answer, (H W,)."""
    return render(made.decoder, field, shape, RenderSettings(refine=0.0)).uncertainty.ravel()


def test_the_most_uncertain_points_are_refined():
    made = network()
    field = field_of(made)
    coarse = uncertainty_of(made, field, (32, 32))
    refined = render(made.decoder, field, (32, 32), RenderSettings()).refined.ravel()
    assert refined.sum() == 128
    assert coarse[refined].min() >= coarse[~refined].max()


def test_the_release_refines_points_that_are_no_more_uncertain_than_others():
    """What makes the mended form necessary: at test time its uncertainty is exactly zero."""
    made = network(RELEASED)
    field = field_of(made)
    assert not uncertainty_of(made, field, (32, 32)).any()
    assert render(made.decoder, field, (32, 32), RenderSettings()).refined.sum() == 128


def test_the_margin_needs_no_samples_and_is_largest_at_one_half():
    made = network(SMALL.replace(uncertainty="margin"))
    found = render(made.decoder, field_of(made), (16, 16), RenderSettings(refine=0))
    expected = 1 - np.abs(2 * found.probability - 1)
    np.testing.assert_allclose(found.uncertainty, expected, atol=1e-6)


def test_the_combined_uncertainty_is_the_mean_of_both():
    found = {}
    for kind in ("variance", "combined"):
        made = network(SMALL.replace(uncertainty=kind))
        found[kind] = render(made.decoder, field_of(made), (16, 16), RenderSettings(refine=0))
    margin = 1 - np.abs(2 * found["variance"].probability - 1)
    expected = (found["variance"].uncertainty + margin) / 2
    np.testing.assert_allclose(found["combined"].uncertainty, expected, atol=1e-5)


def test_without_refinement_nothing_is_refined():
    made = network()
    coarse = render(made.decoder, field_of(made), (16, 16), RenderSettings(refine=0))
    everywhere = render(made.decoder, field_of(made), (16, 16), RenderSettings(refine=1))
    assert not coarse.refined.any()
    assert everywhere.refined.all()
    assert not np.allclose(coarse.probability, everywhere.probability, atol=1e-3)


@torch.inference_mode()
def test_fine_points_cost_only_where_refined(monkeypatch):
    made = network()
    asked = []
    fine = made.decoder.fine
    monkeypatch.setattr(
        made.decoder, "fine", lambda f, q, *rest: asked.append(q.positions) or fine(f, q, *rest)
    )
    found = render(made.decoder, field_of(made), (40, 40), RenderSettings(chunk=50))
    assert sum(each.shape[1] for each in asked) == found.refined.sum() == 200
    assert max(each.shape[1] for each in asked) == 50


def test_every_class_has_an_output_of_its_own():
    made = network(SMALL.replace(classes=3))
    field = field_of(made)
    masks = [
        render(made.decoder, field, (16, 16), RenderSettings(category=c)).probability
        for c in range(3)
    ]
    assert not np.allclose(masks[0], masks[1])
    assert not np.allclose(masks[1], masks[2])


@pytest.mark.parametrize("config", [SMALL.replace(classes=2), RELEASED.replace(classes=2)])
@torch.inference_mode()
def test_a_batch_of_objects_is_answered_as_each_alone(config):
    made = network(config)
    fields = [field_of(made, extent) for extent in (WHOLE, torch.tensor([[1.0, 0.5]]))]
    both = Field(
        maps=tuple(torch.cat(pair) for pair in zip(*(f.maps for f in fields), strict=True)),
        logits=torch.cat([f.logits for f in fields]),
        code=None if config.compat else torch.cat([f.code for f in fields]),
        extent=torch.cat([f.extent for f in fields]),
    )
    positions = grid_positions((6, 6))
    asked = Question(positions.expand(2, -1, -1), (6, 6), torch.tensor([1, 0]))
    together = made.decoder.coarse(both, asked, None)
    for number in range(2):
        alone = made.decoder.coarse(both.one(number), question(positions, (6, 6), 1 - number), None)
        torch.testing.assert_close(together.logits[number], alone.logits[0], atol=1e-5, rtol=1e-4)


def test_pixels_lie_where_they_lie_at_every_resolution():
    torch.testing.assert_close(grid_positions((1, 2)), torch.tensor([[0.25, 0.5], [0.75, 0.5]]))
    coarse, fine = grid_positions((4, 4)).view(4, 4, 2), grid_positions((8, 8)).view(8, 8, 2)
    torch.testing.assert_close(
        functional.avg_pool2d(fine.permute(2, 0, 1), 2), coarse.permute(2, 0, 1)
    )


def test_maps_are_read_where_resizing_puts_them():
    maps = torch.rand(1, 3, 8, 8)
    expected = functional.interpolate(maps, (16, 16), mode="bilinear")
    found = read(maps, grid_positions((16, 16))[None], WHOLE)
    torch.testing.assert_close(found.transpose(1, 2).view_as(expected), expected)


def test_padding_is_never_read():
    maps = torch.zeros(1, 1, 8, 8)
    maps[:, :, 4:] = 1  # the padding below an image that fills the upper half
    found = read(maps, grid_positions((3, 8))[None], torch.tensor([[1.0, 0.5]]))
    assert found[0, :16].max() == 0


def test_the_code_of_a_position_has_the_papers_octaves():
    code = coordinate_code(torch.tensor([[0.75, 0.5]]), 10)[0]  # x = 0.5, y = 0 in -1..1
    assert code.shape == (42,)
    torch.testing.assert_close(code[0], torch.tensor(1.0))  # sin(pi / 2)
    torch.testing.assert_close(code[10:20], torch.zeros(10))  # y
    torch.testing.assert_close(code[-2:], torch.tensor([0.5, 0.0]))


def test_the_released_code_depends_on_the_resolution():
    first = [released_code(grid_positions((n, n)), (n, n), 10)[0] for n in (4, 8)]
    assert first[0].shape == (63,)
    for code in first:  # the first pixel is at -1, -1 of either
        torch.testing.assert_close(code[-3:], torch.tensor([-1.0, -1.0, -1.0]))
    assert not torch.allclose(grid_positions((4, 4))[0], grid_positions((8, 8))[0])


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30), st.floats(0, 1))
@settings(max_examples=40)
def test_refined_are_the_most_uncertain_and_never_the_certain(values, share):
    uncertainty = np.array(values, dtype=np.float32) / 5
    chosen = most_uncertain(uncertainty, share)
    rest = np.setdiff1d(np.arange(len(values)), chosen)
    count = min(round(share * len(values)), np.count_nonzero(uncertainty))
    assert len(chosen) == len(set(chosen.tolist())) == count
    assert (uncertainty[chosen] > 0).all()
    if len(chosen) and len(rest):
        assert uncertainty[chosen].min() >= uncertainty[rest].max()
