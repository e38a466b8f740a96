"""Masks written into segments: exactly, by the editor's rules, and as single steps."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import slicer.util
import vtk

from MedSAMLib.errors import MedSAMError
from MedSAMLib.segmentation_io import PALETTE
from MedSAMSlicerLib.segments import addSegment, createSegmentation
from MedSAMSlicerLib.slices import slicePlane
from Testing.mrml import bridge_scenes as scenes

SHAPE = (4, 6, 8)  # (K, J, I)
SLICE = 2
NODE = slicer.vtkMRMLSegmentationNode


class Bench:
    """A volume, a segmentation with the segments a, b and c, and a view on slice 2."""

    def __init__(self, array: np.ndarray, transform=None) -> None:
        self.volume = scenes.add_volume(array, transform=transform)
        self.segmentation = createSegmentation(self.volume)
        self.a, self.b, self.c = (addSegment(self.segmentation, name) for name in "abc")
        self.editor = scenes.Editor(self.segmentation, self.volume)
        point = scenes.world_from_ijk(self.volume, [(0, 0, SLICE)])[0]
        self.plane = slicePlane(scenes.add_axis_view("Axial", point), self.volume)

    def accept(self, segment: str, columns: slice) -> int:
        mask = np.zeros(SHAPE[1:], bool)
        mask[:, columns] = True
        return self.editor.writer.accept(self.segmentation, segment, mask, self.plane, self.volume)

    def columns(self, segment: str) -> list[int]:
        """The columns of slice 2 that the segment fills; nothing else may be set."""
        array = scenes.segment_array(self.segmentation, segment, self.volume)
        filled = array[SLICE].all(axis=0)
        assert array.sum() == SHAPE[1] * filled.sum()
        return np.flatnonzero(filled).tolist()


@pytest.fixture
def gray():
    """The value of a voxel is its column."""
    return np.broadcast_to(np.arange(SHAPE[2], dtype=np.int16), SHAPE).copy()


@pytest.fixture
def bench(gray):
    return Bench(gray)


def test_a_mask_is_written_where_it_is_and_nowhere_else(bench):
    assert bench.accept(bench.a, slice(2, 5)) == 18
    assert bench.columns(bench.a) == [2, 3, 4]
    assert bench.columns(bench.b) == bench.columns(bench.c) == []


def test_a_mask_is_added_to_what_is_there(bench):
    bench.accept(bench.a, slice(0, 3))
    bench.accept(bench.a, slice(2, 5))
    assert bench.columns(bench.a) == [0, 1, 2, 3, 4]


def test_the_labelmap_covers_what_was_written_only(bench):
    bench.accept(bench.a, slice(2, 5))
    labels = slicer.util.arrayFromSegmentInternalBinaryLabelmap(bench.segmentation, bench.a)
    assert labels.shape == (1, 6, 3)


def test_a_box_of_voxels_is_written(bench):
    voxels = np.ones((2, 3, 4), bool)
    extent = (slice(1, 3), slice(2, 5), slice(4, 8))
    bench.editor.writer.acceptVoxels(bench.segmentation, bench.a, extent, voxels, bench.volume)
    expected = np.zeros(SHAPE, bool)
    expected[extent] = True
    written = scenes.segment_array(bench.segmentation, bench.a, bench.volume)
    np.testing.assert_array_equal(written, expected)


def test_a_color_volume_is_segmented_like_a_gray_one(scene):
    color = Bench(np.zeros((*SHAPE, 3), np.uint8))
    color.accept(color.a, slice(2, 5))
    assert color.columns(color.a) == [2, 3, 4]


def test_an_empty_mask_changes_nothing(bench):
    before = bench.segmentation.GetSegmentation().GetMTime()
    assert bench.accept(bench.a, slice(0, 0)) == 0
    assert bench.segmentation.GetSegmentation().GetMTime() == before
    assert not bench.editor.logic.CanUndo()


# Overwriting


def test_overwriting_none_leaves_the_neighbor_as_it_was(bench):
    bench.accept(bench.b, slice(0, 4))
    bench.accept(bench.a, slice(2, 6))
    assert (bench.columns(bench.a), bench.columns(bench.b)) == ([2, 3, 4, 5], [0, 1, 2, 3])


@pytest.mark.parametrize("in_layers", [1, 3])
def test_overwriting_all_takes_the_voxels_from_every_segment(bench, in_layers):
    if in_layers == 3:
        for segment in (bench.b, bench.c):
            bench.segmentation.GetSegmentation().SeparateSegmentLabelmap(segment)
    bench.accept(bench.b, slice(0, 4))
    bench.accept(bench.c, slice(4, 8))
    node = bench.editor.node
    node.SetOverwriteMode(node.OverwriteAllSegments)
    bench.accept(bench.a, slice(2, 6))
    assert bench.columns(bench.a) == [2, 3, 4, 5]
    assert (bench.columns(bench.b), bench.columns(bench.c)) == ([0, 1], [6, 7])
    assert bench.segmentation.GetSegmentation().GetNumberOfLayers() == in_layers


@pytest.mark.parametrize("in_layers", [1, 3])
def test_overwriting_visible_spares_the_hidden(bench, in_layers):
    if in_layers == 3:
        for segment in (bench.b, bench.c):
            bench.segmentation.GetSegmentation().SeparateSegmentLabelmap(segment)
    bench.accept(bench.b, slice(0, 4))
    bench.accept(bench.c, slice(4, 8))
    bench.segmentation.GetDisplayNode().SetSegmentVisibility(bench.c, False)
    node = bench.editor.node
    node.SetOverwriteMode(node.OverwriteVisibleSegments)
    bench.accept(bench.a, slice(2, 6))
    assert bench.columns(bench.a) == [2, 3, 4, 5]
    assert (bench.columns(bench.b), bench.columns(bench.c)) == ([0, 1], [4, 5, 6, 7])


def test_a_hidden_segment_in_the_layer_of_an_overwritten_one_is_spared(bench):
    segmentation = bench.segmentation.GetSegmentation()
    segmentation.SeparateSegmentLabelmap(bench.a)
    bench.accept(bench.b, slice(0, 4))
    bench.accept(bench.c, slice(4, 8))
    assert segmentation.GetLayerIndex(bench.b) == segmentation.GetLayerIndex(bench.c)
    bench.segmentation.GetDisplayNode().SetSegmentVisibility(bench.c, False)
    node = bench.editor.node
    node.SetOverwriteMode(node.OverwriteVisibleSegments)
    bench.accept(bench.a, slice(2, 6))
    assert (bench.columns(bench.b), bench.columns(bench.c)) == ([0, 1], [4, 5, 6, 7])
    assert segmentation.GetNumberOfLayers() == 2


# Masking


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (NODE.EditAllowedEverywhere, [0, 1, 2, 3, 4, 5, 6, 7]),
        (NODE.EditAllowedInsideSingleSegment, [1, 2]),
        (NODE.EditAllowedInsideAllSegments, [1, 2, 5, 6]),
        (NODE.EditAllowedInsideVisibleSegments, [1, 2]),
        (NODE.EditAllowedOutsideAllSegments, [0, 3, 4, 7]),
        (NODE.EditAllowedOutsideVisibleSegments, [0, 3, 4, 5, 6, 7]),
    ],
)
def test_the_editable_area_is_kept_to(bench, mode, expected):
    bench.accept(bench.b, slice(1, 3))
    bench.accept(bench.c, slice(5, 7))
    bench.segmentation.GetDisplayNode().SetSegmentVisibility(bench.c, False)
    bench.editor.node.SetMaskMode(mode)
    bench.editor.node.SetMaskSegmentID(bench.b)
    assert bench.accept(bench.a, slice(0, 8)) == 6 * len(expected)
    assert bench.columns(bench.a) == expected
    assert (bench.columns(bench.b), bench.columns(bench.c)) == ([1, 2], [5, 6])


def test_the_editable_area_may_be_a_segment_on_another_grid(bench):
    """As imported: its voxels are half as wide as those that the segmentation is edited on."""
    image = slicer.vtkOrientedImageData()
    image.SetImageToWorldMatrix(slicer.util.vtkMatrixFromArray(np.diag([0.5, 1, 1, 1])))
    image.SetExtent(4, 8, 0, 5, 0, 3)  # R from 1.75 to 4.25
    image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
    image.GetPointData().GetScalars().Fill(1)
    segmentation = bench.segmentation.GetSegmentation()
    segmentation.SeparateSegmentLabelmap(bench.b)
    slicer.vtkSlicerSegmentationsModuleLogic.SetBinaryLabelmapToSegment(
        image, bench.segmentation, bench.b
    )
    bench.editor.node.SetMaskMode(NODE.EditAllowedInsideSingleSegment)
    bench.editor.node.SetMaskSegmentID(bench.b)
    bench.accept(bench.a, slice(0, 8))
    assert bench.columns(bench.a) == [2, 3, 4]


def test_the_intensity_range_is_kept_to(bench):
    bench.editor.node.SourceVolumeIntensityMaskOn()
    bench.editor.node.SetSourceVolumeIntensityMaskRange(2, 4)
    assert bench.accept(bench.a, slice(0, 8)) == 18
    assert bench.columns(bench.a) == [2, 3, 4]


def test_the_intensities_are_those_of_the_editor_s_source_volume(bench, gray):
    moved = scenes.add_transform(np.eye(4) + np.eye(4, k=3) * 2)  # 2 mm to R
    other = scenes.add_volume(gray, transform=moved)
    bench.editor.logic.SetSourceVolumeNode(other)
    bench.editor.node.SourceVolumeIntensityMaskOn()
    bench.editor.node.SetSourceVolumeIntensityMaskRange(2, 4)
    bench.accept(bench.a, slice(0, 8))
    assert bench.columns(bench.a) == [4, 5, 6]


def test_a_mask_that_is_wholly_masked_out_is_no_step(bench):
    bench.editor.node.SetMaskMode(NODE.EditAllowedInsideSingleSegment)
    bench.editor.node.SetMaskSegmentID(bench.b)
    assert bench.accept(bench.a, slice(0, 8)) == 0
    assert not bench.editor.logic.CanUndo()


# Undo


def test_an_accepted_mask_is_one_step_of_the_segment_editor(bench):
    node = bench.editor.node
    node.SetOverwriteMode(node.OverwriteAllSegments)
    bench.segmentation.GetSegmentation().SeparateSegmentLabelmap(bench.b)
    bench.accept(bench.b, slice(0, 4))
    bench.accept(bench.a, slice(2, 6))
    bench.editor.undo.undo()
    assert (bench.columns(bench.a), bench.columns(bench.b)) == ([], [0, 1, 2, 3])
    bench.editor.undo.undo()
    assert bench.columns(bench.b) == []
    bench.editor.undo.redo()
    bench.editor.undo.redo()
    assert (bench.columns(bench.a), bench.columns(bench.b)) == ([2, 3, 4, 5], [0, 1])


def test_many_objects_can_be_one_step(bench):
    count = bench.segmentation.GetSegmentation().GetNumberOfSegments
    with bench.editor.writer.undoStep(bench.segmentation):
        for columns in (slice(0, 2), slice(3, 5), slice(6, 8)):
            bench.accept(addSegment(bench.segmentation, "lesion"), columns)
    assert count() == 6
    bench.editor.undo.undo()
    assert count() == 3
    bench.editor.undo.redo()
    assert count() == 6


def test_the_editor_turns_to_the_segmentation_that_is_written_to(bench):
    other = createSegmentation(bench.volume)
    segment = addSegment(other)
    mask = np.ones(SHAPE[1:], bool)
    bench.editor.writer.accept(other, segment, mask, bench.plane, bench.volume)
    assert bench.editor.node.GetSegmentationNode() is other
    bench.editor.undo.undo()
    assert not scenes.segment_array(other, segment, bench.volume).any()


# Geometry


def test_two_volumes_with_different_transforms_are_segmented_in_place(gray):
    benches = [
        Bench(gray, scenes.add_transform(np.eye(4) + np.eye(4, k=3) * shift)) for shift in (5, 90)
    ]
    for bench in benches:
        bench.accept(bench.a, slice(2, 3))
        assert bench.columns(bench.a) == [2]
    for bench, shift in zip(benches, (5, 90), strict=True):
        points = scenes.segment_points(bench.segmentation, bench.a)
        assert set(points[:, 0]) == {2.0 + shift}


def test_the_mask_goes_along_when_the_common_transform_changes(gray):
    transform = scenes.add_transform(np.eye(4))
    bench = Bench(gray, transform)
    bench.accept(bench.a, slice(2, 3))
    transform.SetMatrixTransformToParent(
        slicer.util.vtkMatrixFromArray(np.eye(4) + np.eye(4, k=3) * 30)
    )
    assert set(scenes.segment_points(bench.segmentation, bench.a)[:, 0]) == {32.0}


def test_a_segmentation_of_another_volume_keeps_its_grid(bench):
    """Half the voxel size, turned by 90 degrees, under a transform of its own."""
    turned = np.array([[0, -1, 0, 20], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]])
    transform = scenes.add_transform(np.eye(4) + np.eye(4, k=3) * 3)
    fine = scenes.add_volume(
        np.zeros((8, 40, 40), np.uint8), turned @ np.diag([0.5, 0.5, 0.5, 1]), transform
    )
    segmentation = createSegmentation(fine)
    segment = addSegment(segmentation)
    mask = np.zeros(SHAPE[1:], bool)
    mask[1:3, 4:7] = True
    bench.editor.writer.accept(segmentation, segment, mask, bench.plane, bench.volume)
    points = scenes.segment_points(segmentation, segment)
    low, high = np.array([3.5, 0.5, 1.5]), np.array([6.5, 2.5, 2.5])
    k, j, i = np.indices((8, 40, 40)).reshape(3, -1)
    everywhere = scenes.world_from_ijk(fine, np.column_stack([i, j, k]))
    # A voxel belongs where its center is in the mask; centers on its very edge may go either way.
    surely = ((everywhere > low + 1e-6) & (everywhere < high - 1e-6)).all(axis=1)
    maybe = ((everywhere > low - 1e-6) & (everywhere < high + 1e-6)).all(axis=1)
    written = {tuple(np.round(p, 3)) for p in points}
    assert {tuple(np.round(p, 3)) for p in everywhere[surely]} <= written
    assert written <= {tuple(np.round(p, 3)) for p in everywhere[maybe]}
    assert surely.sum() >= 2 * 2 * 3


def test_a_coarser_segmentation_that_the_mask_slips_through_is_refused(bench):
    coarse = scenes.add_volume(np.zeros((2, 6, 8), np.uint8), np.diag([1.0, 1, 3, 1]))
    segmentation = createSegmentation(coarse)
    segment = addSegment(segmentation)
    mask = np.ones(SHAPE[1:], bool)
    with pytest.raises(MedSAMError, match="coarser than the volume's"):
        bench.editor.writer.accept(segmentation, segment, mask, bench.plane, bench.volume)


def test_a_crop_of_the_volume_is_the_same_grid_shifted(bench, gray):
    crop = scenes.add_volume(gray[1:, :, 2:].copy())
    crop.SetOrigin(2, 0, 1)
    segmentation = createSegmentation(crop)
    segment = addSegment(segmentation)
    mask = np.zeros(SHAPE[1:], bool)
    mask[:, 0:4] = True
    bench.editor.writer.accept(segmentation, segment, mask, bench.plane, bench.volume)
    assert set(scenes.segment_points(segmentation, segment)[:, 0]) == {0.0, 1.0, 2.0, 3.0}


def test_a_segmentation_under_a_nonlinear_transform_is_refused(bench):
    transform = scenes.add_nonlinear_transform()
    bench.segmentation.SetAndObserveTransformNodeID(transform.GetID())
    with pytest.raises(MedSAMError, match="harden the transform"):
        bench.accept(bench.a, slice(0, 2))


def test_a_segmentation_without_a_grid_gets_the_volume_s(bench, scene):
    segmentation = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    segmentation.CreateDefaultDisplayNodes()
    segment = addSegment(segmentation)
    mask = np.zeros(SHAPE[1:], bool)
    mask[:, 3] = True
    bench.editor.writer.accept(segmentation, segment, mask, bench.plane, bench.volume)
    written = scenes.segment_array(segmentation, segment, bench.volume)
    assert np.argwhere(written)[:, 2].tolist() == [3] * 6


# What a segment is


def test_an_accepted_mask_puts_the_segment_in_progress(bench):
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    segment = bench.segmentation.GetSegmentation().GetSegment(bench.a)
    assert logic.GetSegmentStatus(segment) == logic.NotStarted
    bench.accept(bench.a, slice(0, 2))
    assert logic.GetSegmentStatus(segment) == logic.InProgress


def test_a_flagged_segment_stays_flagged(bench):
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    segment = bench.segmentation.GetSegmentation().GetSegment(bench.a)
    logic.SetSegmentStatus(segment, logic.Flagged)
    bench.accept(bench.a, slice(0, 2))
    assert logic.GetSegmentStatus(segment) == logic.Flagged


def test_new_segments_have_their_own_names_and_colors_and_a_terminology(bench):
    segmentation = createSegmentation(bench.volume)
    ids = [addSegment(segmentation, "Lesion") for _ in range(3)]
    segments = [segmentation.GetSegmentation().GetSegment(i) for i in ids]
    assert [s.GetName() for s in segments] == ["Lesion", "Lesion 2", "Lesion 3"]
    np.testing.assert_allclose([s.GetColor() for s in segments], PALETTE[:3])
    assert all("SCT^85756007^Tissue" in s.GetTerminology() for s in segments)


def test_a_free_color_is_used_before_one_is_used_twice(bench):
    segmentation = createSegmentation(bench.volume)
    first = addSegment(segmentation)
    addSegment(segmentation)
    segmentation.GetSegmentation().RemoveSegment(first)
    again = segmentation.GetSegmentation().GetSegment(addSegment(segmentation))
    np.testing.assert_allclose(again.GetColor(), PALETTE[0])


def test_a_segment_that_is_gone_is_told(bench):
    bench.segmentation.GetSegmentation().RemoveSegment(bench.a)
    with pytest.raises(MedSAMError, match="does not exist any more"):
        bench.accept(bench.a, slice(0, 2))


def test_a_segmentation_of_surfaces_is_not_overwritten(bench):
    bench.accept(bench.a, slice(0, 4))
    bench.segmentation.CreateClosedSurfaceRepresentation()
    bench.segmentation.SetSourceRepresentationToClosedSurface()
    with pytest.raises(MedSAMError, match="made of surfaces"):
        bench.accept(bench.a, slice(4, 6))


def test_a_surface_that_is_shown_follows(bench):
    bench.editor.writer.acceptVoxels(
        bench.segmentation, bench.a, (slice(0, 3),) * 3, np.ones((3, 3, 3), bool), bench.volume
    )
    bench.segmentation.CreateClosedSurfaceRepresentation()

    def extent_along_r():
        surface = vtk.vtkPolyData()
        bench.segmentation.GetClosedSurfaceRepresentation(bench.a, surface)
        return surface.GetBounds()[1]

    before = extent_along_r()
    bench.editor.writer.acceptVoxels(
        bench.segmentation,
        bench.a,
        (slice(0, 3), slice(0, 3), slice(3, 6)),
        np.ones((3, 3, 3), bool),
        bench.volume,
    )
    assert extent_along_r() > before + 2
