"""Volumes, transforms, views and segments for the tests of the bridge, and ways to look at them.

Places in space are computed by Slicer's own nodes, not by the bridge that is tested.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer
import slicer.util
import vtk
from scipy.spatial.transform import Rotation

from MedSAMSlicerLib.segments import LogicUndo, SegmentWriter


def add_volume(array: np.ndarray, ras_from_ijk: np.ndarray | None = None, transform: Any = None):
    """A volume node, gray or color, under a transform node if one is given."""
    is_color = array.ndim == 4
    volume = slicer.util.addVolumeFromArray(
        array,
        slicer.util.vtkMatrixFromArray(np.eye(4) if ras_from_ijk is None else ras_from_ijk),
        nodeClassName="vtkMRMLVectorVolumeNode" if is_color else "vtkMRMLScalarVolumeNode",
    )
    if transform is not None:
        volume.SetAndObserveTransformNodeID(transform.GetID())
    return volume


def add_transform(matrix: np.ndarray, parent: Any = None):
    """A linear transform node."""
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    node.SetMatrixTransformToParent(slicer.util.vtkMatrixFromArray(matrix))
    if parent is not None:
        node.SetAndObserveTransformNodeID(parent.GetID())
    return node


def add_nonlinear_transform():
    """A thin-plate spline that moves one point by 5 mm."""
    source, target = vtk.vtkPoints(), vtk.vtkPoints()
    for point in ((0, 0, 0), (50, 0, 0), (0, 50, 0), (0, 0, 50)):
        source.InsertNextPoint(point)
        target.InsertNextPoint(np.add(point, (5, 0, 0) if point[0] else (0, 0, 0)))
    spline = vtk.vtkThinPlateSplineTransform()
    spline.SetSourceLandmarks(source)
    spline.SetTargetLandmarks(target)
    spline.SetBasisToR()
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTransformNode")
    node.SetAndObserveTransformToParent(spline)
    return node


def add_view(normal, point, transverse=(1, 0, 0)):
    """A slice node across `normal` through a world point; NTP: see vtkMRMLSliceNode."""
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSliceNode")
    node.SetSliceToRASByNTP(*normal, *transverse, *point, 0)
    return node


def add_axis_view(orientation: str, point):
    """A slice node in Slicer's "Axial", "Coronal" or "Sagittal" through a world point."""
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSliceNode")
    node.SetOrientation(orientation)
    node.JumpSlice(*point)
    return node


def random_pose(rng: np.random.Generator, shear: bool = False) -> np.ndarray:
    """A rotation and a shift, with a mild shear and unequal scales if wanted."""
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.random(random_state=rng).as_matrix()
    if shear:
        matrix[:3, :3] @= np.eye(3) + rng.uniform(-0.2, 0.2, (3, 3))
    matrix[:3, 3] = rng.uniform(-100, 100, 3)
    return matrix


def random_ras_from_ijk(rng: np.random.Generator) -> np.ndarray:
    """Any direction, often of the other hand, voxels of 0.4 to 5 mm with unequal sides."""
    matrix = random_pose(rng)
    matrix[:3, :3] *= rng.uniform(0.4, 5, 3) * rng.choice([-1, 1], 3)
    return matrix


def world_from_ijk(volume: Any, ijk: np.ndarray) -> np.ndarray:
    """Voxel coordinates (N, 3) -> world, as the nodes have it."""
    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    local = [matrix.MultiplyPoint((*point, 1))[:3] for point in np.asarray(ijk, float)]
    return _to_world(volume, local)


def _to_world(node: Any, local: list) -> np.ndarray:
    world = np.zeros((len(local), 3))
    for point, result in zip(local, world, strict=True):
        out = [0.0, 0.0, 0.0]
        node.TransformPointToWorld(list(point), out)
        result[:] = out
    return world


def segment_points(segmentation: Any, segment_id: str) -> np.ndarray:
    """World centers (N, 3) of a segment's voxels, as the nodes have it."""
    segment = segmentation.GetSegmentation().GetSegment(segment_id)
    image = segment.GetRepresentation("Binary labelmap")
    if image.IsEmpty():
        return np.zeros((0, 3))
    labels = slicer.util.arrayFromSegmentInternalBinaryLabelmap(segmentation, segment_id)
    kji = np.argwhere(labels == segment.GetLabelValue()) + image.GetExtent()[4::-2]
    matrix = vtk.vtkMatrix4x4()
    image.GetImageToWorldMatrix(matrix)
    local = [matrix.MultiplyPoint((*point[::-1], 1))[:3] for point in kji.astype(float)]
    return _to_world(segmentation, local)


def segment_array(segmentation: Any, segment_id: str, volume: Any) -> np.ndarray:
    """(K, J, I) bool on the volume's grid, by Slicer's own resampling."""
    return slicer.util.arrayFromSegmentBinaryLabelmap(segmentation, segment_id, volume) > 0


class Editor:
    """The Segment Editor's logic and node on a segmentation, with a writer for it."""

    def __init__(self, segmentation: Any, volume: Any) -> None:
        self.logic = slicer.vtkSlicerSegmentEditorLogic()
        self.logic.SetMRMLScene(slicer.mrmlScene)
        self.logic.SetMRMLApplicationLogic(slicer.app.applicationLogic())
        self.node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentEditorNode")
        self.logic.SetSegmentEditorNode(self.node)
        self.logic.SetSegmentationNode(segmentation)
        self.logic.SetSourceVolumeNode(volume)
        self.node.SetOverwriteMode(self.node.OverwriteNone)
        self.undo = LogicUndo(self.logic)
        self.writer = SegmentWriter(self.node, self.undo)
