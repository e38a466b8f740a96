"""Nearest, linear and smoothed upsampling, and the table that compares them with the implicit."""

from __future__ import annotations

import numpy as np
import pytest

from MedSAMLib.errors import MedSAMError, UsageError
from MedSAMLib.images import Volume
from MedSAMLib.implicit import memory
from MedSAMLib.implicit.comparison import BASELINES, baseline, compare, surface_mm2
from MedSAMLib.implicit.grids import fine_grid
from MedSAMLib.implicit.volume_upsampling import UpsampledObject


def ball(shape=(16, 24, 24), spacing=(1.0, 1.0, 2.0), radius=8.0):
    """A ball in the middle as (mask, volume); spacing along i, j, k."""
    places = [
        (np.arange(n) - (n - 1) / 2) * step for n, step in zip(shape, spacing[::-1], strict=True)
    ]
    squares = np.meshgrid(*(place**2 for place in places), indexing="ij")
    affine = np.diag([*spacing, 1.0])
    return sum(squares) < radius**2, Volume(np.zeros(shape, np.int16), affine)


def as_found(mask, grid, extent) -> UpsampledObject:
    """A mask on the finer grid as if the network had made it."""
    nothing = np.zeros(mask.shape, np.float32)
    return UpsampledObject(mask, nothing, nothing, nothing > 0, grid, extent, "implicit")


@pytest.mark.parametrize("axes", [{}, {"through_plane": True}])
@pytest.mark.parametrize("scale", [2, 3, 2.5])
def test_nearest_repeats_the_voxels_in_their_place(axes, scale):
    mask, volume = ball()
    grid = fine_grid(volume, scale=scale, **axes)
    found, extent = baseline(mask, grid, "nearest")
    whole = np.zeros(grid.shape, bool)
    whole[extent] = found
    sizes = zip(grid.shape, grid.factors, strict=True)
    indices = [np.floor((np.arange(n) + 0.5) / factor) for n, factor in sizes]
    np.testing.assert_array_equal(whole, mask[np.ix_(*(each.astype(int) for each in indices))])


def test_a_true_ball_is_best_met_by_the_smoothed_boundary():
    mask, volume = ball(spacing=(1.0, 1.0, 2.0))
    grid = fine_grid(volume, scale=4, through_plane=True)
    fine, _ = ball(grid.shape, grid.spacing)
    errors = {}
    for method in BASELINES:
        found, extent = baseline(mask, grid, method)
        errors[method] = np.count_nonzero(found != fine[extent])
    assert errors["smoothed"] < 0.7 * errors["nearest"]
    assert errors["linear"] < errors["nearest"]


@pytest.mark.parametrize("method", BASELINES)
def test_an_object_that_the_volumes_border_cuts_reaches_it(method):
    mask = np.zeros((4, 10, 10), bool)
    mask[:, :5, 3:8] = True
    grid = fine_grid(Volume(mask.astype(np.uint8), np.eye(4)), scale=3, through_plane=True)
    found, extent = baseline(mask, grid, method)
    assert extent[0] == slice(0, 12)
    assert extent[1].start == 0
    assert found[0].any()
    assert found[-1].any()
    assert found[:, 0, :].any()


def test_the_given_mask_stays_as_it_is():
    mask, volume = ball()
    kept = mask.copy()
    mask.flags.writeable = False
    grid = fine_grid(volume, scale=2)
    found, extent = baseline(mask, grid, "smoothed")
    compare(mask, as_found(found, grid, extent))
    np.testing.assert_array_equal(mask, kept)


def test_the_table_tells_volume_surface_and_shift_in_mm():
    mask, volume = ball(spacing=(0.5, 0.5, 1.5), radius=5)
    grid = fine_grid(volume, scale=4)
    moved, extent = baseline(mask, grid, "nearest")
    moved = np.roll(moved, 4, axis=2)  # of 0.125 mm each
    rows = compare(mask, as_found(moved, grid, extent))
    assert [row.method for row in rows] == [*BASELINES, "implicit"]
    nearest, linear, smoothed, implicit = rows
    voxels = np.count_nonzero(mask) * 0.5 * 0.5 * 1.5
    assert nearest.volume_mm3 == pytest.approx(voxels)
    assert implicit.volume_mm3 == pytest.approx(voxels)
    assert nearest.mean_shift_mm == nearest.shift95_mm == 0
    assert 0 < linear.mean_shift_mm < 0.3
    assert smoothed.surface_mm2 < nearest.surface_mm2
    assert 0.25 < implicit.shift95_mm <= 0.5  # less where the ball is moved along itself
    assert 0.15 < implicit.mean_shift_mm < 0.4
    assert implicit.to_dict()["method"] == "implicit"


def test_of_an_object_in_one_slice_the_outline_is_measured():
    """In 3-D all its voxels are at the surface, and nothing would ever shift."""
    mask = np.zeros((3, 20, 20), bool)
    mask[1, 5:15, 5:15] = True
    grid = fine_grid(Volume(np.zeros(mask.shape, np.int16), np.eye(4)), scale=4)
    found, extent = baseline(mask, grid, "nearest")
    *_, moved = compare(mask, as_found(np.roll(found, 4, axis=2), grid, extent))
    assert moved.shift95_mm == 1
    assert 0.4 < moved.mean_shift_mm < 0.8
    smoothed = compare(mask, as_found(found, grid, extent))[2]
    assert smoothed.mean_shift_mm > 0
    lost = compare(mask, as_found(np.zeros_like(found), grid, extent))[3]
    assert lost.shift95_mm > 10


def test_an_object_may_reach_farther_than_the_given_mask():
    """A prompted object has an extent of its own."""
    mask, volume = ball(radius=4)
    grid = fine_grid(volume, scale=2)
    wider, _ = ball(grid.shape, grid.spacing, radius=6)
    extent = (slice(0, grid.shape[0]), slice(8, 40), slice(8, 40))
    *_, implicit = compare(mask, as_found(wider[extent], grid, extent))
    assert implicit.volume_mm3 == np.count_nonzero(wider) * 0.5
    assert 1.5 < implicit.mean_shift_mm < 2.5


def test_the_surface_of_a_ball_is_met_whatever_the_voxels():
    for spacing, shape in (((1, 1, 1), (24, 24, 24)), ((0.5, 0.5, 2), (14, 44, 44))):
        mask, _ = ball(shape, spacing, radius=9)
        assert surface_mm2(mask, spacing) == pytest.approx(4 * np.pi * 81, rel=0.03)
    assert surface_mm2(np.zeros((3, 3, 3), bool), (1, 1, 1)) == 0


def test_a_mask_without_meaning_is_refused(monkeypatch):
    mask, volume = ball()
    grid = fine_grid(volume, scale=2)
    found, extent = baseline(mask, grid, "nearest")
    with pytest.raises(UsageError, match="must be one of"):
        baseline(mask, grid, "cubic")
    with pytest.raises(UsageError, match="is empty"):
        baseline(np.zeros_like(mask), grid, "nearest")
    with pytest.raises(UsageError, match="has the shape"):
        baseline(mask[1:], grid, "nearest")
    monkeypatch.setattr(memory, "available_bytes", lambda: 1 << 20)
    with pytest.raises(MedSAMError, match="choose a smaller factor"):
        compare(mask, as_found(found, grid, extent))


def test_the_comparison_can_be_cancelled():
    mask, volume = ball()
    grid = fine_grid(volume, scale=2)

    def cancel():
        raise KeyboardInterrupt

    found, extent = baseline(mask, grid, "nearest")
    with pytest.raises(KeyboardInterrupt):
        compare(mask, as_found(found, grid, extent), checkpoint=cancel)
