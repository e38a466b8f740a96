"""What `medsam upsample` writes opens in Slicer on the finer grid, in the place of the image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import slicer
import slicer.util

from MedSAMLib.cli import main
from MedSAMLib.images import Volume, read_volume
from MedSAMLib.implicit import fine_grid
from MedSAMLib.segmentation_io import Segment, write_segmentation
from Testing.mrml.test_segmentation_opens_in_slicer import (
    SEGMENTS,
    SHAPE,
    ijk_to_ras_of,
    load_segmentation,
    load_volume,
    mask_on_grid,
    save_volume,
)

GIVEN = SEGMENTS[:2]


@pytest.fixture(params=[1, -1], ids=["right-handed", "left-handed"])
def written(request, tmp_path) -> Path:
    """Two overlapping segments of an oblique, anisotropic volume, three times as fine."""
    save_volume(tmp_path / "image.nii.gz", handedness=request.param)
    image = read_volume(tmp_path / "image.nii.gz")
    write_segmentation(tmp_path / "given.seg.nrrd", GIVEN, image)
    arguments = ("upsample", "image.nii.gz", "--mask", "given.seg.nrrd", "--scale", "3")
    outputs = ("-o", "fine.seg.nrrd", "--uncertainty", "doubt.nrrd", "--through-plane", "--quiet")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        assert main([*arguments, *outputs, "--device", "cpu"]) == 0
    return tmp_path


def grid_of(folder: Path):
    return fine_grid(read_volume(folder / "image.nii.gz"), scale=3, through_plane=True)


@pytest.mark.timeout(120)
def test_finer_segments_lie_on_their_own_grid_over_the_image(written):
    grid = grid_of(written)
    node = load_segmentation(written / "fine.seg.nrrd")
    segmentation = node.GetSegmentation()
    assert segmentation.GetNumberOfSegments() == 2
    fine = Volume(np.zeros(grid.shape, np.uint8), grid.affine)
    for number, given in enumerate(GIVEN):
        loaded = segmentation.GetNthSegment(number)
        assert loaded.GetName() == given.name
        assert loaded.GetColor() == pytest.approx(given.color)
        mask = mask_on_grid(loaded, fine)
        np.testing.assert_array_equal(mask[1::3, 1::3, 1::3], given.mask)
    name = slicer.vtkSegmentationConverter.GetReferenceImageGeometryParameterName()
    reference = [float(each) for each in segmentation.GetConversionParameter(name).split(";")[:22]]
    np.testing.assert_allclose(np.reshape(reference[:16], (4, 4)), grid.affine, atol=1e-5)
    assert reference[17::2] == [size - 1 for size in grid.shape[::-1]]


@pytest.mark.timeout(120)
def test_the_closed_surface_is_that_of_the_finer_segment(written):
    """Made by Slicer's own conversion; it encloses about the volume of the given voxels."""
    import vtk

    node = load_segmentation(written / "fine.seg.nrrd")
    assert node.CreateClosedSurfaceRepresentation()
    surface = vtk.vtkPolyData()
    name = node.GetSegmentation().GetNthSegmentID(0)
    node.GetClosedSurfaceRepresentation(name, surface)
    measure = vtk.vtkMassProperties()
    measure.SetInputData(surface)
    image = read_volume(written / "image.nii.gz")
    voxels = GIVEN[0].mask.sum() * np.prod(image.spacing)
    assert measure.GetVolume() == pytest.approx(voxels, rel=0.1)
    bounds = np.array(surface.GetBounds()).reshape(3, 2).mean(axis=1)
    k, j, i = np.argwhere(GIVEN[0].mask).mean(axis=0)
    np.testing.assert_allclose(bounds, (image.affine @ [i, j, k, 1])[:3], atol=1.5)


@pytest.mark.timeout(120)
def test_the_uncertainty_is_a_volume_over_the_image(written):
    grid = grid_of(written)
    node = load_volume(written / "doubt.nrrd")
    values = slicer.util.arrayFromVolume(node)
    assert values.shape == grid.shape == tuple(3 * size for size in SHAPE)
    assert 0 <= values.min() < values.max() <= 1
    far = np.array([*(size - 1 for size in grid.shape[::-1]), 1])
    corners = {tuple(np.round(m @ p, 3)) for m in (ijk_to_ras_of(node),) for p in ends(far)}
    assert corners == {tuple(np.round(grid.affine @ p, 3)) for p in ends(far)}


def ends(far: np.ndarray) -> list[np.ndarray]:
    """The first and the last voxel of a grid along every axis: its eight corners."""
    return [
        np.array([*(b if bit else 0 for bit, b in zip(bits, far[:3], strict=True)), 1])
        for bits in np.ndindex(2, 2, 2)
    ]


def test_a_single_segment_needs_no_layers(tmp_path):
    save_volume(tmp_path / "image.nii.gz", handedness=1)
    image = read_volume(tmp_path / "image.nii.gz")
    write_segmentation(tmp_path / "given.seg.nrrd", [Segment("one", GIVEN[0].mask)], image)
    arguments = (tmp_path / "image.nii.gz", "--mask", tmp_path / "given.seg.nrrd", "--scale", 2)
    output = tmp_path / "fine.seg.nrrd"
    command = ("upsample", *arguments, "-o", output, "--quiet", "--device", "cpu")
    assert main([str(each) for each in command]) == 0
    segmentation = load_segmentation(output).GetSegmentation()
    assert segmentation.GetNumberOfLayers() == 1
