"""Prompts, their commands, undo and redo, and their way into a scene and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from MedSAMLib.geometry import Plane
from MedSAMSlicerLib.session.commands import AddBox, AddPoint
from MedSAMSlicerLib.session.history import History
from MedSAMSlicerLib.session.neighbors import direction_of, neighbors, shifted
from MedSAMSlicerLib.session.prompts import (
    Box,
    Point,
    SliceKey,
    Target,
    from_json,
    has_area_inside,
    is_inside,
    last_on_slice,
    on_slice,
    to_json,
)
from Testing.unit.session_fakes import key_of, ras

KEY = key_of(5)
BOX = Box(ras(4, 4, 5), ras(10, 12, 5))
INSIDE = Point(ras(6, 6, 5), positive=True)
OUTSIDE = Point(ras(25, 25, 5), positive=False)


def test_a_box_is_the_same_from_any_corner():
    corners = [(4, 4), (10, 12)], [(10, 12), (4, 4)], [(4, 12), (10, 4)]
    for first, second in corners:
        target = Target(KEY, Box(ras(*first, 5), ras(*second, 5)))
        np.testing.assert_allclose(target.in_pixels().box, (4.5, 4.5, 10.5, 12.5))


def test_points_keep_their_order_and_sign():
    prompts = Target(KEY, points=(INSIDE, OUTSIDE)).in_pixels()
    np.testing.assert_allclose(prompts.points, [(6, 6), (25, 25)])
    np.testing.assert_array_equal(prompts.labels, [1, 0])


@pytest.mark.parametrize(
    ("target", "can"),
    [
        (Target(KEY, BOX), True),
        (Target(KEY, points=(INSIDE,)), True),
        (Target(KEY, points=(OUTSIDE,)), False),
        (Target(KEY, BOX, (OUTSIDE,)), True),
    ],
)
def test_a_negative_point_alone_means_no_object(target, can):
    assert target.can_be_segmented is can


def test_a_second_box_on_a_slice_replaces_the_first_and_its_corrections():
    targets = AddBox(KEY, BOX).apply(())
    targets = AddPoint(KEY, INSIDE).apply(targets)
    other = Box(ras(20, 20, 5), ras(26, 26, 5))
    assert AddBox(KEY, other).apply(targets) == (Target(KEY, other),)


def test_a_box_after_clicks_joins_them():
    targets = AddPoint(KEY, INSIDE).apply(())
    assert AddBox(KEY, BOX).apply(targets) == (Target(KEY, BOX, (INSIDE,)),)


def test_separate_boxes_are_objects_and_a_click_belongs_to_the_box_around_it():
    other = Box(ras(20, 20, 5), ras(26, 26, 5))
    targets = ()
    for box in (BOX, other):
        targets = AddBox(KEY, box, separate=True).apply(targets)
    targets = AddPoint(KEY, INSIDE).apply(targets)
    assert targets == (Target(KEY, BOX, (INSIDE,)), Target(KEY, other))


def test_prompts_on_another_slice_are_a_target_of_their_own():
    targets = AddPoint(key_of(6), INSIDE).apply(AddBox(KEY, BOX).apply(()))
    assert [target.slice for target in targets] == [KEY, key_of(6)]


def test_undo_and_redo_walk_through_the_commands():
    history = History()
    history.do(AddBox(KEY, BOX))
    history.do(AddPoint(KEY, INSIDE))
    after = history.targets
    history.undo()
    assert history.targets == (Target(KEY, BOX),)
    history.undo()
    assert history.targets == ()
    assert not history.can_undo
    history.redo()
    history.redo()
    assert history.targets == after
    assert not history.can_redo


def test_what_was_undone_is_gone_once_something_new_is_done():
    history = History()
    history.do(AddBox(KEY, BOX))
    history.undo()
    history.do(AddPoint(KEY, INSIDE))
    assert not history.can_redo


def test_prompts_survive_a_saved_scene():
    targets = (Target(KEY, BOX, (INSIDE, OUTSIDE)), Target(key_of(6), points=(INSIDE,)))
    assert from_json(to_json(targets), "volume") == targets


@pytest.mark.parametrize("text", ["", "[]", "not JSON", "{}", '[{"shape": [1]}]', "[3]"])
def test_a_text_that_is_none_of_ours_gives_no_prompts(text):
    assert from_json(text, "volume") == ()


@given(st.floats(1e-4, 10), st.integers(-40, 40))
def test_a_slice_reached_by_steps_is_the_same_as_by_its_index(spacing, steps):
    def at(index: int) -> SliceKey:
        affine = np.diag([-spacing, -spacing, 2 * spacing, 1.0])
        affine[:3, 3] = (3.1, -7.7, 100 + index * 2 * spacing)
        return SliceKey.of("volume", Plane((8, 8), affine))

    assert shifted(at(0), steps) == at(steps)
    assert (at(0) == at(steps)) is (steps == 0)


def test_neighbors_come_nearest_first():
    found = [round(key.plane.affine[2, 3]) for key in neighbors(KEY, reach=2)]
    assert found == [6, 4, 7, 3]


@pytest.mark.parametrize(("direction", "order"), [(1, [6, 7, 4, 3]), (-1, [4, 3, 6, 7])])
def test_neighbors_ahead_come_before_those_behind(direction, order):
    found = neighbors(KEY, reach=2, direction=direction)
    assert [round(key.plane.affine[2, 3]) for key in found] == order


def test_a_direction_is_that_between_parallel_slices_of_a_volume():
    assert direction_of(KEY, shifted(KEY, 3)) == 1
    assert direction_of(KEY, shifted(KEY, -1)) == -1
    assert direction_of(KEY, KEY) == 0
    turned = np.array(KEY.plane.affine)[:, [1, 2, 0, 3]]
    other = SliceKey.of(KEY.volume_id, Plane(KEY.plane.shape, turned))
    assert direction_of(KEY, other) == 0
    assert direction_of(KEY, SliceKey.of("another", shifted(KEY, 1).plane)) == 0


@pytest.mark.parametrize(
    ("x", "inside"), [(-0.4, True), (-0.6, False), (31.4, True), (31.6, False)]
)
def test_a_click_is_inside_up_to_the_border_of_the_pixel(x, inside):
    assert is_inside(KEY.plane, ras(x, 5, 5)) is inside


def test_the_prompts_of_a_slice_keep_their_order():
    first, last = Target(KEY, BOX), Target(KEY, BOX, (Point(ras(5, 5, 5), True),))
    other = Target(key_of(6), BOX)
    assert on_slice((first, other, last), KEY) == (first, last)
    assert last_on_slice((first, other, last), KEY) is last
    assert last_on_slice((other,), KEY) is None


def test_a_box_beside_the_image_has_no_area():
    assert has_area_inside(KEY.plane, BOX)
    assert not has_area_inside(KEY.plane, Box(ras(40, 4, 5), ras(50, 12, 5)))
    assert not has_area_inside(KEY.plane, Box(ras(4, 4, 5), ras(4.5, 12, 5)))
