"""The host's scene behaves as the application's does for scripts."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import slicer.util
import vtk


def an_oblique_volume() -> slicer.vtkMRMLScalarVolumeNode:
    """A 4 x 3 x 2 volume (i, j, k) of 2 x 3 x 4 mm, turned by 30 degrees about S."""
    cosine, sine = np.cos(np.pi / 6), np.sin(np.pi / 6)
    matrix = np.eye(4)
    matrix[:3, :3] = [[2 * cosine, -3 * sine, 0], [2 * sine, 3 * cosine, 0], [0, 0, 4]]
    matrix[:3, 3] = [10, 20, 30]
    ijk_to_ras = slicer.util.vtkMatrixFromArray(matrix)
    array = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
    return slicer.util.addVolumeFromArray(array, ijkToRAS=ijk_to_ras, name="oblique")


def a_segmentation_of(volume: slicer.vtkMRMLScalarVolumeNode) -> slicer.vtkMRMLSegmentationNode:
    """A segmentation with the overlapping segments `left` and `all`."""
    segmentation = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "segments")
    segmentation.CreateDefaultDisplayNodes()
    segmentation.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    left = np.zeros((2, 3, 4), np.uint8)
    left[:, :, :2] = 1
    for name, mask in (("left", left), ("all", np.ones((2, 3, 4), np.uint8))):
        segmentation.GetSegmentation().AddEmptySegment(name, name)
        slicer.util.updateSegmentBinaryLabelmapFromArray(mask, segmentation, name, volume)
    return segmentation


def ijk_to_ras(volume: slicer.vtkMRMLScalarVolumeNode) -> np.ndarray:
    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    return slicer.util.arrayFromVTKMatrix(matrix)


def voxel_count(segmentation: slicer.vtkMRMLSegmentationNode, segment: str) -> int:
    volume = slicer.util.getNode("oblique")
    return int(slicer.util.arrayFromSegmentBinaryLabelmap(segmentation, segment, volume).sum())


@pytest.mark.parametrize("number", [1, 2])
def test_every_test_begins_with_an_empty_scene(scene, number):
    assert scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode") == 0
    slicer.util.addVolumeFromArray(np.zeros((2, 2, 2)))


@pytest.mark.parametrize("ending", [".nrrd", ".nii.gz", ".mha"])
def test_an_oblique_volume_survives_saving_and_loading(tmp_path, ending):
    volume = an_oblique_volume()
    path = str(tmp_path / f"volume{ending}")
    assert slicer.util.saveNode(volume, path)
    loaded = slicer.util.loadVolume(path)
    np.testing.assert_array_equal(
        slicer.util.arrayFromVolume(loaded), slicer.util.arrayFromVolume(volume)
    )
    np.testing.assert_allclose(ijk_to_ras(loaded), ijk_to_ras(volume), atol=1e-5)


def test_overlapping_segments_survive_a_segmentation_file(tmp_path):
    segmentation = a_segmentation_of(an_oblique_volume())
    path = str(tmp_path / "segments.seg.nrrd")
    assert slicer.util.saveNode(segmentation, path)
    loaded = slicer.util.loadSegmentation(path)
    assert [voxel_count(loaded, name) for name in ("left", "all")] == [12, 24]


def test_markups_survive_their_file(tmp_path):
    points = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", "points")
    points.AddControlPoint(1.5, -2.5, 3.5)
    assert slicer.util.saveNode(points, str(tmp_path / "points.mrk.json"))
    loaded = slicer.util.loadMarkups(str(tmp_path / "points.mrk.json"))
    np.testing.assert_allclose(
        slicer.util.arrayFromMarkupsControlPoints(loaded), [[1.5, -2.5, 3.5]]
    )


@pytest.mark.parametrize("ending", [".mrb", ".mrml"])
def test_a_scene_is_saved_cleared_and_loaded(scene, tmp_path, ending):
    volume = an_oblique_volume()
    a_segmentation_of(volume)
    path = str(tmp_path / f"scene{ending}")
    if ending == ".mrml":
        for node in (volume, slicer.util.getNode("segments")):
            slicer.util.saveNode(node, str(tmp_path / f"{node.GetName()}.nrrd"))
    assert slicer.util.saveScene(path)
    scene.Clear(0)
    slicer.util.loadScene(path)
    assert voxel_count(slicer.util.getNode("segments"), "left") == 12
    np.testing.assert_allclose(
        ijk_to_ras(slicer.util.getNode("oblique")), ijk_to_ras(an_oblique_volume()), atol=1e-5
    )


def test_a_missing_file_is_not_loaded(tmp_path):
    with pytest.raises(RuntimeError):
        slicer.util.loadVolume(str(tmp_path / "absent.nrrd"))


def test_data_nodes_have_one_subject_hierarchy_item(scene):
    volume = an_oblique_volume()
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    assert hierarchy.GetItemByDataNode(volume)
    count = hierarchy.GetNumberOfItems()
    scene.RemoveNode(volume)
    assert hierarchy.GetNumberOfItems() == count - 1


def test_imported_nodes_have_one_subject_hierarchy_item(scene, tmp_path):
    a_segmentation_of(an_oblique_volume())
    get_hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode
    count = get_hierarchy(scene).GetNumberOfItems()
    slicer.util.saveScene(str(tmp_path / "scene.mrb"))
    scene.Clear(0)
    slicer.util.loadScene(str(tmp_path / "scene.mrb"))
    assert get_hierarchy(scene).GetNumberOfItems() == count


def test_terminology_has_the_entry_that_new_segments_get():
    logic = slicer.modules.terminologies.logic()
    name = "Segmentation category and type - 3D Slicer General Anatomy list"
    assert logic.GetNumberOfCategoriesInTerminology(name) == 3


def test_errors_of_vtk_are_recorded(expected_trouble):
    slicer.vtkMRMLScene().CreateNodeByClass("noSuchClass")
    reader = vtk.vtkXMLImageDataReader()
    reader.SetFileName("absent.vti")
    reader.Update()
    assert any("absent.vti" in error for error in expected_trouble.errors)
    expected_trouble.clear()


def test_errors_of_observers_are_recorded(expected_trouble):
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTextNode")

    def fail(_caller, _event):
        raise ValueError("told by an observer")

    node.AddObserver(vtk.vtkCommand.ModifiedEvent, fail)
    node.Modified()
    assert "told by an observer" in expected_trouble.errors[0]
    expected_trouble.clear()


def test_an_endless_stream_of_messages_is_cut(expected_trouble, capfd):
    for _ in range(2000):
        expected_trouble.record_error("again")
    assert len(capfd.readouterr().err.splitlines()) == expected_trouble.print_limit + 1
    assert len(expected_trouble.errors) == 10 * expected_trouble.print_limit
    expected_trouble.clear()


def test_unknown_signals_of_the_application_are_refused():
    with pytest.raises(ValueError, match="no signal"):
        slicer.app.connect("startupComplete()", print)
