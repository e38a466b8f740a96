"""The inscribed ellipse and GrabCut, by hand and on an object that they must find."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from MedSAMLib import metrics
from MedSAMLib.prompts import tight_box
from training.evaluation.baselines import grabcut, inscribed_ellipse


def test_the_ellipse_of_five_pixels_by_hand():
    expected = [
        [0, 0, 0, 0, 0, 0, 0],
        [0, 0, 1, 1, 1, 0, 0],
        [0, 1, 1, 1, 1, 1, 0],
        [0, 1, 1, 1, 1, 1, 0],
        [0, 1, 1, 1, 1, 1, 0],
        [0, 0, 1, 1, 1, 0, 0],
    ]
    np.testing.assert_array_equal(inscribed_ellipse((1, 1, 6, 6), (6, 7)), expected)


def test_the_ellipse_of_one_pixel_is_that_pixel():
    mask = inscribed_ellipse((3, 2, 4, 3), (5, 6))
    assert mask[2, 3]
    assert mask.sum() == 1


sides = st.integers(1, 30)


@given(st.integers(0, 10), st.integers(0, 10), sides, sides)
def test_the_tight_box_of_an_ellipse_is_its_box(x, y, width, height):
    box = (x, y, x + width, y + height)
    np.testing.assert_array_equal(tight_box(inscribed_ellipse(box, (45, 45))), box)


def test_the_ellipse_covers_its_share_of_the_box():
    mask = inscribed_ellipse((0, 0, 200, 100), (100, 200))
    assert mask.mean() == pytest.approx(np.pi / 4, abs=0.005)


@pytest.mark.parametrize("channels", [(), (3,)])
def test_grabcut_finds_a_bright_object_that_is_no_ellipse(channels, rng):
    truth = np.zeros((60, 70), bool)
    truth[15:45, 20:50] = True
    truth[15:25, 20:30] = False
    image = rng.normal(60, 4, (60, 70, *channels))
    image[truth] += 100
    mask = grabcut(image.astype(np.uint8), tight_box(truth))
    assert metrics.dice(mask, truth) > 0.95


def test_grabcut_of_a_box_that_is_the_image_stays_in_it_and_repeats(rng):
    image = rng.integers(0, 255, (20, 30), dtype=np.uint8)
    first, second = grabcut(image, (0, 0, 30, 20)), grabcut(image, (0, 0, 30, 20))
    assert first.any()
    np.testing.assert_array_equal(first, second)


@settings(max_examples=25)
@given(st.integers(0, 19), st.integers(0, 14), st.integers(1, 20), st.integers(1, 15))
def test_grabcut_never_leaves_the_box(x, y, width, height):
    image = np.arange(20 * 15, dtype=np.uint8).reshape(15, 20)
    box = (x, y, min(x + width, 20), min(y + height, 15))
    mask = grabcut(image, box)
    mask[box[1] : box[3], box[0] : box[2]] = False
    assert not mask.any()
