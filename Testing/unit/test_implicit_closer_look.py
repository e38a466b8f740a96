"""A finer mask of a small object is drawn from close by, in its place of the output."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from MedSAMLib.implicit.output_part import output_part
from MedSAMLib.sam.closer_look import Crop, crop_around
from Testing.tiny_starter import tiny_starter

SHAPE = (200, 300)
SMALL_BOX = np.array([100, 80, 120, 100])


@pytest.fixture(scope="module")
def model():
    return tiny_starter()


@pytest.fixture(scope="module")
def picture():
    return np.random.default_rng(0).integers(0, 255, SHAPE).astype(np.uint8)


def test_a_part_of_twice_the_pixels_covers_its_crop():
    part = output_part(Crop(30, 20, 70, 60), (100, 100), (200, 200))
    assert (part.rows, part.columns) == (slice(40, 120), slice(60, 140))
    assert (part.corner, part.size, part.shape) == ((0, 0), (1, 1), (80, 80))


def test_an_output_without_a_pixel_in_the_crop_has_no_part():
    assert output_part(Crop(1, 1, 3, 3), (100, 100), (10, 10)) is None


@given(
    left=st.integers(0, 80), width=st.integers(8, 20), pixels=st.integers(20, 400), data=st.data()
)
def test_every_pixel_of_a_part_knows_its_place_in_the_crop(left, width, pixels, data):
    part = output_part(Crop(left, 0, left + width, 100), (100, 100), (1, pixels))
    index = data.draw(st.integers(part.columns.start, part.columns.stop - 1))
    center = (index + 0.5) * 100 / pixels  # in pixels of the image
    assert left <= center < left + width
    own = (index - part.columns.start + 0.5) / part.shape[1]
    placed = part.placed(torch.tensor([[own, 0.5]], dtype=torch.float64))
    assert placed[0, 0].item() == pytest.approx((center - left) / width, abs=1e-6)


def test_a_small_box_is_drawn_as_its_crop_alone_would_be(model, picture):
    crop = crop_around(tuple(SMALL_BOX), SHAPE, 0.2)
    near = model.embed(crop.of(picture))
    shape = tuple(2 * side for side in crop.shape)
    expected = model.upsample(near, box=crop.boxes(SMALL_BOX), shape=shape)
    found = model.upsample(model.embed(picture), box=SMALL_BOX, scale=2)
    place = np.s_[2 * crop.y0 : 2 * crop.y1, 2 * crop.x0 : 2 * crop.x1]
    np.testing.assert_allclose(found.probability[place], expected.probability, atol=1e-5)
    assert found.probability.shape == (400, 600)
    outside = np.ones((400, 600), bool)
    outside[place] = False
    assert not found.probability[outside].any()
    assert not found.mask[outside].any()


def test_a_large_box_is_drawn_from_the_whole_image(model, picture):
    found = model.upsample(model.embed(picture), box=np.array([20, 20, 200, 150]))
    assert found.probability[:, 250:].any()


def test_each_of_a_batch_is_drawn_from_the_whole_image(model, picture):
    found = model.upsample(model.embed(picture), box=SMALL_BOX[None])
    assert found.probability.shape == (1, *SHAPE)
    assert found.probability[0, :20].any()
