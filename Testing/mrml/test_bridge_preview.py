"""The preview of a mask: seen in the views, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import slicer.util

from MedSAMSlicerLib.preview import ADDED_COLOR, MASK_COLOR, REMOVED_COLOR, MaskPreview
from MedSAMSlicerLib.segments import addSegment, createSegmentation
from MedSAMSlicerLib.slices import slicePlane
from Testing.mrml import bridge_scenes as scenes

SHAPE = (5, 48, 48)


def square(low: int, high: int) -> np.ndarray:
    mask = np.zeros(SHAPE[1:], bool)
    mask[16:32, low:high] = True
    return mask


@pytest.fixture
def volume():
    """2 mm pixels around the origin, in slices of 2 mm from -4 to 4."""
    matrix = np.diag([2.0, 2, 2, 1])
    matrix[:3, 3] = (-47, -47, -4)
    volume = scenes.add_volume(np.full(SHAPE, 100, np.int16), matrix)
    volume.CreateDefaultDisplayNodes()
    volume.GetDisplayNode().SetAutoWindowLevel(False)
    volume.GetDisplayNode().SetWindowLevel(1000, 300)  # dark gray
    return volume


@pytest.fixture
def plane(volume):
    return slicePlane(scenes.add_axis_view("Axial", (0, 0, 0)), volume)


@pytest.fixture
def preview(scene):
    return MaskPreview(scene)


def shown(preview, name: str, volume) -> np.ndarray:
    return scenes.segment_array(preview.node, name, volume)


def test_the_mask_and_what_changed_are_shown_in_their_slice(preview, plane, volume):
    preview.show(square(20, 30), plane, volume, previous=square(16, 26))
    for name, expected in [
        ("Mask", square(20, 30)),
        ("Added", square(26, 30)),
        ("Removed", square(16, 20)),
    ]:
        array = shown(preview, name, volume)
        np.testing.assert_array_equal(array[2], expected)
        assert array.sum() == expected.sum()


def test_without_an_earlier_mask_nothing_is_shown_as_changed(preview, plane, volume):
    preview.show(square(20, 30), plane, volume, previous=square(16, 26))
    preview.show(square(20, 30), plane, volume)
    assert not shown(preview, "Added", volume).any()
    assert not shown(preview, "Removed", volume).any()


def test_the_next_mask_replaces_the_last(preview, plane, volume):
    preview.show(square(20, 30), plane, volume)
    preview.show(square(2, 4), plane.neighbor(1), volume)
    array = shown(preview, "Mask", volume)
    np.testing.assert_array_equal(array[3], square(2, 4))
    assert array.sum() == square(2, 4).sum()


def test_voxels_of_many_slices_are_shown(preview, volume):
    voxels = np.ones((2, 3, 4), bool)
    extent = (slice(1, 3), slice(10, 13), slice(20, 24))
    preview.showVoxels(extent, voxels, volume)
    expected = np.zeros(SHAPE, bool)
    expected[extent] = True
    np.testing.assert_array_equal(shown(preview, "Mask", volume), expected)


def test_only_the_changed_extent_is_kept(preview, plane, volume):
    preview.show(square(20, 30), plane, volume)
    labels = slicer.util.arrayFromSegmentInternalBinaryLabelmap(preview.node, "Mask")
    assert labels.shape == (1, 16, 10)


def test_a_cleared_preview_shows_nothing(preview, plane, volume):
    preview.clear()
    assert preview.node is None
    preview.show(square(20, 30), plane, volume, previous=square(16, 26))
    preview.clear()
    assert not any(shown(preview, name, volume).any() for name in ("Mask", "Added", "Removed"))


def test_the_preview_follows_its_volume_s_transform(preview, plane, volume):
    transform = scenes.add_transform(np.eye(4) + np.eye(4, k=3) * 50)
    volume.SetAndObserveTransformNodeID(transform.GetID())
    preview.show(square(24, 25), plane, volume)
    moved = slicePlane(scenes.add_axis_view("Axial", (50, 0, 0)), volume)
    preview.show(square(24, 25), moved, volume)
    points = scenes.segment_points(preview.node, "Mask")
    assert set(points[:, 0]) == {51.0}


def test_it_is_not_saved(preview, plane, volume, tmp_path):
    preview.show(square(20, 30), plane, volume)
    kept = createSegmentation(volume, "kept")
    addSegment(kept)
    path = tmp_path / "scene.mrml"
    slicer.mrmlScene.SetURL(str(path))
    slicer.mrmlScene.Commit()
    assert "kept" in path.read_text()
    assert "MedSAM preview" not in path.read_text()


def test_nobody_can_select_it(preview, plane, volume):
    preview.show(square(20, 30), plane, volume)
    assert preview.node.GetHideFromEditors()
    assert preview.node.GetDisplayNode().GetHideFromEditors()


def test_it_is_no_step_of_the_segment_editor(preview, plane, volume):
    segmentation = createSegmentation(volume)
    addSegment(segmentation)
    editor = scenes.Editor(segmentation, volume)
    preview.show(square(20, 30), plane, volume)
    assert not editor.logic.CanUndo()
    assert not preview.node.GetUndoEnabled()


def test_it_comes_back_after_the_scene_was_closed(preview, plane, volume, scene):
    preview.show(square(20, 30), plane, volume)
    scene.Clear(0)
    assert preview.node is None
    preview.clear()
    preview.remove()
    other = scenes.add_volume(np.zeros(SHAPE, np.int16))
    preview.show(square(1, 3), slicePlane(scenes.add_axis_view("Axial", (0, 0, 1)), other), other)
    assert shown(preview, "Mask", other).sum() == 32


def test_removing_it_leaves_the_scene_as_it_was(preview, plane, volume, scene):
    before = {scene.GetNthNode(n).GetID() for n in range(scene.GetNumberOfNodes())}
    preview.show(square(20, 30), plane, volume)
    preview.remove()
    after = {scene.GetNthNode(n).GetID() for n in range(scene.GetNumberOfNodes())}
    left = {scene.GetNodeByID(i).GetClassName() for i in after - before}
    assert left <= {"vtkMRMLSubjectHierarchyNode", "vtkMRMLColorTableNode"}


def test_the_three_colors_are_seen(preview, volume, views):
    red = views.slices["Red"]
    red.set_background(volume)
    plane = slicePlane(red.node, volume)
    preview.show(square(20, 30), plane, volume, previous=square(16, 26))
    picture = red.picture().astype(float) / 255

    def seen_at(x: float) -> np.ndarray:
        column, row = np.rint(red.position_of(plane.worldFromPixel([(x, 24)])[0])).astype(int)
        return picture[red.size[1] - 1 - row, column]

    def is_nearest_to(color, x: float) -> bool:
        gray = np.full(3, seen_at(5).mean())
        tints = [np.subtract(c, gray) for c in (MASK_COLOR, ADDED_COLOR, REMOVED_COLOR)]
        change = seen_at(x) - gray
        likeness = [t @ change / np.linalg.norm(t) / np.linalg.norm(change) for t in tints]
        return int(np.argmax(likeness)) == (MASK_COLOR, ADDED_COLOR, REMOVED_COLOR).index(color)

    assert is_nearest_to(ADDED_COLOR, 28)
    assert is_nearest_to(REMOVED_COLOR, 18)
    assert is_nearest_to(MASK_COLOR, 23)
    np.testing.assert_allclose(seen_at(5), seen_at(40), atol=0.01)
