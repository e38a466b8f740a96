"""HD95, ASSD and surface Dice by hand, by their properties, and against MONAI."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from MedSAMLib import metrics
from MedSAMLib.errors import UsageError

EMPTY = np.zeros((3, 4), bool)
SQUARE = np.array([[1, 1, 1, 0]] * 3, bool)
SHIFTED = np.array([[0, 1, 1, 1]] * 3, bool)

spacings = st.floats(0.1, 10)


@st.composite
def filled_pairs(draw):
    """Two masks with at least an element each, and a spacing."""
    shape = draw(npst.array_shapes(min_dims=2, max_dims=3, min_side=2, max_side=6))
    masks = [draw(npst.arrays(bool, shape)) for _ in range(2)]
    for mask in masks:
        mask[tuple(draw(st.integers(0, size - 1)) for size in shape)] = True
    return *masks, draw(st.tuples(*[spacings] * len(shape)))


def test_two_pixels_are_as_far_apart_as_the_spacing_says():
    first, second = np.zeros((2, 4), bool), np.zeros((2, 4), bool)
    first[0, 0], second[1, 3] = True, True
    # 1 row of 4 mm, 3 columns of 1 mm.
    assert metrics.hausdorff95(first, second, spacing=(4, 1)) == pytest.approx(5)
    assert metrics.assd(first, second, spacing=(4, 1)) == pytest.approx(5)
    assert metrics.surface_dice(first, second, 4.9, spacing=(4, 1)) == 0
    assert metrics.surface_dice(first, second, 5.0, spacing=(4, 1)) == 1


def test_a_square_and_its_shift_by_one_pixel():
    # Of each ring of 8 pixels, the outer side of 3 and the pixel at the other's center
    # are one pixel from the other ring; 4 lie on it.
    assert metrics.assd(SQUARE, SHIFTED) == pytest.approx(0.5)
    assert metrics.hausdorff95(SQUARE, SHIFTED) == pytest.approx(1)
    assert metrics.surface_dice(SQUARE, SHIFTED, tolerance=0) == pytest.approx(0.5)
    assert metrics.surface_dice(SQUARE, SHIFTED, tolerance=1) == 1


def test_the_95th_percentile_leaves_out_a_rare_outlier():
    reference = np.zeros((40, 60), bool)
    reference[10:30, 10:30] = True
    prediction = reference.copy()
    prediction[20, 55] = True
    assert metrics.hausdorff95(prediction, reference) == 0
    assert metrics.surface_distances(prediction, reference).hausdorff(100) == 26


def test_two_empty_masks_have_no_distance():
    assert metrics.hausdorff95(EMPTY, EMPTY) == 0
    assert metrics.assd(EMPTY, EMPTY) == 0
    assert metrics.surface_dice(EMPTY, EMPTY, tolerance=1) == 1


@pytest.mark.parametrize("pair", [(SQUARE, EMPTY), (EMPTY, SQUARE)])
def test_one_empty_mask_is_as_far_as_the_image_is_wide(pair):
    # 3 rows of 2 mm and 4 columns of 2 mm: a diagonal of 10 mm.
    assert metrics.hausdorff95(*pair, spacing=(2, 2)) == pytest.approx(10)
    assert metrics.assd(*pair, spacing=(2, 2)) == pytest.approx(10)
    assert metrics.surface_dice(*pair, tolerance=100) == 0


@pytest.mark.parametrize("spacing", [(1,), (1, 1, 1), (1, 0), (1, -1), (1, np.nan)])
def test_spacings_that_cannot_be_are_refused(spacing):
    with pytest.raises(UsageError, match="pacings"):
        metrics.assd(SQUARE, SHIFTED, spacing)


@pytest.mark.parametrize("tolerance", [-1, np.nan])
def test_tolerances_that_cannot_be_are_refused(tolerance):
    with pytest.raises(UsageError, match="tolerance"):
        metrics.surface_dice(SQUARE, SHIFTED, tolerance)


@given(filled_pairs())
def test_distances_are_symmetric_and_bounded(case):
    first, second, spacing = case
    distances = metrics.surface_distances(first, second, spacing)
    assert 0 <= distances.average() <= distances.hausdorff(100) <= distances.diagonal
    assert distances.hausdorff(95) <= distances.hausdorff(100)
    assert 0 <= distances.surface_dice(1.0) <= 1
    other = metrics.surface_distances(second, first, spacing)
    assert other.hausdorff(95) == pytest.approx(distances.hausdorff(95))
    assert other.average() == pytest.approx(distances.average())
    assert other.surface_dice(1.0) == pytest.approx(distances.surface_dice(1.0))


@given(filled_pairs())
def test_a_mask_is_at_no_distance_from_itself(case):
    mask, _, spacing = case
    assert metrics.hausdorff95(mask, mask, spacing) == 0
    assert metrics.assd(mask, mask, spacing) == 0
    assert metrics.surface_dice(mask, mask, 0, spacing) == 1


@given(filled_pairs(), st.floats(0.1, 10))
def test_distances_grow_with_the_spacing(case, factor):
    first, second, spacing = case
    scaled = tuple(factor * step for step in spacing)
    assert metrics.assd(first, second, scaled) == pytest.approx(
        factor * metrics.assd(first, second, spacing)
    )


@given(filled_pairs(), st.integers(0, 3))
def test_empty_space_around_the_masks_changes_nothing(case, margin):
    first, second, spacing = case
    expected = metrics.surface_distances(first, second, spacing)
    padded = metrics.surface_distances(np.pad(first, margin), np.pad(second, margin), spacing)
    np.testing.assert_allclose(padded.from_prediction, expected.from_prediction)
    np.testing.assert_allclose(padded.from_reference, expected.from_reference)


@pytest.mark.filterwarnings("ignore:.*always_return_as_numpy:FutureWarning")
@pytest.mark.parametrize("spacing", [(1.0, 1.0), (0.7, 2.5), (3.0, 0.8, 0.5)])
@pytest.mark.parametrize("threshold", [0.4, 0.8])
def test_agrees_with_monai(spacing, threshold, rng):
    monai_metrics = pytest.importorskip("monai.metrics")
    torch = pytest.importorskip("torch")
    masks = rng.random((2, *(12, 17, 9)[: len(spacing)])) > threshold
    tensors = [torch.from_numpy(mask[None, None]) for mask in masks]
    options = {"include_background": True, "spacing": list(spacing)}
    expected = (
        monai_metrics.compute_hausdorff_distance(*tensors, percentile=95, **options),
        monai_metrics.compute_average_surface_distance(*tensors, symmetric=True, **options),
        monai_metrics.compute_surface_dice(*tensors, class_thresholds=[1.0], **options),
    )
    distances = metrics.surface_distances(*masks, spacing)
    found = (distances.hausdorff(95), distances.average(), distances.surface_dice(1.0))
    assert found == pytest.approx([value.item() for value in expected], rel=1e-5)
