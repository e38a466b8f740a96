"""Finer grids: the same box of space, whatever the volume's spacing and direction."""

from __future__ import annotations

import types

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from MedSAMLib.errors import UsageError
from MedSAMLib.images import Volume
from MedSAMLib.implicit.grids import fine_grid


def volume_of(shape=(4, 6, 8), spacing=(0.5, 0.75, 3.0), angles=(0, 0, 0), origin=(0, 0, 0)):
    """Spacing along i, j, k; angles in degrees about x, y, z."""
    affine = np.eye(4)
    turn = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    affine[:3, :3] = turn * spacing
    affine[:3, 3] = origin
    return Volume(np.zeros(shape, np.int16), affine)


def corners(shape, affine) -> np.ndarray:
    """Two opposite outer corners of the box in RAS."""
    ends = np.array([[-0.5] * 3, np.array(shape[::-1]) - 0.5])
    return ends @ affine[:3, :3].T + affine[:3, 3]


angle = st.floats(-180, 180)
step = st.floats(0.3, 5)


@given(
    shape=st.tuples(*[st.integers(1, 9)] * 3),
    spacing=st.tuples(step, step, step),
    angles=st.tuples(angle, angle, angle),
    scale=st.floats(1.6, 7),
    through=st.booleans(),
)
def test_the_box_is_the_same_for_oblique_and_anisotropic_volumes(
    shape, spacing, angles, scale, through
):
    volume = volume_of(shape, spacing, angles, (10, -20, 30))
    if max(shape[1:]) == 1 and not (through and shape[0] > 1):
        shape = (*shape[:2], 2)
        volume = volume_of(shape, spacing, angles, (10, -20, 30))
    grid = fine_grid(volume, scale=scale, through_plane=through)
    np.testing.assert_allclose(
        corners(grid.shape, grid.affine), corners(volume.shape, volume.affine), atol=1e-9
    )
    assert all(fine >= coarse for fine, coarse in zip(grid.shape, shape, strict=True))


def test_the_public_name_is_the_function_after_any_import():
    """A submodule of the same name would hide it."""
    from MedSAMLib import implicit

    for name in implicit.__all__:
        assert not isinstance(getattr(implicit, name), types.ModuleType), name
    assert implicit.fine_grid is fine_grid


def test_a_factor_divides_rows_and_columns_only():
    assert fine_grid(volume_of(), scale=3).shape == (4, 18, 24)
    assert fine_grid(volume_of(), scale=3, through_plane=True).shape == (12, 18, 24)
    assert fine_grid(volume_of(), axis="sagittal", scale=2).shape == (8, 12, 8)


def test_a_spacing_divides_every_direction_to_the_nearest_that_fits():
    volume = volume_of(spacing=(1.0, 0.5, 3.0))
    grid = fine_grid(volume, spacing_mm=0.5, through_plane=True)
    assert grid.shape == (24, 6, 16)
    assert grid.spacing == pytest.approx((0.5, 0.5, 0.5))
    assert fine_grid(volume, spacing_mm=0.4).spacing == pytest.approx((0.4, 3 / 8, 3))


def test_a_direction_that_is_fine_already_is_not_made_coarser():
    grid = fine_grid(volume_of(spacing=(0.2, 1.0, 1.0)), spacing_mm=0.5, through_plane=True)
    assert grid.shape == (8, 12, 8)


def test_a_single_slice_has_nothing_between_slices():
    picture = volume_of(shape=(1, 6, 8))
    assert fine_grid(picture, scale=2, through_plane=True).shape == (1, 12, 16)


def test_an_extent_covers_its_voxels_and_lies_in_its_place():
    volume = volume_of(angles=(20, 30, 40))
    grid = fine_grid(volume, scale=2, through_plane=True)
    coarse = (slice(1, 3), slice(2, 6), slice(3, 4))
    fine = grid.covering(coarse)
    assert fine == (slice(2, 6), slice(4, 12), slice(6, 8))
    first = volume.affine @ [3 - 0.25, 2 - 0.25, 1 - 0.25, 1]  # the center of the first fine voxel
    np.testing.assert_allclose(grid.affine_of(fine)[:3, 3], first[:3])
    part = grid.volume(np.zeros((4, 8, 2)), fine)
    assert part.shape == (4, 8, 2)
    np.testing.assert_allclose(part.affine, grid.affine_of(fine))


def test_positions_tell_where_fine_voxels_lie_between_the_coarse_ones():
    grid = fine_grid(volume_of(), scale=2)
    np.testing.assert_allclose(grid.coarse_positions(2, slice(0, 4)), [-0.25, 0.25, 0.75, 1.25])
    np.testing.assert_allclose(grid.coarse_positions(0, slice(1, 3)), [1, 2])


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ({}, "either a scale or a spacing"),
        ({"scale": 2, "spacing_mm": 1}, "either a scale or a spacing"),
        ({"scale": 1}, "makes nothing finer"),
        ({"scale": 0.5}, "makes nothing finer"),
        ({"spacing_mm": 0.75}, "are 0.5 x 0.75 x 3 mm already"),
        ({"scale": 0}, "positive number"),
        ({"scale": -2}, "positive number"),
        ({"scale": float("nan")}, "positive number"),
        ({"spacing_mm": float("inf")}, "positive number"),
        ({"spacing_mm": 0}, "positive number"),
        ({"scale": 1000}, "64 times finer"),
        ({"spacing_mm": 1e-6}, "64 times finer"),
        ({"scale": 2, "axis": "diagonal"}, "axial, coronal or sagittal"),
    ],
)
def test_wishes_without_sense_are_refused_with_a_sentence(wish, told):
    with pytest.raises(UsageError, match=told):
        fine_grid(volume_of(), **wish)


def test_a_grid_of_too_many_voxels_is_refused():
    with pytest.raises(UsageError, match="choose a smaller scale"):
        fine_grid(volume_of(shape=(1, 2000, 2)), scale=40)
