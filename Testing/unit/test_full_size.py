"""Masks of the image's size are those of `Sam.postprocess_masks`, made of one weighted sum."""

from __future__ import annotations

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from MedSAMLib.sam import full_size
from MedSAMLib.sam.backbone import ResizeLongestSide, Sam
from MedSAMLib.sam.prompt_tensors import NetworkFrame
from Testing.unit.sam_factory import tiny_sam


@pytest.fixture(scope="module")
def sam() -> Sam:
    return tiny_sam()


def frame_of(sam: Sam, shape: tuple[int, int]) -> NetworkFrame:
    side = sam.image_encoder.img_size
    size = ResizeLongestSide(side).get_preprocess_shape(*shape, side)
    return NetworkFrame(shape, size, side, sam.prompt_encoder.mask_input_size[0])


def enlarged(logits: torch.Tensor, frame: NetworkFrame) -> torch.Tensor:
    """(h, w) -> (H, W), before the threshold."""
    by_row, by_column = full_size._taps(frame)
    return by_row.sums(by_column.sums(logits.t().contiguous()).t().contiguous())


@settings(deadline=None, max_examples=25)
@given(height=st.integers(1, 300), width=st.integers(1, 300))
def test_logits_of_an_image_of_any_shape_are_the_references(sam, height, width):
    frame = frame_of(sam, (height, width))
    assume(min(frame.input_size) >= 1)  # others are too narrow for the network
    logits = torch.randn(1, 1, frame.mask_size, frame.mask_size)
    expected = sam.postprocess_masks(logits, frame.input_size, frame.original_size)
    torch.testing.assert_close(enlarged(logits[0, 0], frame), expected[0, 0], rtol=0, atol=1e-5)


def test_a_pixel_belongs_to_a_mask_where_its_logit_exceeds_the_threshold(sam):
    frame = frame_of(sam, (7, 5))
    logits = torch.randn(2, 3, frame.mask_size, frame.mask_size)
    masks = full_size.masks_at_full_size(logits, frame, 0.5)
    assert (masks.shape, masks.dtype) == ((2, 3, 7, 5), torch.bool)
    for found, each in zip(masks.flatten(0, 1), logits.flatten(0, 1), strict=True):
        assert torch.equal(found, enlarged(each, frame) > 0.5)
