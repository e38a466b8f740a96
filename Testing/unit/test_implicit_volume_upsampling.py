"""Objects of a volume on a finer grid: the user's object, in its place, with nothing lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from scipy.spatial.transform import Rotation

from MedSAMLib.errors import MedSAMError, UsageError
from MedSAMLib.images import Volume
from MedSAMLib.implicit import (
    Sampling,
    UpsampledObject,
    fine_grid,
    memory,
    save_head,
    upsample_object,
    upsample_objects,
    upsample_prompted,
)
from MedSAMLib.implicit.given_shape import given_shape, object_extent, read_smoothly
from MedSAMLib.implicit.several import as_neighbors
from MedSAMLib.prompts import Prompts
from Testing.unit.sam_factory import tiny_model

# Imported here, after what makes torchvision importable.
from Testing.unit.test_implicit_upsampling import trained_network

SHAPE = (6, 18, 22)


@pytest.fixture(scope="module")
def model():
    return tiny_model()


def volume_of(shape=SHAPE, spacing=(1.0, 1.0, 3.0), angles=(0, 0, 0)) -> Volume:
    """Noise in oblique, anisotropic voxels."""
    affine = np.eye(4)
    affine[:3, :3] = Rotation.from_euler("xyz", angles, degrees=True).as_matrix() * spacing
    affine[:3, 3] = 5, -7, 11
    return Volume(np.random.default_rng(0).integers(0, 200, shape).astype(np.int16), affine)


def ellipsoid(shape=SHAPE, share: float = 0.7) -> np.ndarray:
    places = np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij")
    return sum(place**2 for place in places) < share**2


def at_centers(found: UpsampledObject) -> np.ndarray:
    """The fine mask at the centers of the coarse voxels, where factors are odd."""
    steps = tuple(round(factor) for factor in found.grid.factors)
    assert all(step % 2 for step in steps)
    return found.everywhere()[tuple(slice(step // 2, None, step) for step in steps)]


def shape_on(mask, grid) -> np.ndarray:
    """The given shape alone on the whole grid."""
    coarse = object_extent(mask)
    fine = grid.covering(coarse)
    whole = np.zeros(grid.shape, bool)
    whole[fine] = read_smoothly(given_shape(mask, grid, coarse), grid, fine, coarse) > 0
    return whole


@pytest.mark.parametrize("through", [False, True])
def test_read_at_its_voxels_the_fine_mask_is_the_given_one(model, through):
    """Nothing is added, nothing is lost: not even single voxels, thin sheets and holes."""
    mask = ellipsoid()
    mask[3, 8:10, 10] = False  # a hole
    mask[0, 0, 0] = mask[5, 17, 3] = True  # single voxels at the volume's border
    mask[1:5, 2, 15:20] = True  # a sheet
    volume = volume_of(angles=(20, -35, 50))
    grid = fine_grid(volume, scale=3, through_plane=through)
    found = upsample_object(model, volume, mask, grid)
    np.testing.assert_array_equal(at_centers(found), mask)


@pytest.mark.parametrize("axis", ["axial", "coronal", "sagittal"])
def test_any_direction_of_the_slices(model, axis):
    mask, volume = ellipsoid(), volume_of()
    grid = fine_grid(volume, axis, scale=3, through_plane=True)
    found = upsample_object(model, volume, mask, grid, axis)
    np.testing.assert_array_equal(at_centers(found), mask)
    assert found.mask.shape == found.probability.shape == found.uncertainty.shape
    assert found.probability.dtype == found.uncertainty.dtype == np.float32
    np.testing.assert_array_equal(found.mask, found.probability > 0.5)


def test_far_from_the_given_boundary_the_network_has_no_say(model):
    mask, volume = ellipsoid(), volume_of()
    grid = fine_grid(volume, scale=4)
    found = upsample_object(model, volume, mask, grid)
    inside = ndimage.distance_transform_edt(found.everywhere() ^ shape_on(mask, grid))
    assert inside.max() <= 3  # of fine voxels, less than a coarse one
    whole = found.everywhere("uncertainty") > 0.1
    coarse = np.kron(mask, np.ones((1, 4, 4))) > 0
    edge = ndimage.binary_dilation(coarse, iterations=5) & ~ndimage.binary_erosion(
        coarse, iterations=5, border_value=1
    )
    assert whole.any()
    assert not (whole & ~edge).any()


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 99),
    spacing=st.tuples(*[st.floats(0.5, 4)] * 3),
    scale=st.sampled_from([1.7, 2, 3, 4.5]),
    through=st.booleans(),
)
def test_the_given_shape_encloses_the_volume_of_its_voxels(seed, spacing, scale, through):
    rng = np.random.default_rng(seed)
    mask = ndimage.gaussian_filter(rng.normal(size=(9, 24, 26)), 3) > 0.02
    mask[[0, -1]] = False
    if not mask.any():
        return
    grid = fine_grid(volume_of(mask.shape, spacing), scale=scale, through_plane=through)
    voxels = mask.sum() * np.prod(grid.factors)
    assert shape_on(mask, grid).sum() == pytest.approx(voxels, rel=0.12, abs=3 * scale**3)


def test_an_object_that_the_border_cuts_stays_cut_at_the_border(model):
    mask = np.zeros(SHAPE, bool)
    mask[:, 5:12, :9] = True
    volume = volume_of()
    grid = fine_grid(volume, scale=3, through_plane=True)
    found = upsample_object(model, volume, mask, grid).everywhere()
    # From face to face, though the corners of its cross-section are rounded.
    np.testing.assert_array_equal(found.any(axis=(1, 2)), True)
    assert found[:, 25, 0].all()
    assert found[[0, -1]].sum(axis=(1, 2)).min() > 0.9 * mask[0].sum() * 9


def test_a_slice_by_itself_keeps_its_area_where_slices_stay_as_they_are(model):
    mask = np.zeros(SHAPE, bool)
    mask[2] = ellipsoid()[2]
    volume = volume_of(spacing=(1, 1, 1))
    found = upsample_object(model, volume, mask, fine_grid(volume, scale=3)).everywhere()
    np.testing.assert_array_equal(found.any(axis=(1, 2)), np.arange(6) == 2)
    assert found.sum() == pytest.approx(9 * mask.sum(), rel=0.1)


def test_the_same_seed_gives_the_same_object_and_the_mask_stays(model, tmp_path, monkeypatch):
    path = tmp_path / "x-imedsam.safetensors"
    save_head(path, trained_network(model), model.model_id, {})
    monkeypatch.setattr("MedSAMLib.implicit.heads.find_head", lambda _: path)
    mask, volume = ellipsoid(), volume_of()
    mask.flags.writeable = False
    grid = fine_grid(volume, scale=2)
    first, again, other = (
        upsample_object(model, volume, mask, grid, sampling=Sampling(seed=seed, samples=4))
        for seed in (1, 1, 2)
    )
    assert first.method == "implicit"
    assert first.refined.any()
    np.testing.assert_array_equal(first.probability, again.probability)
    np.testing.assert_array_equal(first.uncertainty, again.uncertainty)
    assert not np.array_equal(first.uncertainty, other.uncertainty)


def test_progress_counts_the_objects_slices_and_work_can_be_cancelled(model):
    mask, volume = ellipsoid(), volume_of()
    grid = fine_grid(volume, scale=2)
    told = []
    upsample_objects(
        model, volume, [mask, mask[::-1]], grid, progress=lambda *each: told.append(each)
    )
    slices = int(mask.any(axis=(1, 2)).sum())
    assert told[-1] == (2 * slices, 2 * slices)
    assert [done for done, _ in told] == sorted(done for done, _ in told)

    def cancel():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        upsample_object(model, volume, mask, grid, checkpoint=cancel)


def test_what_cannot_be_done_is_refused_with_a_sentence(model, monkeypatch):
    mask, volume = ellipsoid(), volume_of()
    grid = fine_grid(volume, scale=2)
    with pytest.raises(UsageError, match="is empty"):
        upsample_object(model, volume, np.zeros_like(mask), grid)
    with pytest.raises(UsageError, match="has the shape"):
        upsample_object(model, volume, mask[1:], grid)
    monkeypatch.setattr(memory, "available_bytes", lambda: 1 << 28)
    with pytest.raises(MedSAMError, match="choose a smaller factor"):
        upsample_object(model, volume, mask, fine_grid(volume, scale=40, through_plane=True))


def test_neighbors_do_not_overlap_but_what_overlapped_may(model):
    left, volume = ellipsoid(), volume_of()
    right = left.copy()
    left[..., 11:] = False
    right[..., :11] = False
    grid = fine_grid(volume, scale=3)
    masks = [left, right]
    found = upsample_objects(model, volume, masks, grid)
    one, other = (each.everywhere() for each in found)
    assert not (one & other).any()
    both = upsample_objects(model, volume, [left, left | right], grid)
    assert (both[0].everywhere() & both[1].everywhere()).any()


def test_of_two_neighbors_the_more_probable_one_gets_a_voxel():
    volume = volume_of((1, 1, 4), (1, 1, 1))
    grid = fine_grid(volume, scale=2)

    def found(probability, start):
        values = np.array(probability, np.float32).reshape(1, 1, -1)
        extent = (slice(0, 1), slice(0, 1), slice(start, start + values.size))
        return UpsampledObject(
            values > 0.5, values, values, values > 2, grid, extent, "interpolated"
        )

    first, second = found([0.9, 0.9, 0.7, 0.6], 0), found([0.6, 0.8, 0.9, 0.9], 2)
    masks = [np.array([[[1, 1, 0, 0]]]) > 0, np.array([[[0, 0, 1, 1]]]) > 0]
    one, other = as_neighbors([first, second], masks)
    assert one.mask.ravel().tolist() == [True, True, True, False]
    assert other.mask.ravel().tolist() == [False, True, True, True]
    assert first.mask.all()  # what was given is not changed


def test_a_gap_between_neighbors_is_closed_but_the_background_stays():
    volume = volume_of((1, 1, 5), (1, 1, 1))
    grid = fine_grid(volume, scale=2)
    nothing = np.zeros(grid.shape, np.float32)

    def found(probability):
        values = np.tile(np.array(probability, np.float32), (1, 2, 1))
        return UpsampledObject(
            values > 0.5, values, nothing, nothing > 0, grid, grid.whole, "interpolated"
        )

    # Voxels 0 and 1 are of the first, 2 of the second, 3 of nobody, 4 of the first again.
    masks = [np.array([[[1, 1, 0, 0, 1]]]) > 0, np.array([[[0, 0, 1, 0, 0]]]) > 0]
    one, other = as_neighbors(
        [
            found([0.9, 0.9, 0.9, 0.45, 0.4, 0.1, 0.1, 0.3, 0.6, 0.4]),
            found([0.0, 0.0, 0.1, 0.40, 0.45, 0.9, 0.45, 0.3, 0.1, 0.05]),
        ],
        masks,
    )
    assert one.mask[0, 0].tolist() == [1, 1, 1, 1, 0, 0, 0, 0, 1, 0]
    assert other.mask[0, 1].tolist() == [0, 0, 0, 0, 1, 1, 0, 0, 0, 0]


@pytest.mark.parametrize("axis", ["axial", "coronal", "sagittal"])
def test_a_prompted_object_lies_in_its_slice(model, axis):
    volume = volume_of(angles=(10, 5, 0))
    along = {"axial": 0, "coronal": 1, "sagittal": 2}[axis]
    grid = fine_grid(volume, axis, scale=2, through_plane=True)
    found = upsample_prompted(
        model, volume, Prompts(points=np.array([[4.0, 4.0]]), labels=np.array([1])), 3, grid, axis
    )
    assert found.mask.any()
    whole = np.moveaxis(found.everywhere(), along, 0)
    assert found.extent[along] == slice(6, 8)
    embedding = model.embed(np.take(volume.array, 3, axis=along))
    expected = model.upsample(embedding, points=[[4.0, 4.0]], labels=[1], shape=whole.shape[1:])
    np.testing.assert_array_equal(whole[6], expected.mask)
    np.testing.assert_array_equal(whole[7], expected.mask)


def test_where_nothing_is_found_the_object_is_empty(monkeypatch):
    model, volume = tiny_model(), volume_of()
    model.sam.mask_threshold = 1e6
    grid = fine_grid(volume, scale=2)
    found = upsample_prompted(model, volume, Prompts(box=np.array([2, 2, 9, 9])), 3, grid, "axial")
    assert found.mask.size == 0
    assert not found.everywhere().any()
