from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from MedSAMLib.errors import UsageError
from MedSAMLib.images import auto_window, to_uint8

REAL_TYPES = st.one_of(
    hnp.boolean_dtypes(),
    hnp.integer_dtypes(endianness="="),
    hnp.unsigned_integer_dtypes(endianness="="),
    hnp.floating_dtypes(endianness="=", sizes=(16, 32, 64)),
)


def test_a_window_maps_its_ends_to_black_and_white():
    hounsfield = np.array([[-2000, -160, 40, 240, 3000]], dtype=np.int16)
    np.testing.assert_array_equal(to_uint8(hounsfield, (40, 400)), [[0, 0, 128, 255, 255]])


def test_8_bit_passes_through_unless_a_window_is_given():
    image = np.array([[0, 100, 255]], dtype=np.uint8)
    assert to_uint8(image) is image
    assert to_uint8(image, None) is image
    np.testing.assert_array_equal(to_uint8(image, (100, 2)), [[0, 128, 255]])


def test_the_robust_window_ignores_a_bright_speck_and_what_is_not_finite():
    image = np.linspace(0, 100, 10_001)
    image[5000], image[5001], image[5002] = 1e6, np.nan, -np.inf
    center, width = auto_window(image)
    assert center == pytest.approx(50, abs=0.1)
    assert width == pytest.approx(99, abs=0.1)


def test_where_nearly_all_is_background_the_full_range_is_the_window():
    sparse = np.zeros(10_000)
    sparse[0] = 8
    assert auto_window(sparse) == (4, 8)


def test_without_a_window_the_full_range_is_used():
    np.testing.assert_array_equal(to_uint8(np.array([[-1.0, 0, 1]]), None), [[0, 128, 255]])


@pytest.mark.parametrize("value", [0, -1024, 3.5, 1e30])
@pytest.mark.parametrize("window", ["auto", None])
def test_a_constant_image_is_uniform_gray(value, window):
    np.testing.assert_array_equal(to_uint8(np.full((2, 3), value), window), np.full((2, 3), 128))


def test_what_is_not_finite_is_black():
    image = np.array([[np.nan, np.inf, -np.inf, 0, 1, 2]])
    assert to_uint8(image, (1, 2))[0].tolist() == [0, 0, 0, 0, 128, 255]
    assert not to_uint8(np.full((2, 2), np.nan)).any()
    assert to_uint8(np.array([[-1.7e308, 1.7e308]]), None).tolist() == [[0, 255]]


def test_one_bit_is_black_and_white():
    np.testing.assert_array_equal(to_uint8(np.array([[False, True]])), [[0, 255]])


def test_transparency_is_dropped_and_the_colors_of_16_bits_share_a_window():
    rgba = np.zeros((2, 2, 4), dtype=np.uint16)
    rgba[0, 0] = 40_000, 20_000, 0, 65_535
    assert to_uint8(rgba, None)[0, 0].tolist() == [255, 128, 0]


@pytest.mark.parametrize("window", [(0, 0), (0, -1), (np.nan, 1), (0, np.inf), "soft", (1,), 5])
def test_a_window_that_means_nothing_is_refused(window):
    with pytest.raises(UsageError, match="window"):
        to_uint8(np.zeros((2, 2)), window)


@given(image=hnp.arrays(REAL_TYPES, hnp.array_shapes(min_dims=2, max_dims=2)))
def test_any_image_of_any_type_becomes_8_bits_without_a_warning(image):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for window in ("auto", None, (3.0, 7.0)):
            mapped = to_uint8(image, window)
            assert mapped.dtype == np.uint8
            assert mapped.shape == image.shape


@given(image=hnp.arrays(np.int32, 20, elements=st.integers(-(2**31), 2**31 - 1)))
def test_brighter_stays_brighter(image):
    assert (np.diff(to_uint8(np.sort(image))[np.newaxis].astype(int)) >= 0).all()
