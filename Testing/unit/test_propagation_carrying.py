"""From one slice's mask to the next slice's prompts and mask."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from MedSAMLib.metrics import dice
from MedSAMLib.object_mask import full_size_logits
from MedSAMLib.propagation.carrying import parts_touching, prompts_of, remembered
from MedSAMLib.propagation.motion import moved_mask
from Testing.unit.bright_pixels import PlainImage


def square(first: int, last: int, side: int = 40) -> np.ndarray:
    mask = np.zeros((side, side), bool)
    mask[first:last, first:last] = True
    return mask


def textured(mask: np.ndarray) -> np.ndarray:
    return ndimage.gaussian_filter(np.where(mask, 180.0, 40.0), 1).astype(np.uint8)


def test_a_mask_prompts_with_its_tight_box_and_its_most_interior_point():
    mask = np.zeros((40, 40), bool)
    mask[10:21, 10:31] = True
    prompts = prompts_of(mask)
    assert prompts.box.tolist() == [10, 10, 31, 21]
    assert prompts.points.tolist() == [[15, 15]]
    assert prompts.labels.tolist() == [1]


def test_a_network_that_is_sure_decides():
    sure = np.where(square(5, 15), 20.0, -20.0)
    np.testing.assert_array_equal(remembered(sure, square(20, 35)), square(5, 15))


def test_a_network_that_is_unsure_leaves_it_to_the_memory():
    found = remembered(np.full((40, 40), -0.1), square(10, 30))
    assert found[12:28, 12:28].all()
    assert not found[:8].any()


def test_an_island_away_from_the_expected_mask_is_dropped():
    mask = square(6, 11) | square(15, 17)
    np.testing.assert_array_equal(parts_touching(mask, square(5, 10)), square(6, 11))


def test_where_nothing_overlaps_the_largest_part_stays():
    mask = square(6, 11) | square(15, 17)
    np.testing.assert_array_equal(parts_touching(mask, square(0, 1)), square(6, 11))


@pytest.mark.parametrize("shift", [(0, 0), (2, 0), (0, -2), (1, 2)])
def test_the_mask_goes_where_the_object_goes(shift):
    before = square(14, 26)
    after = np.roll(before, shift, axis=(0, 1))
    assert dice(moved_mask(before, textured(before), textured(after)), after) > 0.97


def test_the_mask_grows_with_the_object():
    before, after = square(14, 26), square(12, 28)
    moved = moved_mask(before, textured(before), textured(after))
    assert dice(moved, after) > dice(before, after) + 0.05


def test_an_object_at_the_image_border_can_be_moved():
    before = square(0, 9)
    assert dice(moved_mask(before, textured(before), textured(before)), before) > 0.97


def test_no_motion_is_seen_in_images_without_structure():
    mask = square(10, 20)
    flat = np.full((40, 40), 7, np.uint8)
    np.testing.assert_array_equal(moved_mask(mask, flat, flat), mask)


def test_logits_at_full_size_are_those_of_the_reference(rng):
    import torch

    from MedSAMLib.sam.backbone import Sam

    logits = ndimage.gaussian_filter(rng.normal(size=(32, 32)), 2).astype(np.float32)
    view = PlainImage(np.zeros((50, 100)), (50, 100), (32, 64))

    class Encoder:
        img_size = 64

    class Network:
        image_encoder = Encoder()
        image_size = 64

    expected = Sam.postprocess_masks(
        Network(), torch.tensor(logits)[None, None], (32, 64), (50, 100)
    )
    np.testing.assert_allclose(
        full_size_logits(Network(), view, logits), expected[0, 0].numpy(), atol=0.02
    )
