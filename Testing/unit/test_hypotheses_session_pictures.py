"""What the browser draws and tells of alternatives: pictures, colors, comparisons, rows."""

from __future__ import annotations

import math

import numpy as np
import pytest

from MedSAMLib.geometry import Plane
from MedSAMLib.hypotheses import Hypotheses
from MedSAMSlicerLib.hypotheses.colors import alternative_color
from MedSAMSlicerLib.hypotheses.readers import compare, version_name
from MedSAMSlicerLib.hypotheses.thumbnails import (
    crop_around,
    gray_picture,
    with_badge,
    with_mask,
)
from MedSAMSlicerLib.session.ports import SliceImage
from MedSAMSlicerLib.session.prompts import SliceKey

SIZE = 100
RED = (1.0, 0.0, 0.0)


def square(x0: int, y0: int, x1: int, y1: int, shape=(60, 80)) -> np.ndarray:
    mask = np.zeros(shape, bool)
    mask[y0:y1, x0:x1] = True
    return mask


def drawn(picture: np.ndarray) -> np.ndarray:
    """Where the picture is pure red: the outline."""
    return (picture == (255, 0, 0)).all(axis=-1)


def test_all_masks_and_the_box_are_in_the_crop():
    masks = [square(10, 20, 30, 30), square(28, 22, 50, 41)]
    crop = crop_around(masks, np.array([8.0, 18, 52, 45]), (1.0, 1.0))
    rows, columns = crop.pixels(SIZE)
    assert columns.min() < 8
    assert columns.max() > 51
    assert rows.min() < 18
    assert rows.max() > 44
    assert crop.center == (29.5, 31.0)


def test_pixels_that_are_not_square_are_drawn_as_they_are_in_the_patient():
    mask = square(30, 20, 50, 30)  # 20 x 10 pixels of 1 x 3 mm: 20 x 30 mm
    crop = crop_around([mask], None, (1.0, 3.0))
    outline = drawn(with_mask(np.zeros((SIZE, SIZE, 3), np.uint8), mask, crop, RED))
    y, x = np.nonzero(outline)
    assert np.ptp(y) / np.ptp(x) == pytest.approx(1.5, abs=0.1)


def test_the_outline_lies_on_the_border_and_the_inside_shows_through():
    mask = square(30, 20, 50, 40)
    crop = crop_around([mask], None, (1.0, 1.0))
    picture = with_mask(np.full((SIZE, SIZE, 3), 100, np.uint8), mask, crop, RED)
    assert drawn(picture).any()
    middle, corner = picture[SIZE // 2, SIZE // 2], picture[0, 0]
    assert middle[0] > 100 > middle[1] > 0
    np.testing.assert_array_equal(corner, (100, 100, 100))


def test_the_picture_shows_the_slice_in_the_window_of_the_views():
    key = SliceKey.of("volume", Plane((60, 80), np.eye(4)))
    pixels = np.zeros((60, 80), np.int16)
    pixels[:, 40:] = 1000
    mask = square(30, 20, 50, 40)
    crop = crop_around([mask], None, (1.0, 1.0))
    picture = gray_picture(SliceImage(key, pixels, (1000, 2000)), crop, SIZE)
    assert picture[50, 5, 0] == 0
    assert picture[50, 95, 0] == pytest.approx(128, abs=1)
    color = gray_picture(SliceImage(key, np.full((60, 80, 3), 7, np.uint8), None), crop, SIZE)
    assert color.shape == (SIZE, SIZE, 3)


def test_nothing_at_all_still_has_a_picture():
    crop = crop_around([np.zeros((60, 80), bool)], None, (1.0, 1.0))
    assert crop.extent >= 80


def test_a_mark_changes_only_its_corner():
    picture = np.full((SIZE, SIZE, 3), 100, np.uint8)
    marked = with_badge(picture)
    assert (marked[:20, :20] == 0).any()
    assert (marked[:20, :20] == 255).any()
    np.testing.assert_array_equal(marked[20:], picture[20:])
    assert (picture == 100).all()


def test_sixteen_alternatives_have_sixteen_colors():
    colors = np.array([alternative_color(index) for index in range(16)])
    distances = np.abs(colors[:, None] - colors).max(axis=-1) + np.eye(16)
    assert distances.min() > 0.1
    assert ((colors >= 0) & (colors <= 1)).all()


class TestComparing:
    """Two alternatives of 4 and 2 pixels in a row, the second within the first."""

    @pytest.fixture
    def found(self):
        masks = np.zeros((2, 1, 8), bool)
        masks[0, 0, :4] = masks[1, 0, :2] = True
        return Hypotheses(masks, masks.astype(np.float32), np.ones(2, np.float32), "seqsam")

    def test_dice_of_the_chosen_and_the_best(self, found):
        readers = {"Anna": found.masks[1], "Bob": found.masks[0]}
        result = compare(found, found.masks[0], readers)
        anna, bob = result.rows
        assert (anna.name, anna.area, anna.best, anna.best_index) == ("Anna", 2, 1.0, 1)
        assert anna.chosen == pytest.approx(2 * 2 / (4 + 2))
        assert (bob.chosen, bob.best_index) == (1.0, 0)
        assert result.ged == pytest.approx(0)

    def test_the_energy_distance_by_hand(self, found):
        result = compare(found, found.masks[0], {"Bob": found.masks[0]})
        # 1 - IoU: 0 and 0.5 between; 0, 0.5, 0.5, 0 within the alternatives; 0 within one reader.
        assert result.ged == pytest.approx(2 * 0.25 - 0.25 - 0)

    def test_a_reader_who_saw_nothing_counts(self, found):
        result = compare(found, found.masks[0], {"Cleo": np.zeros((1, 8), bool)})
        assert result.rows[0].best == 0
        assert result.ged == pytest.approx(2 * 1 - 0.25)

    def test_without_readers_there_is_no_number(self, found):
        assert math.isnan(compare(found, found.masks[0], {}).ged)


def test_a_version_is_named_after_its_object_and_its_reader():
    assert version_name("Tumor - left", "Anna") == "Tumor - left - Anna"
    assert version_name("Tumor", "") == "Tumor"
