"""Simulated prompts of the starter's training."""

from __future__ import annotations

import pytest
import torch

from training.starter.model_step import first_prompts, with_click
from training.starter.prompting import (
    BOX_LOOSENING,
    corrective_clicks,
    drawn_boxes,
    innermost_pixels,
    random_pixels,
    tight_boxes,
)


@pytest.fixture
def two_rectangles() -> torch.Tensor:
    masks = torch.zeros(2, 32, 32, dtype=torch.bool)
    masks[0, 4:9, 10:20] = True
    masks[1, 20:32, 0:3] = True
    return masks


def test_tight_boxes_have_exclusive_ends(two_rectangles):
    assert tight_boxes(two_rectangles).tolist() == [[10, 4, 20, 9], [0, 20, 3, 32]]


def test_drawn_boxes_stay_within_the_promised_looseness(two_rectangles):
    torch.manual_seed(0)
    tight = tight_boxes(two_rectangles)
    size = (tight[:, 2:] - tight[:, :2]).repeat(1, 2)
    for _ in range(50):
        drawn = drawn_boxes(two_rectangles)
        assert ((drawn - tight).abs() <= BOX_LOOSENING * size + 1e-4).all()
        assert drawn.min() >= 0
        assert drawn.max() <= 32


def test_random_pixels_lie_in_their_mask(two_rectangles):
    torch.manual_seed(0)
    for _ in range(20):
        for mask, (x, y) in zip(two_rectangles, random_pixels(two_rectangles).long(), strict=True):
            assert mask[y, x]


def test_the_innermost_pixel_is_as_far_from_the_outline_as_can_be():
    mask = torch.zeros(1, 16, 16, dtype=torch.bool)
    mask[0, 2:7, 3:8] = True
    assert innermost_pixels(mask).tolist() == [[5, 4]]


def test_a_corrective_click_marks_what_was_missed_or_wrongly_taken(two_rectangles):
    torch.manual_seed(0)
    predicted = two_rectangles.clone()
    predicted[0, 4:9, 15:20] = False
    predicted[1, 0:5, 25:30] = True
    points, labels = corrective_clicks(predicted, two_rectangles)
    assert labels.tolist() == [1, 0]
    assert 15 <= points[0, 0] < 20
    assert 25 <= points[1, 0] < 30


def test_without_an_error_the_click_confirms_the_object(two_rectangles):
    _, labels = corrective_clicks(two_rectangles, two_rectangles)
    assert labels.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("kind", "has_boxes", "points"),
    [("box", True, 0), ("point", False, 1), ("box and point", True, 1)],
)
def test_first_prompts_are_of_the_kind_asked_for(two_rectangles, kind, has_boxes, points):
    boxes, coordinates, labels = first_prompts(two_rectangles, kind)
    assert (boxes is not None) == has_boxes
    assert coordinates.shape == (2, points, 2)
    assert labels.shape == (2, points)


def test_a_click_more_a_round(two_rectangles):
    _, points, labels = first_prompts(two_rectangles, "point")
    logits = torch.full((2, 1, 16, 16), -1.0)
    points, labels = with_click(logits, two_rectangles, points, labels)
    assert points.shape == (2, 2, 2)
    assert labels.tolist() == [[1, 1], [1, 1]]
