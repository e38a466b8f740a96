"""From scores to Dice: the isotonic map, the conformal interval, and their file."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from MedSAMLib import MedSAMError, UsageError
from MedSAMLib.quality.calibration import (
    Calibration,
    conformal_quantile,
    fit_calibration,
    isotonic_map,
)


def test_the_map_pools_what_falls():
    knots, values = isotonic_map(np.array([1.0, 2, 3, 4, 5]), np.array([0.1, 0.5, 0.3, 0.4, 0.9]))
    np.testing.assert_allclose(knots, [1, 2, 4, 5])
    np.testing.assert_allclose(values, [0.1, 0.4, 0.4, 0.9])


def test_equal_scores_are_averaged_first():
    knots, values = isotonic_map(np.array([1.0, 1, 2]), np.array([0.2, 0.4, 0.1]))
    # 0.3 twice and 0.1 once, pooled
    np.testing.assert_allclose(np.interp([1, 2], knots, values), 0.7 / 3)


pairs = st.lists(st.tuples(st.integers(0, 20), st.floats(0, 1)), min_size=1, max_size=40)


@settings(max_examples=50)
@given(pairs)
def test_the_map_never_falls_and_keeps_the_mean(drawn):
    x, y = (np.array(column, dtype=float) for column in zip(*drawn, strict=True))
    knots, values = isotonic_map(x, y)
    fitted = np.interp(x, knots, values)
    assert (np.diff(values) >= -1e-12).all()
    assert fitted.mean() == pytest.approx(y.mean())
    # No other map that is flat does better.
    assert ((fitted - y) ** 2).sum() <= ((y.mean() - y) ** 2).sum() + 1e-9


def test_the_map_is_scipys():
    optimize = pytest.importorskip("scipy.optimize")
    if not hasattr(optimize, "isotonic_regression"):
        pytest.skip("SciPy is older than 1.12")
    rng = np.random.default_rng(1)
    x = np.arange(60.0)
    y = np.clip(x / 60 + rng.normal(0, 0.3, 60), 0, 1)
    np.testing.assert_allclose(
        np.interp(x, *isotonic_map(x, y)), optimize.isotonic_regression(y).x, atol=1e-12
    )


def test_the_conformal_quantile_counts_the_case_to_come():
    residuals = np.arange(1.0, 10)  # nine of them
    assert conformal_quantile(residuals, 0.1) == 9
    assert conformal_quantile(residuals, 0.5) == 5
    assert conformal_quantile(residuals, 0.05) == math.inf


def drawn_cases(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores, and Dice values that rise with them in a bent way, wider where they are low."""
    scores = rng.uniform(0, 1, count)
    dices = np.sqrt(scores) + rng.normal(0, 0.02 + 0.15 * (1 - scores), count)
    return scores, np.clip(dices, 0, 1)


@pytest.mark.parametrize("level", [0.8, 0.9])
def test_the_interval_holds_as_many_as_it_promises(level):
    rng = np.random.default_rng(0)
    covered = []
    for seed in range(60):
        calibration = fit_calibration(*drawn_cases(rng, 120), level=level, seed=seed)
        for score, dice in zip(*drawn_cases(rng, 50), strict=True):
            low, high = calibration.interval(score)
            covered.append(low <= dice <= high)
    assert level - 0.02 <= np.mean(covered) <= level + 0.04


def test_too_few_cases_for_the_level_promise_nothing():
    calibration = fit_calibration(np.linspace(0, 1, 12), np.linspace(0, 1, 12), level=0.99)
    assert calibration.interval(0.5) == (0, 1)
    assert Calibration.from_json(calibration.to_json()) == calibration


def test_a_calibration_survives_its_file():
    calibration = fit_calibration(*drawn_cases(np.random.default_rng(3), 50), note="polyps")
    again = Calibration.from_json(calibration.to_json())
    assert again == calibration
    assert again.cases == 50
    assert again.dice(0.7) == calibration.dice(0.7)
    assert math.isnan(again.dice(math.nan))
    assert all(math.isnan(edge) for edge in again.interval(math.nan))


def test_cases_without_a_score_are_left_out():
    scores, dices = drawn_cases(np.random.default_rng(3), 30)
    scores[:5] = np.nan
    assert fit_calibration(scores, dices).cases == 25


@pytest.mark.parametrize(
    ("scores", "dices", "level", "told"),
    [
        ([0.5] * 9, [0.5] * 9, 0.9, "at least 10 cases"),
        ([0.5] * 12, [0.5] * 11, 0.9, "one Dice for every score"),
        ([0.5] * 12, [0.5] * 12, 1.0, "between 0 and 1"),
    ],
)
def test_what_cannot_be_calibrated(scores, dices, level, told):
    with pytest.raises(UsageError, match=told):
        fit_calibration(scores, dices, level=level)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"kind": "SlicerMedSAM quality calibration"}'])
def test_text_that_is_no_calibration_is_refused(text):
    with pytest.raises(MedSAMError, match="quality calibration"):
        Calibration.from_json(text)
