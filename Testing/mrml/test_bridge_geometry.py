"""Where a click is and where a mask lands, in 200 volumes of every kind.

Every volume has its own directions (flipped, rotated), voxel sides, and one or two parent
transforms; every second segmentation has another transform than the volume.
"""

from __future__ import annotations

import numpy as np
import pytest
import slicer
from scipy.spatial import cKDTree

from MedSAMSlicerLib.segments import addSegment, createSegmentation
from MedSAMSlicerLib.slices import slicePlane
from Testing.mrml import bridge_scenes as scenes

SHAPE = (11, 13, 12)  # (K, J, I)
CASES = 200
# A view counts as parallel to the voxels up to this tilt: see slices.py.
TILT = 0.02


class Case:
    """One volume in space, a clicked voxel, and a view through it."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = np.random.default_rng(seed)
        parent = scenes.add_transform(scenes.random_pose(rng)) if seed % 3 else None
        transform = scenes.add_transform(scenes.random_pose(rng, shear=seed % 4 == 0), parent)
        self.array = rng.integers(0, 1000, SHAPE).astype(np.int16)
        self.volume = scenes.add_volume(
            self.array, scenes.random_ras_from_ijk(rng), transform if seed % 5 else None
        )
        self.kji = rng.integers(2, np.array(SHAPE) - 2)
        self.center = scenes.world_from_ijk(self.volume, [self.kji[::-1]])[0]
        self.view = self._view(seed)
        self.plane = slicePlane(self.view, self.volume)

    def _view(self, seed: int):
        if seed % 2:  # along the voxels: across two of the world's directions of i, j, k
            corners = scenes.world_from_ijk(
                self.volume, [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)]
            )
            steps = corners[1:] - corners[0]
            along = seed % 3
            first, second = steps[(along + 1) % 3], steps[(along + 2) % 3]
            return scenes.add_view(np.cross(first, second), self.center, first)
        if seed % 4:
            name = ("Axial", "Coronal", "Sagittal")[seed % 3]
            return scenes.add_axis_view(name, self.center)
        return scenes.add_view(self.rng.normal(size=3), self.center, self.rng.normal(size=3))

    def segmentation(self, seed: int):
        node = createSegmentation(self.volume)
        if seed % 2 and seed % 4 != 0:  # no shear: a labelmap cannot be sheared
            own = scenes.add_transform(scenes.random_pose(self.rng))
            node.SetAndObserveTransformNodeID(own.GetID())
            node.SetReferenceImageGeometryParameterFromVolumeNode(self.volume)
        return node


def voxel_steps(volume) -> tuple[np.ndarray, np.ndarray]:
    """World position of the first voxel, and the steps (3, 3) along i, j and k from it."""
    corners = scenes.world_from_ijk(volume, [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)])
    return corners[0], corners[1:] - corners[0]


def every_case():
    for seed in range(CASES):
        yield seed, Case(seed)
        slicer.mrmlScene.Clear(0)


@pytest.mark.timeout(240)
def test_a_world_point_is_taken_for_the_voxel_that_it_lies_in():
    kinds = set()
    for seed, case in every_case():
        inside = case.rng.uniform(-0.499, 0.499, (20, 3))
        ijk = case.rng.integers(0, SHAPE[::-1], (20, 3))
        world = scenes.world_from_ijk(case.volume, ijk + inside)
        voxels = case.plane.voxelFromWorld(world)
        np.testing.assert_array_equal(voxels, ijk[:, ::-1], err_msg=f"seed {seed}")
        kinds.add(case.plane.isVoxelSlice)
    assert kinds == {True, False}


@pytest.mark.timeout(240)
def test_a_click_is_the_same_point_in_world_and_pixels():
    for seed, case in every_case():
        pixel = case.plane.pixelFromWorld([case.center])
        assert np.abs(case.plane.offsetFromWorld([case.center])[0]) <= (
            case.plane.thickness * (TILT + 1e-9)
        ), f"seed {seed}"
        back = case.plane.worldFromPixel(pixel)
        np.testing.assert_allclose(back, [case.center], atol=case.plane.thickness * TILT)
        np.testing.assert_array_equal(case.plane.voxelFromWorld(back)[0], case.kji)


@pytest.mark.timeout(240)
def test_the_image_shows_the_clicked_voxel():
    for seed, case in every_case():
        x, y = np.rint(case.plane.pixelFromWorld([case.center])[0]).astype(int)
        image, value = case.plane.image(), case.array[tuple(case.kji)]
        if case.plane.isVoxelSlice:
            assert image[y, x] == value, f"seed {seed}"
        else:
            voxel = case.plane.voxelFromWorld(case.plane.worldFromPixel([[x, y]]))[0]
            near = case.array[tuple(slice(max(v - 1, 0), v + 2) for v in voxel)]
            assert near.min() <= image[y, x] <= near.max(), f"seed {seed}"


def depths(case: Case) -> np.ndarray:
    """(H, W): how far each pixel is (mm) on one side of a line through the clicked point."""
    y, x = np.indices(case.plane.shape)
    points = case.plane.worldFromPixel(np.column_stack([x.ravel(), y.ravel()]))
    across = np.cross(case.plane.normal, case.rng.normal(size=3))
    return ((points - case.center) @ across / np.linalg.norm(across)).reshape(case.plane.shape)


def accepted(case: Case, seed: int, mask: np.ndarray) -> np.ndarray:
    """World centers of the voxels that were written."""
    segmentation = case.segmentation(seed)
    segment = addSegment(segmentation)
    editor = scenes.Editor(segmentation, case.volume)
    count = editor.writer.accept(segmentation, segment, mask, case.plane, case.volume)
    points = scenes.segment_points(segmentation, segment)
    assert len(points) == count
    return points


def in_voxels(case: Case, world: np.ndarray) -> np.ndarray:
    """World points as voxel coordinates (N, 3) (k, j, i), computed from the volume's corners."""
    origin, steps = voxel_steps(case.volume)
    return np.linalg.solve(steps.T, (world - origin).T).T[:, ::-1]


@pytest.mark.timeout(300)
def test_a_mask_lands_within_half_a_voxel_everywhere():
    checked = 0
    for seed, case in every_case():
        depth = depths(case)
        mask = depth >= 0
        written = in_voxels(case, accepted(case, seed, mask))
        # What is written is written on the volume's own grid ...
        np.testing.assert_allclose(written, np.rint(written), atol=1e-3, err_msg=f"seed {seed}")
        # ... every voxel of it has a pixel of the mask within half a voxel, in each direction ...
        reach = 0.5 + (TILT if case.plane.isVoxelSlice else _half_a_pixel(case))
        pixels = in_voxels(case, case.plane.worldFromPixel(np.argwhere(mask)[:, ::-1]))
        farthest = cKDTree(pixels).query(np.rint(written), p=np.inf)[0].max()
        assert farthest <= reach, f"seed {seed}"
        # ... and every pixel of it, but for a voxel's width at the rim, is in a voxel of it.
        core = np.argwhere(depth > _voxel_diameter(case))[:, ::-1]
        core = np.rint(in_voxels(case, case.plane.worldFromPixel(core))).astype(int)
        core = core[((core >= 0) & (core < SHAPE)).all(axis=1)]
        voxels = {tuple(v) for v in np.rint(written).astype(int)}
        assert {tuple(v) for v in core} <= voxels, f"seed {seed}"
        checked += len(core)
    assert checked > 10_000


def _half_a_pixel(case: Case) -> float:
    """From a pixel's center to its corner, in voxels."""
    corners = in_voxels(case, case.plane.worldFromPixel([(0, 0), (0.5, 0.5), (0.5, -0.5)]))
    return float(np.abs(corners[1:] - corners[0]).max())


def _voxel_diameter(case: Case) -> float:
    """In mm, none for pixels that are voxels: at the rim others of its pixels outvote one."""
    if case.plane.isVoxelSlice:
        return 0.0
    return float(np.linalg.norm(voxel_steps(case.volume)[1], axis=1).sum())


@pytest.mark.timeout(300)
def test_along_the_voxels_a_mask_is_written_exactly():
    exact = 0
    for seed, case in every_case():
        if not case.plane.isVoxelSlice:
            continue
        mask = case.rng.random(case.plane.shape) < 0.3
        written = in_voxels(case, accepted(case, seed, mask))
        y, x = np.nonzero(mask)
        expected = in_voxels(case, case.plane.worldFromPixel(np.column_stack([x, y])))
        found = {tuple(v) for v in np.rint(written).astype(int)}
        assert found == {tuple(v) for v in np.rint(expected).astype(int)}, f"seed {seed}"
        exact += 1
    assert exact >= 80
