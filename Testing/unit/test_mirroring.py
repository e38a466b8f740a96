"""Prompts and logits in the mirror image of a picture."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from MedSAMLib.sam.mirroring import mirrored_logits, mirrored_prompts
from MedSAMLib.sam.prompt_tensors import NetworkFrame, prompt_tensors

SQUARE = NetworkFrame((100, 100), (256, 256), 256, 64)
NARROW = NetworkFrame((200, 100), (256, 128), 256, 64)  # lies in the left half of the input


def test_the_edges_of_a_box_change_sides():
    prompts = prompt_tensors(NARROW, box=[10, 20, 30, 40])
    found = mirrored_prompts(prompts, NARROW).boxes
    assert torch.allclose(found, prompt_tensors(NARROW, box=[70, 20, 90, 40]).boxes)


def test_the_first_pixel_becomes_the_last_one():
    prompts = prompt_tensors(NARROW, points=[[0, 5], [99, 6]], labels=[1, 0])
    found = mirrored_prompts(prompts, NARROW)
    expected = prompt_tensors(NARROW, points=[[99, 5], [0, 6]], labels=[1, 0])
    assert torch.allclose(found.points, expected.points)
    assert torch.equal(found.labels, expected.labels)


def test_a_mask_goes_along():
    mask = torch.zeros(200, 100, dtype=torch.bool)
    mask[50:100, 10:30] = True
    found = mirrored_prompts(prompt_tensors(NARROW, mask=mask.numpy()), NARROW).masks
    expected = prompt_tensors(NARROW, mask=mask.flip(1).numpy()).masks
    assert ((found > 0) == (expected > 0))[..., :32].all()


@given(st.floats(0, 80), st.floats(0, 80), st.floats(1, 20), st.floats(1, 20))
def test_a_prompt_mirrored_twice_is_itself(x, y, width, height):
    prompts = prompt_tensors(SQUARE, box=[x, y, x + width, y + height], points=[[x, y]], labels=[1])
    twice = mirrored_prompts(mirrored_prompts(prompts, SQUARE), SQUARE)
    assert torch.allclose(twice.boxes, prompts.boxes, atol=1e-3)
    assert torch.allclose(twice.points, prompts.points, atol=1e-3)


def test_logits_of_a_square_image_are_flipped():
    logits = torch.arange(4.0).expand(1, 1, 4, 4)
    assert mirrored_logits(logits, SQUARE)[0, 0, 0].tolist() == [3, 2, 1, 0]


def test_logits_are_exchanged_within_the_image_and_not_within_its_padding():
    logits = torch.tensor([1.0, 2, 9, 9]).expand(1, 1, 4, 4)
    assert mirrored_logits(logits, NARROW)[0, 0, 0, :2].tolist() == pytest.approx([2, 1])


def test_half_a_pixel_of_an_odd_width_is_interpolated():
    """The image covers 2.5 of 4 pixels: what lies at 0.5 comes to 2, between two of them."""
    logits = torch.tensor([0.0, 10, 20, 30]).expand(1, 1, 4, 4)
    frame = NetworkFrame((16, 10), (256, 160), 256, 4)
    assert mirrored_logits(logits, frame)[0, 0, 0, :2].tolist() == pytest.approx([15, 5])
