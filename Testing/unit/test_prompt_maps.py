"""Prompts drawn as maps: where the box and the clicks are, in the network's own pixels."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from MedSAMLib.sam import prompt_maps
from MedSAMLib.sam.device import Choice
from MedSAMLib.sam.predictor import SamModel
from MedSAMLib.sam.prompt_maps import MappedPromptEncoder, box_maps, click_maps
from MedSAMLib.sam.starter import StarterConfig, build_starter

AXIS = torch.arange(8.0)


def test_a_box_is_one_inside_zero_on_its_border_and_negative_outside():
    inside, column, row, ellipse = box_maps(torch.tensor([[1.0, 2, 5, 6]]), AXIS, AXIS)[0]
    assert inside[2:7, 1:6].min() == 1
    assert inside.sum() == 25
    assert (column[4, 3], row[4, 3], ellipse[4, 3]) == (1, 1, 1)
    assert (column[4, 1], row[2, 3], ellipse[4, 5]) == (0, 0, 0)
    assert column[4, 7] == -1


def test_a_click_is_a_bump_of_its_own_sign():
    points = torch.tensor([[[2.0, 3.0], [6.0, 1.0], [0.0, 7.0]]])
    labels = torch.tensor([[1, 0, -1]])
    positive, _, negative, _ = click_maps((points, labels), AXIS, AXIS)[0]
    assert positive[3, 2] == 1
    assert negative[1, 6] == 1
    assert positive.argmax() == 3 * 8 + 2
    assert positive[7, 0] < 0.5
    assert negative[7, 0] < 0.5


@pytest.fixture(scope="module")
def an_encoder() -> MappedPromptEncoder:
    torch.manual_seed(0)
    return MappedPromptEncoder(32, grid=4, image_size=32).eval()


@torch.inference_mode()
def test_the_dense_prompt_shows_where_the_box_is(an_encoder):
    _, left = an_encoder(None, torch.tensor([[0.0, 0, 8, 8]]), None)
    _, right = an_encoder(None, torch.tensor([[24.0, 24, 32, 32]]), None)
    assert left.shape == (1, 32, 4, 4)
    assert not torch.allclose(left, right)


@torch.inference_mode()
def test_a_batch_of_prompts_is_coded_as_each_alone(an_encoder):
    boxes = torch.tensor([[0.0, 0, 8, 8], [5, 5, 20, 30]])
    points = (torch.tensor([[[3.0, 4.0]], [[10.0, 11.0]]]), torch.tensor([[1], [0]]))
    _, both = an_encoder(points, boxes, None)
    for i in range(2):
        one = tuple(t[i : i + 1] for t in points)
        torch.testing.assert_close(an_encoder(one, boxes[i : i + 1], None)[1][0], both[i])


def test_the_reference_predictor_gives_the_same_masks_with_the_starter():
    from segment_anything import SamPredictor

    torch.manual_seed(0)
    config = StarterConfig(stem_channels=(8, 8, 24), stem_blocks=(0, 0, 1), depth=1, heads=2)
    sam = build_starter(config)
    choice = Choice(torch.device("cpu"), None)
    model = SamModel(sam, name="x", architecture="starter", model_id="x", choice=choice)
    image = np.random.default_rng(0).integers(0, 255, (90, 120, 3)).astype(np.uint8)
    reference = SamPredictor(sam)
    reference.set_image(image)
    box = np.array([10, 20, 80, 70])
    points, labels = np.array([[30, 40], [60, 60]]), np.array([1, 0])
    _, _, expected = reference.predict(points, labels, box=box, multimask_output=False)
    found = model.segment(model.embed(image), box=box, points=points, labels=labels)
    np.testing.assert_allclose(found.logits, expected, atol=1e-4)


def test_maps_are_coded_the_same_without_gradients(an_encoder, monkeypatch):
    monkeypatch.setattr(prompt_maps, "MAPS_AT_ONCE", 2)
    boxes = torch.tensor([[3.0, 4, 30, 20], [9, 9, 15, 20], [1, 1, 8, 8]])
    _, expected = an_encoder(None, boxes, None)
    with torch.no_grad():
        _, dense = an_encoder(None, boxes, None)
    torch.testing.assert_close(dense, expected.detach(), rtol=0, atol=1e-5)
