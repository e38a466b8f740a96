"""Pictures of the demo: turned as radiologists expect, and marks where the pixels are."""

from __future__ import annotations

import numpy as np
import pytest

from MedSAMLib.geometry import Plane
from tools.demo.drawing import MASK, draw_mask
from tools.demo.view import close_view, whole_view


def a_plane(x_to: tuple, y_to: tuple, shape: tuple[int, int] = (2, 3)) -> Plane:
    """A plane whose steps in x and y go in the given RAS directions, in mm."""
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = x_to, y_to
    affine[:3, 2] = np.cross(x_to, y_to)
    return Plane(shape, affine)


LEFT, RIGHT, BACK, FRONT, FEET, HEAD = (
    (-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1),
)  # fmt: skip
IMAGE = np.array([[10, 20, 30], [40, 50, 60]], np.uint8)


@pytest.mark.parametrize(
    ("axis", "x_to", "y_to", "expected"),
    [
        ("axial", LEFT, BACK, IMAGE),
        ("axial", RIGHT, FRONT, IMAGE[::-1, ::-1]),
        ("axial", BACK, LEFT, IMAGE.T),
        ("coronal", LEFT, HEAD, IMAGE[::-1]),
        ("sagittal", FRONT, HEAD, IMAGE[::-1, ::-1]),
        ("sagittal", HEAD, BACK, IMAGE.T[::-1]),
    ],
)
def test_front_and_head_are_up_and_the_right_is_on_the_left(axis, x_to, y_to, expected):
    height, width = np.array(expected).shape
    view = whole_view(a_plane(x_to, y_to), axis, longest_side=max(height, width))
    np.testing.assert_array_equal(np.asarray(view.image(IMAGE))[..., 0], expected)


@pytest.mark.parametrize(("x_to", "y_to"), [(LEFT, BACK), (RIGHT, FRONT), (BACK, LEFT)])
def test_a_point_is_drawn_in_the_middle_of_its_pixel(x_to, y_to):
    view = whole_view(a_plane(x_to, y_to), "axial", longest_side=30)
    x, y = view.point(2, 1)
    mask = np.zeros((2, 3), bool)
    mask[1, 2] = True
    rows, columns = np.nonzero(view.mask(mask))
    assert (columns.mean() + 0.5, rows.mean() + 0.5) == (x, y)


def test_a_box_encloses_its_pixels():
    view = whole_view(a_plane(RIGHT, FRONT), "axial", longest_side=30)
    assert view.box(np.array([0, 0, 1, 2])) == (20, 0, 30, 20)


def test_pixels_that_are_not_square_are_shown_at_their_shape():
    view = whole_view(a_plane((-2, 0, 0), BACK), "axial", longest_side=60)
    assert view.size == (60, 20)


def test_a_close_view_stays_inside_the_plane():
    view = close_view(a_plane(LEFT, BACK, (50, 50)), "axial", np.array([0, 40, 10, 50]), 100)
    assert (view.x0, view.y0, view.x1, view.y1) == (0, 33, 17, 50)


def test_a_mask_is_outlined_and_nothing_else_is_touched():
    plane = a_plane(LEFT, BACK, (20, 20))
    view = whole_view(plane, "axial", longest_side=200)
    mask = np.zeros((20, 20), bool)
    mask[5:15, 5:15] = True
    picture = view.image(np.full((20, 20), 100, np.uint8))
    draw_mask(picture, view, mask)

    pixels = np.asarray(picture)
    assert tuple(pixels[50, 50]) == MASK
    assert tuple(pixels[10, 10]) == (100, 100, 100)
