"""Results of upsampling lie in the scene where their segments are, on the finer grid.

The numbers come from a stand-in (the given voxels divided), not from a network.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import slicer
import slicer.util
import vtk
from scipy.spatial.transform import Rotation

from MedSAMLib.errors import MedSAMError
from MedSAMLib.images import Volume
from MedSAMLib.implicit import UpsampledObject, fine_grid
from MedSAMSlicerLib.quality.scene.reader import SegmentationReader
from MedSAMSlicerLib.segments import createSegmentation
from MedSAMSlicerLib.transforms import matrixFromArray
from MedSAMSlicerLib.upsampling.ports import Found, Part
from MedSAMSlicerLib.voxel_grid import VoxelBox, VoxelGrid, orientedImage

SHAPE, SCALE = (10, 24, 28), 3
BASELINES = ("nearest", "linear", "smoothed")
KEPT = ("result", "comparison", "table", "probability", "uncertainty", "refined")
BOXES = {"near": np.s_[2:7, 3:12, 4:14], "far": np.s_[7:9, 18:22, 20:26]}


def rigid(angles, shift) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    matrix[:3, 3] = shift
    return matrix


AFFINE = rigid((20, -35, 50), (10, -20, 30)) @ np.diag([0.5, 1.25, 3.0, 1.0])
PARENT = rigid((-10, 25, 5), (12, -7, 5))


def masks() -> dict[str, np.ndarray]:
    found = {name: np.zeros(SHAPE, bool) for name in BOXES}
    for name, box in BOXES.items():
        found[name][box] = True
    return found


class Stage:
    """An oblique, anisotropic volume under a turned transform, and its segmentation."""

    def __init__(self) -> None:
        from MedSAMSlicerLib.upsampling.scene.results import FineResults

        scene = slicer.mrmlScene
        transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
        transform.SetMatrixTransformToParent(matrixFromArray(PARENT))
        self.volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "Image")
        slicer.util.updateVolumeFromArray(self.volume, np.zeros(SHAPE, np.uint8))
        self.volume.SetIJKToRASMatrix(matrixFromArray(AFFINE))
        self.volume.SetAndObserveTransformNodeID(transform.GetID())
        self.given = createSegmentation(self.volume, "Given")
        for name, mask in masks().items():
            segment = slicer.vtkSegment()
            segment.SetName(name.title())
            image = orientedImage(VoxelBox((0, 0, 0), mask), VoxelGrid(AFFINE, PARENT @ AFFINE))
            segment.AddRepresentation("Binary labelmap", image)
            self.given.GetSegmentation().AddSegment(segment, name)
        self.reader = SegmentationReader()
        self.reader.volumeNode, self.reader.segmentationNode = self.volume, self.given
        self.results = FineResults(self.reader)
        self.results.choice = SimpleNamespace(**dict.fromkeys(KEPT))
        self.subject = SimpleNamespace(affine=PARENT @ AFFINE)

    def found(self, scale: float = SCALE) -> Found:
        grid = fine_grid(
            Volume(np.zeros(SHAPE, np.uint8), PARENT @ AFFINE), "axial", scale, through_plane=True
        )
        return Found(grid, tuple(self._part(grid, *each) for each in masks().items()))

    @staticmethod
    def _part(grid, name, mask) -> Part:
        extent = grid.covering(BOXES[name])
        fine = np.ones([part.stop - part.start for part in extent], bool)
        values = fine.astype(np.float32)
        upsampled = UpsampledObject(fine, values, 0 * values, fine, grid, extent, "interpolated")
        baselines = dict.fromkeys(BASELINES, (fine, extent))
        return Part(name, name.title(), upsampled, baselines, ())


@pytest.fixture
def stage(scene, main_window):
    return Stage()


def to_world(node) -> np.ndarray:
    matrix = vtk.vtkMatrix4x4()
    node.GetParentTransformNode().GetMatrixTransformToWorld(matrix)
    return slicer.util.arrayFromVTKMatrix(matrix)


def corners(affine: np.ndarray, extent) -> np.ndarray:
    """World positions (8, 3) of an extent's outer corners."""
    ends = [(part.start - 0.5, part.stop - 0.5) for part in extent[::-1]]
    points = np.array(
        [[*(e[b] for e, b in zip(ends, bits, strict=True)), 1.0] for bits in np.ndindex(2, 2, 2)]
    )
    return (affine @ points.T).T[:, :3]


def image_corners(node, image) -> np.ndarray:
    matrix = vtk.vtkMatrix4x4()
    image.GetImageToWorldMatrix(matrix)
    box = image.GetExtent()
    extent = tuple(slice(box[2 * n], box[2 * n + 1] + 1) for n in (2, 1, 0))
    return corners(to_world(node) @ slicer.util.arrayFromVTKMatrix(matrix), extent)


def names_in_scene() -> list[str]:
    kinds = ("vtkMRMLSegmentationNode", "vtkMRMLScalarVolumeNode", "vtkMRMLTableNode")
    return sorted(node.GetName() for kind in kinds for node in slicer.util.getNodesByClass(kind))


@pytest.mark.parametrize("name", BOXES)
def test_a_finer_segment_takes_the_space_of_the_given_one(stage, name):
    stage.results.put(stage.subject, stage.found())
    node = stage.results.node("result")
    image = node.GetSegmentation().GetSegment(name).GetRepresentation("Binary labelmap")
    np.testing.assert_allclose(
        image_corners(node, image), corners(PARENT @ AFFINE, BOXES[name]), atol=1e-4
    )
    assert node.GetTransformNodeID() == stage.volume.GetTransformNodeID()


def test_the_closed_surface_has_the_volume_and_the_place(stage):
    stage.results.put(stage.subject, stage.found())
    node = stage.results.node("result")
    node.GetSegmentation().SetConversionParameter("Smoothing factor", "0.0")
    assert node.CreateClosedSurfaceRepresentation()
    surface = vtk.vtkPolyData()
    node.GetClosedSurfaceRepresentation("near", surface)
    measure = vtk.vtkMassProperties()
    measure.SetInputData(surface)
    voxels = masks()["near"].sum() * np.prod([0.5, 1.25, 3.0])
    assert measure.GetVolume() == pytest.approx(voxels, rel=0.1)
    middle = np.array(surface.GetBounds()).reshape(3, 2).mean(axis=1)
    world = (to_world(node) @ [*middle, 1])[:3]
    expected = corners(PARENT @ AFFINE, BOXES["near"]).mean(axis=0)
    assert np.linalg.norm(world - expected) < 0.5


def test_slicer_takes_the_finer_grid_for_the_reference(stage):
    found = stage.found()
    stage.results.put(stage.subject, found)
    segmentation = stage.results.node("result").GetSegmentation()
    key = slicer.vtkSegmentationConverter.GetReferenceImageGeometryParameterName()
    image = slicer.vtkOrientedImageData()
    text = segmentation.GetConversionParameter(key)
    assert slicer.vtkSegmentationConverter.DeserializeImageGeometry(text, image, False)
    box = image.GetExtent()
    assert tuple(box[5::-2]) == tuple(size - 1 for size in found.grid.shape)
    np.testing.assert_allclose(
        image_corners(stage.results.node("result"), image),
        corners(PARENT @ AFFINE, tuple(slice(0, size) for size in SHAPE)),
        atol=1e-4,
    )


def test_maps_lie_over_their_segments(stage):
    stage.results.put(stage.subject, stage.found())
    node = stage.results.node("probability")
    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    values = slicer.util.arrayFromVolume(node)
    world = to_world(node) @ slicer.util.arrayFromVTKMatrix(matrix)
    kji = np.argwhere(values > 0.5)
    inside = np.linalg.inv(PARENT @ AFFINE) @ world @ np.c_[kji[:, ::-1], np.ones(len(kji))].T
    coarse = np.round(inside[2::-1]).astype(int)
    assert np.any(list(masks().values()), axis=0)[tuple(coarse)].all()
    assert len(kji) == sum(mask.sum() for mask in masks().values()) * SCALE**3


def test_a_result_that_cannot_be_put_leaves_the_last_one(stage, monkeypatch):
    stage.results.put(stage.subject, stage.found())
    before = names_in_scene()
    last = {kind: stage.results.node(kind) for kind in KEPT}

    def full(*_arguments):
        raise MedSAMError("no room")

    for broken in ("outlines", "table"):
        monkeypatch.setattr(getattr(stage.results, broken), "make", full)
        with pytest.raises(MedSAMError, match="no room"):
            stage.results.put(stage.subject, stage.found(2))
        assert names_in_scene() == before
        assert {kind: stage.results.node(kind) for kind in KEPT} == last
