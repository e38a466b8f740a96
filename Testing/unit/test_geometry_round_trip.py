"""Voxel -> plane -> voxel returns every voxel of a mask, whatever the position of the volume."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from MedSAMLib.geometry import axis_plane, extract, oblique_plane, place, shown_voxels, slice_count
from MedSAMLib.images import Volume

AXES = ("axial", "coronal", "sagittal")


@st.composite
def mask_volumes(draw: st.DrawFn) -> Volume:
    """A random mask on a rotated, flipped, anisotropic grid without shear."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = draw(st.tuples(*[st.integers(1, 12)] * 3))
    spacing = np.array(draw(st.tuples(*[st.floats(0.2, 8)] * 3)))
    flips = np.array(draw(st.tuples(*[st.sampled_from((-1, 1))] * 3)))
    upright = draw(st.booleans())
    rotation = np.eye(3) if upright else Rotation.from_quat(rng.normal(size=4)).as_matrix()
    affine = np.eye(4)
    affine[:3, :3] = rotation[:, rng.permutation(3)] * flips * spacing
    affine[:3, 3] = rng.uniform(-500, 500, 3)
    return Volume(rng.random(shape) < rng.random(), affine)


def random_oblique_plane(volume: Volume, rng: np.random.Generator):
    ijk = rng.uniform(-0.4, np.array(volume.shape[::-1]) - 0.6)
    center = volume.affine @ [*ijk, 1]
    normal, up = Rotation.from_quat(rng.normal(size=4)).as_matrix()[:2]
    spacing = min(volume.spacing) * rng.uniform(0.3, 1.5, 2)
    return oblique_plane(volume, center[:3], normal, up, tuple(spacing))


# 1,000 volumes each, the same on every machine.
thousand = settings(
    max_examples=1000, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


@pytest.mark.timeout(180)
@thousand
@given(volume=mask_volumes(), axis=st.sampled_from(AXES), data=st.data())
def test_an_axis_plane_returns_every_voxel_of_its_slice(volume, axis, data):
    index = data.draw(st.integers(0, slice_count(volume, axis) - 1))
    plane = axis_plane(volume, axis, index)
    image = extract(volume, plane)
    placed = place(image, plane, volume)
    in_slice = place(np.ones(plane.shape, dtype=bool), plane, volume)
    assert np.shares_memory(image, volume.array)
    assert in_slice.sum() * slice_count(volume, axis) == volume.array.size
    np.testing.assert_array_equal(placed, volume.array & in_slice)


@pytest.mark.timeout(180)
@thousand
@given(volume=mask_volumes(), seed=st.integers(0, 2**32 - 1))
def test_an_oblique_plane_returns_every_voxel_that_it_shows(volume, seed):
    plane = random_oblique_plane(volume, np.random.default_rng(seed))
    placed = place(extract(volume, plane, order=0), plane, volume)
    shown = shown_voxels(plane, volume)
    assert shown.any()
    np.testing.assert_array_equal(placed[shown], volume.array[shown])


@settings(thousand, max_examples=100)
@given(volume=mask_volumes(), data=st.data())
def test_all_slices_of_an_axis_make_the_whole_volume(volume, data):
    axis = data.draw(st.sampled_from(AXES))
    planes = [axis_plane(volume, axis, index) for index in range(slice_count(volume, axis))]
    placed = np.any([place(extract(volume, p), p, volume) for p in planes], axis=0)
    np.testing.assert_array_equal(placed, volume.array)
