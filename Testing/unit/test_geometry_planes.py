from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial.transform import Rotation

from MedSAMLib.errors import UsageError
from MedSAMLib.geometry import (
    Plane,
    array_axis,
    axis_plane,
    extract,
    oblique_plane,
    place,
    place_extent,
    slice_count,
)
from MedSAMLib.images import Volume

LPS_GRID = np.diag([-1.0, -1.0, 1.0, 1.0])


def volume_of(shape, affine=LPS_GRID, dtype=np.int16) -> Volume:
    return Volume(np.arange(np.prod(shape), dtype=dtype).reshape(shape), affine)


def ras_of_voxel(volume: Volume, k: int, j: int, i: int) -> np.ndarray:
    return (volume.affine @ [i, j, k, 1])[:3]


def test_axial_coronal_sagittal_are_k_j_i_of_a_supine_scan():
    volume = volume_of((4, 5, 6))
    assert [slice_count(volume, a) for a in ("axial", "coronal", "sagittal")] == [4, 5, 6]
    for axis, expected in (
        ("axial", volume.array[2]),
        ("coronal", volume.array[:, 2]),
        ("sagittal", volume.array[:, :, 2]),
    ):
        np.testing.assert_array_equal(extract(volume, axis_plane(volume, axis, 2)), expected)


def test_a_sagittal_acquisition_has_its_sagittal_slices_along_k():
    # i runs to posterior, j to inferior, k to the left.
    affine = np.array([[0, 0, -3, 0], [-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1.0]])
    volume = volume_of((4, 5, 6), affine)
    assert [array_axis(volume, a) for a in ("sagittal", "axial", "coronal")] == [0, 1, 2]
    assert axis_plane(volume, "sagittal", 1).thickness == 3


def test_at_45_degrees_every_array_axis_serves_one_anatomical_axis():
    affine = np.eye(4)
    affine[:3, :3] = Rotation.from_euler("xz", (45, 45), degrees=True).as_matrix()
    axes = {array_axis(volume_of((2, 3, 4), affine), a) for a in ("axial", "coronal", "sagittal")}
    assert axes == {0, 1, 2}


def test_a_plane_maps_its_pixels_to_where_their_voxels_are():
    affine = np.diag([-0.5, 2.0, 3.0, 1.0])
    affine[:3, 3] = 10, 20, 30
    volume = volume_of((4, 5, 6), affine)
    plane = axis_plane(volume, "coronal", 3)
    assert plane.shape == (4, 6)
    assert plane.pixel_spacing == (0.5, 3.0)
    np.testing.assert_allclose(plane.affine @ [4, 1, 0, 1], [*ras_of_voxel(volume, 1, 3, 4), 1])
    np.testing.assert_allclose(plane.normal, [0, 1, 0])


def test_a_sheared_volume_has_planes_with_a_true_normal():
    gantry_tilt = np.eye(4)
    gantry_tilt[1, 2] = 0.5
    plane = axis_plane(volume_of((3, 4, 5), gantry_tilt), "axial", 1)
    np.testing.assert_allclose(plane.normal, [0, 0, 1])
    assert plane.thickness == pytest.approx(1)


@pytest.mark.parametrize("index", [-1, 4])
def test_a_slice_out_of_range_is_named_with_the_range(index):
    with pytest.raises(UsageError, match=f"Slice {index} .* 4 axial slices, 0 to 3"):
        axis_plane(volume_of((4, 5, 6)), "axial", index)


def test_an_unknown_axis_is_refused():
    with pytest.raises(UsageError, match="axial, coronal or sagittal"):
        slice_count(volume_of((4, 5, 6)), "transverse")


def test_a_turned_and_mirrored_plane_of_voxels_is_still_a_view_and_comes_back():
    volume = volume_of((4, 5, 6))
    affine = axis_plane(volume, "axial", 1).affine
    turned = affine.copy()
    turned[:3, 0], turned[:3, 1] = -affine[:3, 1], affine[:3, 0]
    turned[:3, 3] = ras_of_voxel(volume, 1, 4, 0)
    plane = Plane((6, 5), turned)
    image = extract(volume, plane)
    assert np.shares_memory(image, volume.array)
    np.testing.assert_array_equal(image, volume.array[1, ::-1].T)
    np.testing.assert_array_equal(place(image > 40, plane, volume)[1], volume.array[1] > 40)


def test_an_oblique_plane_is_radiological_when_looked_at_from_the_feet():
    plane = oblique_plane(volume_of((9, 9, 9)), center_ras=(-4, -4, 4), normal=(0, 0, 1))
    np.testing.assert_allclose(plane.affine[:3, 0], [-1, 0, 0], atol=1e-12)  # x: to the left
    np.testing.assert_allclose(plane.affine[:3, 1], [0, -1, 0], atol=1e-12)  # y: to the back
    np.testing.assert_allclose(plane.normal, [0, 0, 1], atol=1e-12)


def test_an_oblique_plane_samples_a_linear_image_exactly():
    volume = volume_of((12, 14, 16), np.diag([-0.7, 0.9, 1.3, 1.0]), np.float64)
    gradient = np.array([1, 16, 16 * 14]) / np.diag(volume.affine)[:3]
    plane = oblique_plane(volume, ras_of_voxel(volume, 6, 7, 8), (1, 2, 3), spacing=(0.5, 0.8))
    y, x = np.indices(plane.shape)
    ras = plane.affine @ np.stack([x, y, 0 * x, 0 * x + 1]).reshape(4, -1)
    expected = (gradient @ ras[:3]).reshape(plane.shape)
    image = extract(volume, plane)
    ijk = np.linalg.solve(volume.affine, ras)[:3]
    within = ((ijk >= 0) & (ijk.T <= (15, 13, 11)).T).all(axis=0).reshape(plane.shape)
    assert within.sum() > 100
    np.testing.assert_allclose(image[within], expected[within], atol=1e-6)


def test_an_oblique_plane_reaches_every_voxel_that_it_cuts():
    volume = volume_of((10, 12, 14), np.diag([0.5, 1.0, 2.0, 1.0]))
    plane = oblique_plane(volume, ras_of_voxel(volume, 5, 6, 7), (1, 1, 1))
    k, j, i = np.indices(volume.shape).reshape(3, -1)
    x, y, depth, _ = np.linalg.solve(plane.affine, volume.affine @ np.stack([i, j, k, 0 * i + 1]))
    in_plane = np.abs(depth) < 0.3
    assert in_plane.sum() > 40
    assert np.abs(x[in_plane] - (plane.shape[1] - 1) / 2).max() <= plane.shape[1] / 2
    assert np.abs(y[in_plane] - (plane.shape[0] - 1) / 2).max() <= plane.shape[0] / 2


def test_color_is_kept_on_oblique_planes():
    array = np.zeros((5, 6, 7, 3), dtype=np.uint8)
    array[..., 1] = 200
    image = extract(
        Volume(array, np.eye(4)), oblique_plane(Volume(array, np.eye(4)), (3, 3, 2), (1, 0, 2))
    )
    assert image.dtype == np.uint8
    assert image.shape[2] == 3
    assert image[..., 1].max() == 200
    assert image[..., ::2].max() == 0


def test_a_mask_on_coarse_pixels_fills_the_plane_without_holes():
    volume = Volume(np.zeros((20, 21, 22), dtype=bool), np.eye(4))
    plane = oblique_plane(volume, (10, 10, 10), (0.3, 0.2, 1), spacing=4)
    placed = place(np.ones(plane.shape, dtype=bool), plane, volume)
    columns_cut = placed.any(axis=0)
    assert columns_cut.mean() > 0.95


def test_a_block_seen_at_an_angle_comes_back_solid():
    array = np.zeros((30, 30, 30), dtype=bool)
    array[5:25, 5:25, 5:25] = True
    volume = Volume(array, np.eye(4))
    plane = oblique_plane(volume, (15, 15, 15), (1, 1, 4), up=(1, 1, 0))
    placed = place(extract(volume, plane), plane, volume)
    assert not (placed & ~ndimage.binary_dilation(array)).any()
    assert placed[:, 8:22, 8:22].any(axis=0).all()


def test_the_extent_is_the_bounding_box_of_what_is_set():
    volume = volume_of((4, 5, 6))
    plane = axis_plane(volume, "axial", 2)
    mask = np.zeros(plane.shape, dtype=bool)
    mask[1:3, 4] = True
    extent, part = place_extent(mask, plane, volume)
    assert extent == (slice(2, 3), slice(1, 3), slice(4, 5))
    assert part.all()


def test_an_empty_mask_has_an_empty_extent():
    volume = volume_of((4, 5, 6))
    for plane in (axis_plane(volume, "axial", 0), oblique_plane(volume, (-2, -2, 2), (1, 1, 1))):
        extent, part = place_extent(np.zeros(plane.shape, dtype=bool), plane, volume)
        assert part.size == 0
        assert volume.array[extent].size == 0


def test_a_mask_of_another_shape_is_refused():
    volume = volume_of((4, 5, 6))
    with pytest.raises(UsageError, match="shape"):
        place(np.ones((5, 5), dtype=bool), axis_plane(volume, "axial", 0), volume)


@pytest.mark.parametrize(
    ("center", "normal", "up"),
    [
        ((0, 0, 99), (0, 0, 1), None),
        ((0, 0, 2), (0, 0, 0), None),
        ((0, 0, 2), (0, 0, np.nan), None),
        ((0, 0, 2), (0, 0, 1), (0, 0, 5)),
    ],
    ids=["beside the volume", "no normal", "NaN", "up along the normal"],
)
def test_planes_that_show_nothing_are_refused(center, normal, up):
    with pytest.raises(UsageError):
        oblique_plane(volume_of((4, 5, 6)), center, normal, up)


def test_a_plane_given_from_elsewhere_that_misses_the_volume_is_refused():
    far_away = np.eye(4)
    far_away[:3, 3] = 1000.5
    with pytest.raises(UsageError, match="does not cross"):
        extract(volume_of((4, 5, 6)), Plane((8, 8), far_away))
