"""Simulated clicks: where they go, when they end, and what the model is told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as npst

from Testing.training.fake_models import EllipseModel, Oracle
from training.evaluation.clicks import (
    GOAL_DICE,
    MAX_CLICKS,
    MIN_CLICKS,
    Click,
    click_curves,
    next_click,
    number_of_clicks,
)

NOTHING = np.zeros((9, 12), bool)


def filled(rows: slice, columns: slice) -> np.ndarray:
    mask = NOTHING.copy()
    mask[rows, columns] = True
    return mask


def test_the_first_click_is_the_most_interior_point_of_the_object():
    assert next_click(NOTHING, filled(slice(2, 7), slice(3, 8))) == Click(5, 4, 1)


def test_what_is_too_much_is_clicked_as_background():
    truth = filled(slice(2, 7), slice(0, 5))
    mask = truth | filled(slice(2, 7), slice(7, 12))
    assert next_click(mask, truth) == Click(9, 4, 0)


def test_the_larger_error_comes_first_though_the_smaller_errors_are_more():
    truth = filled(slice(0, 9), slice(0, 3))
    mask = NOTHING.copy()
    mask[::2, 5::2] = True  # 20 single pixels, each a region of its own
    assert next_click(mask, truth).label == 1


def test_a_perfect_mask_takes_no_click():
    truth = filled(slice(2, 7), slice(3, 8))
    assert next_click(truth, truth) is None


masks = npst.arrays(bool, (5, 6))


@given(masks, masks)
def test_a_click_is_always_on_an_error_of_its_kind(mask, truth):
    click = next_click(mask, truth)
    if click is None:
        assert (mask == truth).all()
    else:
        assert truth[int(click.y), int(click.x)] == click.label
        assert mask[int(click.y), int(click.x)] != click.label


def test_number_of_clicks_counts_from_one_and_tells_what_was_never_reached():
    curves = np.array([[0.95, 0.2, 0.2], [0.5, 0.89, 0.9], [0.1, 0.2, 0.3], [0.1, 0.92, np.nan]])
    assert number_of_clicks(curves, goal=0.9).tolist() == [1, 3, 4, 2]


def test_an_oracle_is_clicked_once_and_stays_perfect():
    truths = np.array([filled(slice(0, 4), slice(0, 4)), filled(slice(5, 9), slice(6, 12))])
    model = Oracle(truths=truths)
    curves = click_curves(model, truths[0], truths)
    assert (curves.dice == 1).all()
    assert number_of_clicks(curves.dice).tolist() == [1, 1]
    assert len(model.calls) == 1


def test_each_call_has_all_clicks_so_far_and_the_last_logits():
    truths = np.array([filled(slice(0, 9), slice(0, 12))])
    model = EllipseModel()
    click_curves(model, truths[0], truths)
    assert model.calls[0]["mask"] is None
    assert [call["points"].shape[1] for call in model.calls] == list(range(1, len(model.calls) + 1))
    first, second = model.calls[:2]
    np.testing.assert_array_equal(second["points"][:, :1], first["points"])
    disc = EllipseModel().of_points(first["points"][0], first["labels"][0], NOTHING.shape)
    np.testing.assert_array_equal(second["mask"][0] > 0, disc)


class Stubborn(EllipseModel):
    """Returns nothing, whatever is clicked."""

    def of_points(self, points, labels, shape):
        return np.zeros(shape, dtype=bool)


def test_clicks_end_at_the_maximum():
    truths = np.array([filled(slice(0, 9), slice(0, 12))])
    model = Stubborn()
    curves = click_curves(model, truths[0], truths)
    assert len(model.calls) == MAX_CLICKS
    assert number_of_clicks(curves.dice).tolist() == [MAX_CLICKS + 1]


class OneColumnMore(EllipseModel):
    """Good from the first click on, but never perfect."""

    def of_points(self, points, labels, shape):
        return filled(slice(0, 9), slice(0, 11))


def test_a_good_object_gets_the_least_clicks_while_others_go_on():
    truths = np.array([filled(slice(0, 9), slice(0, 10)), filled(slice(0, 1), slice(0, 2))])
    model = OneColumnMore()
    curves = click_curves(model, truths[0], truths)
    assert curves.dice[0, 0] >= GOAL_DICE
    assert np.isfinite(curves.dice[0]).sum() == MIN_CLICKS
    assert np.isfinite(curves.dice[1]).sum() == MAX_CLICKS
    assert [len(call["points"]) for call in model.calls] == [2] * MIN_CLICKS + [1] * (
        MAX_CLICKS - MIN_CLICKS
    )
    assert curves.dice[0, 0] == pytest.approx(2 * 90 / (90 + 99))
