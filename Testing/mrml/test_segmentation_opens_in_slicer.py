"""What MedSAMLib reads and writes lies where Slicer sees it, with the names that it was given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
import slicer
import slicer.util
import vtk
from scipy.spatial.transform import Rotation
from vtk.util.numpy_support import vtk_to_numpy

from MedSAMLib.images import Volume, read_volume
from MedSAMLib.segmentation_io import Segment, write_segmentation
from Testing.shared_data import shared_data

SHAPE = (10, 12, 14)


def affine(handedness: int = 1) -> np.ndarray:
    turn = Rotation.from_euler("xyz", (20, -35, 50), degrees=True).as_matrix()
    matrix = np.eye(4)
    matrix[:3, :3] = turn * (0.5, 1.25, 3.0 * handedness)
    matrix[:3, 3] = 10, -20, 30
    return matrix


def ball(center_kji, radius: float) -> np.ndarray:
    offset = np.indices(SHAPE).T - center_kji
    return (np.linalg.norm(offset, axis=-1) <= radius).T


SEGMENTS = [
    Segment("Leber (größer)", ball((5, 6, 5), 4), (0.8, 0.4, 0.2)),
    Segment("tumor", ball((5, 6, 7), 2), (0, 1, 0.5)),
    Segment("vessel", ball((4, 6, 6), 2.5), (0.25, 0, 1)),
    Segment("spleen", ball((1, 1, 12), 1), (1, 1, 0)),
    Segment("nothing here", np.zeros(SHAPE, dtype=bool), (0, 0, 1)),
]


def load_segmentation(path: Path):
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    storage = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationStorageNode")
    storage.SetFileName(str(path))
    assert storage.ReadData(node)
    return node


def mask_on_grid(segment, volume: Volume) -> np.ndarray:
    """The loaded segment's voxels, carried through RAS to the grid of `volume`."""
    image = segment.GetRepresentation("Binary labelmap")
    ijk_to_ras = vtk.vtkMatrix4x4()
    image.GetImageToWorldMatrix(ijk_to_ras)
    i0, i1, j0, j1, k0, k1 = image.GetExtent()
    labels = vtk_to_numpy(image.GetPointData().GetScalars())
    labels = labels.reshape(k1 - k0 + 1, j1 - j0 + 1, i1 - i0 + 1)
    k, j, i = (np.argwhere(labels == segment.GetLabelValue()) + (k0, j0, i0)).T
    ras = slicer.util.arrayFromVTKMatrix(ijk_to_ras) @ np.stack([i, j, k, np.ones_like(i)])
    ijk = np.linalg.solve(volume.affine, ras)[:3]
    np.testing.assert_allclose(ijk, np.rint(ijk), atol=1e-4)
    mask = np.zeros(volume.shape, dtype=bool)
    mask[tuple(np.rint(ijk[::-1]).astype(int))] = True
    return mask


@pytest.mark.parametrize("handedness", [1, -1], ids=["right-handed", "left-handed"])
@pytest.mark.parametrize("count", [1, 2, 3, 5], ids=lambda count: f"{count} segments")
def test_segments_come_back_with_name_color_place_and_every_voxel(tmp_path, handedness, count):
    volume = Volume(np.zeros(SHAPE, dtype=np.int16), affine(handedness))
    path = tmp_path / "case.seg.nrrd"
    write_segmentation(path, SEGMENTS[:count], volume)
    segmentation = load_segmentation(path).GetSegmentation()
    assert segmentation.GetNumberOfSegments() == count
    for number, expected in enumerate(SEGMENTS[:count]):
        loaded = segmentation.GetNthSegment(number)
        assert loaded.GetName() == expected.name
        assert loaded.GetColor() == pytest.approx(expected.color)
        np.testing.assert_array_equal(mask_on_grid(loaded, volume), expected.mask)


def test_only_overlapping_segments_need_layers(tmp_path):
    volume = Volume(np.zeros(SHAPE, dtype=np.int16), affine())
    write_segmentation(tmp_path / "case.seg.nrrd", SEGMENTS, volume)
    segmentation = load_segmentation(tmp_path / "case.seg.nrrd").GetSegmentation()
    assert segmentation.GetNumberOfLayers() == 3


def test_a_segmentation_written_for_a_file_lies_on_the_volume_that_slicer_loads(tmp_path):
    save_volume(tmp_path / "image.nii.gz", handedness=1)
    write_segmentation(
        tmp_path / "case.seg.nrrd", SEGMENTS[:1], read_volume(tmp_path / "image.nii.gz")
    )
    volume_node = load_volume(tmp_path / "image.nii.gz")
    segmentation_node = load_segmentation(tmp_path / "case.seg.nrrd")
    segment_id = segmentation_node.GetSegmentation().GetNthSegmentID(0)
    seen = slicer.util.arrayFromSegmentBinaryLabelmap(segmentation_node, segment_id, volume_node)
    np.testing.assert_array_equal(seen.astype(bool), SEGMENTS[0].mask)


@pytest.mark.parametrize("ending", [".nrrd", ".nii.gz", ".nii", ".mha"])
def test_an_oblique_file_has_slicers_ijk_to_ras(tmp_path, ending):
    save_volume(tmp_path / f"image{ending}", handedness=1)
    assert_same_as_slicer(tmp_path / f"image{ending}")


@pytest.mark.parametrize("ending", [".nrrd", ".nii.gz"])
def test_of_a_left_handed_file_slicer_turns_k_around_and_we_keep_the_files_order(tmp_path, ending):
    save_volume(tmp_path / f"image{ending}", handedness=-1)
    ours, node = read_volume(tmp_path / f"image{ending}"), load_volume(tmp_path / f"image{ending}")
    turned = np.eye(4)
    turned[2, 2], turned[2, 3] = -1, SHAPE[0] - 1
    np.testing.assert_allclose(ours.affine @ turned, ijk_to_ras_of(node), atol=1e-4)
    np.testing.assert_array_equal(ours.array[::-1], slicer.util.arrayFromVolume(node))


@pytest.mark.skipif(shared_data() is None, reason="the shared data are not here")
@pytest.mark.parametrize(
    "file",
    [
        "hippocampus/test/images/*.nii.gz",
        "ct_mr_organs/example_*.nii.gz",
        "dicom_ct_seg/*_seg.nrrd",
        "dicom_ct_seg/ct-3slice/01.dcm",
        "mr_dicom/1.dcm",
    ],
)
def test_real_files_have_slicers_ijk_to_ras(file):
    for path in sorted(shared_data().glob(file))[:4]:
        assert_same_as_slicer(path)


def save_volume(path: Path, handedness: int) -> None:
    image = sitk.GetImageFromArray(np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE))
    lps = np.diag([-1, -1, 1, 1]) @ affine(handedness)
    spacing = np.linalg.norm(lps[:3, :3], axis=0)
    image.SetSpacing(spacing)
    image.SetDirection((lps[:3, :3] / spacing).ravel())
    image.SetOrigin(lps[:3, 3])
    sitk.WriteImage(image, str(path))


def load_volume(path: Path):
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    storage = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLVolumeArchetypeStorageNode")
    storage.SetFileName(str(path))
    assert storage.ReadData(node)
    return node


def ijk_to_ras_of(node) -> np.ndarray:
    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    return slicer.util.arrayFromVTKMatrix(matrix)


def assert_same_as_slicer(path: Path) -> None:
    # Slicer takes one file of a DICOM series for all of it; we take the folder.
    ours = read_volume(path.parent if path.suffix == ".dcm" else path)
    node = load_volume(path)
    np.testing.assert_allclose(ours.affine, ijk_to_ras_of(node), rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(ours.array, slicer.util.arrayFromVolume(node))
