"""Segments of any grid, transform and layer are read on the grid of the volume."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import slicer.util

from MedSAMLib.errors import MedSAMError
from MedSAMSlicerLib.quality.scene.segment_layers import segmentOnVolume, segmentsOnVolume

SHAPE = (6, 20, 24)
OBLIQUE = np.array([[-1.9, 0.4, 0, 30], [0.4, 1.9, 0.3, -20], [0.1, -0.2, 3.0, 7], [0, 0, 0, 1.0]])


def volume_on(affine: np.ndarray, shape: tuple = SHAPE, name: str = "Volume"):
    return slicer.util.addVolumeFromArray(
        np.zeros(shape, np.int16), slicer.util.vtkMatrixFromArray(affine), name=name
    )


def segmentation_on(volume, *masks: np.ndarray):
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Segmentation")
    node.CreateDefaultDisplayNodes()
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    for number, mask in enumerate(masks):
        segment_id = node.GetSegmentation().AddEmptySegment(f"s{number}", f"Segment {number}")
        values = mask.astype(np.uint8)
        slicer.util.updateSegmentBinaryLabelmapFromArray(values, node, segment_id, volume)
    return node


def blob(*box: tuple[int, int]) -> np.ndarray:
    mask = np.zeros(SHAPE, bool)
    mask[tuple(slice(*run) for run in box)] = True
    return mask


A, B = blob((1, 4), (3, 9), (4, 12)), blob((2, 5), (12, 18), (2, 20))


@pytest.mark.parametrize("shared", [False, True], ids=["a layer each", "one layer"])
def test_segments_become_the_labels_of_one_map(shared):
    volume = volume_on(OBLIQUE)
    node = segmentation_on(volume, A, B)
    if shared:
        node.GetSegmentation().CollapseBinaryLabelmaps(False)
    labels = segmentsOnVolume(node, volume, ["s1", "s0"])
    np.testing.assert_array_equal(labels, 2 * A + 1 * B)


def test_overlapping_segments_become_masks():
    volume = volume_on(OBLIQUE)
    masks = segmentsOnVolume(segmentation_on(volume, A, A | B), volume, ["s0", "s1"])
    assert masks.dtype == bool
    np.testing.assert_array_equal(masks, [A, A | B])


def test_a_finer_grid_is_brought_to_the_volumes():
    volume = volume_on(OBLIQUE)
    fine = OBLIQUE @ np.diag([0.5, 0.5, 1, 1])
    fine[:3, 3] = (OBLIQUE @ (-0.25, -0.25, 0, 1))[:3]
    grid = volume_on(fine, (SHAPE[0], 2 * SHAPE[1], 2 * SHAPE[2]), "Grid")
    node = segmentation_on(grid, A.repeat(2, axis=1).repeat(2, axis=2))
    np.testing.assert_array_equal(segmentsOnVolume(node, volume, ["s0"]), A)


def test_transforms_of_both_are_respected():
    volume = volume_on(OBLIQUE)
    node = segmentation_on(volume, A)
    step = np.eye(4)
    step[:3, 3] = OBLIQUE[:3, 0]  # one voxel along i
    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    transform.SetMatrixTransformToParent(slicer.util.vtkMatrixFromArray(step))
    node.SetAndObserveTransformNodeID(transform.GetID())
    np.testing.assert_array_equal(segmentsOnVolume(node, volume, ["s0"]), np.roll(A, 1, axis=2))
    volume.SetAndObserveTransformNodeID(transform.GetID())
    np.testing.assert_array_equal(segmentsOnVolume(node, volume, ["s0"]), A)


def test_a_part_of_one_segment_is_read():
    volume = volume_on(OBLIQUE)
    node = segmentation_on(volume, A, B)
    extent = (slice(2, 3), slice(0, 20), slice(0, 24))
    np.testing.assert_array_equal(segmentOnVolume(node, volume, "s1", extent), B[2:3])
    assert not segmentOnVolume(node, volume, "s1", (slice(0, 1), *extent[1:])).any()


def test_what_cannot_be_judged_is_told():
    volume = volume_on(OBLIQUE)
    with pytest.raises(MedSAMError, match="has no segments"):
        segmentsOnVolume(segmentation_on(volume), volume, [])
    with pytest.raises(MedSAMError, match="are empty"):
        segmentsOnVolume(segmentation_on(volume, ~(A | True)), volume, ["s0"])
    far = OBLIQUE.copy()
    far[:3, 3] += 1000
    with pytest.raises(MedSAMError, match="do not overlap in space"):
        segmentsOnVolume(segmentation_on(volume_on(far), A), volume, ["s0"])


def test_masks_that_do_not_fit_into_memory_are_refused(monkeypatch):
    from MedSAMSlicerLib.quality.scene import segment_layers

    monkeypatch.setattr(segment_layers, "_MOST_BYTES", 100)
    volume = volume_on(OBLIQUE)
    with pytest.raises(MedSAMError, match="judge fewer of them"):
        segmentsOnVolume(segmentation_on(volume, A, A | B), volume, ["s0", "s1"])
