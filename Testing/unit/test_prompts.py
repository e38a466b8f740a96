from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from MedSAMLib.errors import UsageError
from MedSAMLib.prompts import (
    Prompts,
    center_of_mass,
    jittered_box,
    loosened_box,
    most_interior_point,
    tight_box,
)

SHAPE = (10, 20)  # H, W


def mask_of(rows: slice, columns: slice) -> np.ndarray:
    mask = np.zeros(SHAPE, dtype=bool)
    mask[rows, columns] = True
    return mask


def test_numbers_inside_the_image_are_kept_as_they_are():
    prompts = Prompts(box=(1.5, 2, 19.25, 10), points=[(0, 0), (19, 9)], labels=[1, 0])
    valid = prompts.validated(SHAPE)
    assert valid.box.tolist() == [1.5, 2, 19.25, 10]
    assert valid.points.tolist() == [[0, 0], [19, 9]]
    assert valid.labels.tolist() == [1, 0]
    assert valid.mask is None


def test_a_box_partly_outside_is_clipped():
    assert Prompts(box=(-5, -1, 30, 4)).validated(SHAPE).box.tolist() == [0, 0, 20, 4]


@pytest.mark.parametrize(
    ("box", "complaint"),
    [
        ((25, 2, 30, 5), "outside the image, which is 20 x 10 pixels"),
        ((20, 2, 30, 5), "outside"),
        ((-9, 2, 0, 5), "outside"),
        ((8, 2, 3, 5), "inverted"),
        ((3, 5, 8, 2), "inverted"),
        ((3, 2, 3, 5), "no area"),
        ((3, 2, 8, 2), "no area"),
        ((3, np.nan, 8, 5), "not finite"),
        ((3, 2, np.inf, 5), "not finite"),
        ((3, 2, 8), "four numbers"),
        (("a", 2, 8, 9), "made of numbers"),
    ],
)
def test_a_box_that_means_nothing_is_refused(box, complaint):
    with pytest.raises(UsageError, match=complaint):
        Prompts(box=box).validated(SHAPE)


@pytest.mark.parametrize(
    ("prompts", "complaint"),
    [
        (Prompts(), "No prompt was given"),
        (Prompts(points=[], labels=[]), "pairs of numbers"),
        (Prompts(points=[(1, 2, 3)], labels=[1]), "pairs of numbers"),
        (Prompts(points=[(1, 2)]), "needs a label"),
        (Prompts(points=[(1, 2)], labels=[1, 0]), "needs a label"),
        (Prompts(points=[(1, 2)], labels=[2]), "needs a label"),
        (Prompts(points=[(1, 2)], labels=[np.nan]), "needs a label"),
        (Prompts(box=(0, 0, 5, 5), labels=[1]), "without points"),
        (Prompts(points=[(1, 2), (20, 5)], labels=[1, 1]), r"\(20, 5\) is outside"),
        (Prompts(points=[(-1, 2)], labels=[1]), "outside"),
        (Prompts(points=[(np.nan, 2)], labels=[1]), "not finite"),
        (Prompts(mask=np.ones((4, 4), dtype=bool)), "has the shape"),
        (Prompts(mask=np.full((4, 4), np.nan)), "finite"),
    ],
)
def test_prompts_that_mean_nothing_are_refused(prompts, complaint):
    with pytest.raises(UsageError, match=complaint):
        prompts.validated(SHAPE)


def test_a_mask_prompt_is_a_mask_of_the_image_or_logits_of_any_size():
    mask, logits = mask_of(slice(2, 4), slice(3, 5)), np.zeros((8, 8), dtype=np.float32)
    assert Prompts(mask=mask).validated(SHAPE).mask is mask
    assert Prompts(mask=logits).validated(SHAPE).mask is logits


def test_the_tight_box_has_exclusive_ends():
    assert tight_box(mask_of(slice(2, 5), slice(3, 10))).tolist() == [3, 2, 10, 5]


def test_a_loosened_box_grows_by_a_share_of_its_extent_and_stays_inside():
    assert loosened_box((4, 4, 8, 6), 0.25, SHAPE).tolist() == [3, 3.5, 9, 6.5]
    assert loosened_box((1, 1, 19, 9), 0.5, SHAPE).tolist() == [0, 0, 20, 10]


@given(
    box=st.tuples(st.integers(0, 18), st.integers(0, 8)).flatmap(
        lambda c: st.tuples(
            st.just(c[0]), st.just(c[1]), st.integers(c[0] + 1, 20), st.integers(c[1] + 1, 10)
        )
    ),
    fraction=st.floats(0, 0.5),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_jittered_box_moves_each_side_at_most_by_its_share(box, fraction, seed):
    moved = jittered_box(np.array(box), fraction, np.random.default_rng(seed), SHAPE)
    extent = np.array([box[2] - box[0], box[3] - box[1]] * 2)
    assert (np.abs(moved - box) <= fraction * extent + 1e-9).all()
    assert (moved[2:] - moved[:2] >= 1 - 1e-9).all()
    assert (moved >= 0).all()
    assert (moved[[2, 3]] <= (20, 10)).all()


def test_jitter_is_the_same_for_the_same_seed_and_takes_a_mask_too():
    mask = mask_of(slice(2, 8), slice(3, 17))
    one, two = (jittered_box(mask, 0.2, np.random.default_rng(7), SHAPE) for _ in range(2))
    assert one.tolist() == two.tolist()
    assert one.tolist() != tight_box(mask).tolist()


def test_points_are_x_y_and_lie_where_the_object_is():
    mask = mask_of(slice(2, 5), slice(3, 12))
    assert center_of_mass(mask).tolist() == [7, 3]
    x, y = most_interior_point(mask)
    assert (3 < x < 11, y) == (True, 3)


def test_the_most_interior_point_is_inside_where_the_center_is_not():
    ring = mask_of(slice(1, 9), slice(2, 18)) & ~mask_of(slice(3, 7), slice(5, 15))
    x, y = center_of_mass(ring)
    assert not ring[round(y), round(x)]
    x, y = most_interior_point(ring).astype(int)
    assert ring[y, x]


def test_the_edge_of_the_image_is_a_border_of_the_object():
    touching = mask_of(slice(0, 7), slice(0, 7))
    assert most_interior_point(touching).tolist() == [3, 3]


@pytest.mark.parametrize("derive", [tight_box, center_of_mass, most_interior_point])
def test_an_empty_mask_has_no_prompt(derive):
    with pytest.raises(UsageError, match="empty"):
        derive(np.zeros(SHAPE, dtype=bool))
    with pytest.raises(UsageError, match="2-D"):
        derive(np.ones((2, 3, 4), dtype=bool))
