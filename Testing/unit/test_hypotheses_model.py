"""SeqSAM's recurrent decoder: it starts as SAM, gives any number of masks, and can learn."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from MedSAMLib.hypotheses.cell import RecurrentCell
from MedSAMLib.hypotheses.fast_convolution import FastConvolution
from MedSAMLib.hypotheses.recurrent_decoder import RecurrentDecoder, encode_prompts
from MedSAMLib.sam.decoding import decode_masks
from MedSAMLib.sam.starter import StarterConfig, build_starter
from Testing.unit.sam_factory import TINY_SIZE, randomized, tiny_sam

CHANNELS = 32
BOXES = torch.tensor([[10.0, 12, 40, 50], [5, 6, 20, 60]])
STARTER = StarterConfig(
    image_size=64, stem_channels=(8, 8, 16), stem_blocks=(0, 0, 0), depth=1, heads=2, window=4
)


@pytest.fixture
def sam():
    return tiny_sam()


@pytest.fixture
def embeddings():
    return torch.randn(2, CHANNELS, 8, 8, generator=torch.Generator().manual_seed(1))


def trained_cell(channels: int = CHANNELS) -> RecurrentCell:
    """A cell whose weights are not those of the start."""
    torch.manual_seed(3)
    cell = RecurrentCell(channels)
    with torch.no_grad():
        for weight in cell.parameters():
            weight.add_(torch.randn_like(weight), alpha=0.02)
    return cell


def decoder(sam, cell) -> RecurrentDecoder:
    return RecurrentDecoder(sam.prompt_encoder, sam.mask_decoder, cell)


def plain(sam, embeddings, prompts):
    """SAM's own single mask, and its predicted IoU."""
    positional = sam.prompt_encoder.get_dense_pe()
    logits, scores = decode_masks(
        sam.mask_decoder, embeddings, positional, prompts.sparse, prompts.dense
    )
    return logits[:, :1], scores[:, :1]


def by_definition(sam, cell, embeddings, boxes, count, given=None):
    """The recursion as the paper states it, two convolutions from 2C channels a step."""
    encoder, positional = sam.prompt_encoder, sam.prompt_encoder.get_dense_pe()
    sparse, dense = encoder(points=None, boxes=boxes, masks=given)
    hidden, masks = torch.zeros_like(dense), []
    for _ in range(count):
        replaced, hidden = cell(dense, hidden)
        logits, _ = decode_masks(sam.mask_decoder, embeddings, positional, sparse, replaced)
        masks.append(logits[:, :1])
        _, dense = encoder(points=None, boxes=boxes, masks=masks[-1])
    return torch.cat(masks, dim=1)


@torch.no_grad()
def test_a_fresh_cell_gives_sams_own_mask_first_bit_for_bit(sam, embeddings):
    prompts = encode_prompts(sam.prompt_encoder, BOXES)
    logits, scores = decoder(sam, RecurrentCell(CHANNELS))(embeddings, prompts, 3)
    expected, expected_scores = plain(sam, embeddings, prompts)
    assert torch.equal(logits[:, :1], expected)
    assert torch.equal(scores[:, :1], expected_scores)


@torch.no_grad()
def test_the_cells_own_definition_starts_as_the_identity_too():
    dense = torch.randn(2, CHANNELS, 8, 8)
    replaced, _ = RecurrentCell(CHANNELS)(dense, torch.zeros_like(dense))
    assert torch.equal(replaced, dense)


@torch.no_grad()
def test_an_untrained_cell_iterates_sam(sam, embeddings):
    prompts = encode_prompts(sam.prompt_encoder, BOXES)
    logits, _ = decoder(sam, RecurrentCell(CHANNELS))(embeddings, prompts, 2)
    again = encode_prompts(sam.prompt_encoder, BOXES, masks=logits[:, :1])
    torch.testing.assert_close(logits[:, 1:], plain(sam, embeddings, again)[0])


@torch.no_grad()
@pytest.mark.parametrize("with_mask", [False, True])
def test_the_short_way_computes_what_the_definition_says(sam, embeddings, with_mask):
    given = torch.randn(2, 1, 32, 32) if with_mask else None
    prompts = encode_prompts(sam.prompt_encoder, BOXES, masks=given)
    cell = trained_cell()
    logits, _ = decoder(sam, cell)(embeddings, prompts, 4)
    expected = by_definition(sam, cell, embeddings, BOXES, 4, given)
    torch.testing.assert_close(logits, expected, rtol=1e-3, atol=1e-4)


@torch.no_grad()
def test_the_starters_prompt_maps_stay_at_every_step():
    starter = randomized(build_starter(STARTER))
    embeddings, cell = torch.randn(2, 256, 8, 8), trained_cell(256)
    prompts = encode_prompts(starter.prompt_encoder, BOXES)
    assert not torch.equal(prompts.dense[0], prompts.dense[1])  # the boxes are drawn there
    logits, _ = decoder(starter, cell)(embeddings, prompts, 3)
    expected = by_definition(starter, cell, embeddings, BOXES, 3)
    torch.testing.assert_close(logits, expected, rtol=1e-3, atol=1e-3)
    first, _ = decoder(starter, RecurrentCell(256))(embeddings, prompts, 1)
    assert torch.equal(first, plain(starter, embeddings, prompts)[0])


@torch.no_grad()
def test_the_number_of_masks_is_free_at_every_call(sam, embeddings):
    recurrent = decoder(sam, trained_cell())
    prompts = encode_prompts(sam.prompt_encoder, BOXES)
    all_masks, _ = recurrent(embeddings, prompts, 16)
    for count in (1, 3, 7):
        logits, scores = recurrent(embeddings, prompts, count)
        assert logits.shape == (2, count, 32, 32)
        assert scores.shape == (2, count)
        assert torch.equal(logits, all_masks[:, :count])  # a longer sequence only goes on


@torch.no_grad()
def test_points_prompt_it_like_boxes(sam, embeddings):
    points = (torch.tensor([[[20.0, 20]], [[9, 30]]]), torch.ones(2, 1))
    prompts = encode_prompts(sam.prompt_encoder, points=points)
    logits, _ = decoder(sam, RecurrentCell(CHANNELS))(embeddings, prompts, 2)
    assert torch.equal(logits[:, :1], plain(sam, embeddings, prompts)[0])


@torch.no_grad()
def test_one_embedding_serves_many_prompts(sam, embeddings):
    prompts = encode_prompts(sam.prompt_encoder, BOXES)
    recurrent = decoder(sam, trained_cell())
    shared, _ = recurrent(embeddings[:1], prompts, 2)
    repeated, _ = recurrent(embeddings[:1].repeat(2, 1, 1, 1), prompts, 2)
    assert torch.equal(shared, repeated)


def test_the_gradient_goes_back_through_the_masks_unless_it_is_stopped(sam, embeddings):
    prompts = encode_prompts(sam.prompt_encoder, BOXES)
    recurrent = decoder(sam, RecurrentCell(CHANNELS))
    first_layer = sam.prompt_encoder.mask_downscaling[0].weight

    def gradients(stop: bool):
        logits, _ = recurrent(embeddings, prompts, 2, stop_gradient=stop)
        wanted = [first_layer, sam.mask_decoder.iou_token.weight]
        return torch.autograd.grad(logits[:, 1].sum(), wanted, retain_graph=True)

    (through_mask, through_token), (stopped_mask, stopped_token) = gradients(False), gradients(True)
    # The mask that is fed back is read either way, but only in one case is it traced further.
    torch.testing.assert_close(through_mask, stopped_mask)
    assert not torch.allclose(through_token, stopped_token)


def test_the_hidden_state_can_be_learnt_from_the_start(sam, embeddings):
    """With zeros on both sides of the state neither side would ever move."""
    cell = RecurrentCell(CHANNELS)
    prompts = encode_prompts(sam.prompt_encoder, BOXES)
    logits, _ = decoder(sam, cell)(embeddings, prompts, 2)
    logits.square().mean().backward()
    assert cell.prompt.weight.grad[:, CHANNELS:].abs().max() > 0


def test_a_cell_has_the_papers_number_of_weights():
    assert sum(p.numel() for p in RecurrentCell(256).parameters()) == 2_359_808


@torch.no_grad()
def test_the_released_start_disturbs_sam(sam, embeddings):
    torch.manual_seed(0)
    prompts = encode_prompts(sam.prompt_encoder, BOXES)
    logits, _ = decoder(sam, RecurrentCell(CHANNELS, compat=True))(embeddings, prompts, 1)
    assert not torch.allclose(logits, plain(sam, embeddings, prompts)[0], atol=1e-3)


@pytest.mark.parametrize("shape", [(8, 8), (32, 32), (7, 9), (64, 64)])
def test_the_fast_convolution_is_a_convolution(shape):
    torch.manual_seed(0)
    filters = torch.randn(6, 5, 3, 3, requires_grad=True)
    maps = torch.randn(2, 5, *shape, requires_grad=True)
    fast, exact = FastConvolution(filters)(maps), F.conv2d(maps, filters, padding=1)
    torch.testing.assert_close(fast, exact, rtol=1e-4, atol=1e-4)
    weights = torch.randn_like(exact)
    inputs = (filters, maps)
    for ours, theirs in zip(
        torch.autograd.grad(fast, inputs, weights),
        torch.autograd.grad(exact, inputs, weights),
        strict=True,
    ):
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-3)


def test_the_tiny_network_has_the_size_that_these_tests_assume(sam):
    assert sam.image_encoder.img_size == TINY_SIZE
    assert sam.prompt_encoder.mask_input_size == (32, 32)
