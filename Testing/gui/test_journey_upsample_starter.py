"""The weights that ship make a real segment finer, through the panel."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import slicer.util

from MedSAMLib.sam import ModelState, Store, find_entry
from Testing.gui.panel_user import show
from Testing.gui.phantom_geometry import look_at
from Testing.gui.upsample_user import segment_points, voxel_volume
from Testing.shared_data import shared_data

CASE = "hippocampus_300.nii.gz"
DATA = shared_data()
FILES = (
    None if DATA is None else [DATA / "hippocampus/test" / f / CASE for f in ("images", "labels")]
)

pytestmark = [
    pytest.mark.skipif(
        Store().state(find_entry("starter")) is not ModelState.BUNDLED,
        reason="the starter's weights are not in this checkout",
    ),
    pytest.mark.skipif(
        FILES is None or not all(file.is_file() for file in FILES),
        reason="there is no ../shared/data with hippocampus images",
    ),
    pytest.mark.timeout(180),
]


@pytest.fixture
def upsampling_models():
    from MedSAMSlicerLib.scene.catalogue_models import CatalogueModels

    return CatalogueModels()


def test_a_box_is_enough_for_the_implicit_decoder(upsample_user):
    volume = slicer.util.loadVolume(str(FILES[0]))
    truth = slicer.util.loadSegmentation(str(FILES[1]))
    truth.CreateClosedSurfaceRepresentation()
    bounds = np.zeros(6)
    truth.GetRASBounds(bounds)
    low, high = bounds[::2], bounds[1::2]
    slicer.mrmlScene.RemoveNode(truth)
    upsample_user.parameters.inputVolume = volume
    show(volume)
    center = (low + high) / 2
    look_at("Red", center)
    upsample_user.wait_until_ready()
    height = np.array([0, 0, center[2]])
    upsample_user.draw_box("Red", (low * (1, 1, 0)) + height, (high * (1, 1, 0)) + height)
    upsample_user.wait_for("press Upsample (U)")
    upsample_user.click("upsampleButton")
    upsample_user.wait_for("fine is there, drawn by the implicit decoder", 150)
    points = segment_points(upsample_user.result, "Object")
    assert (points >= low - 3).all()
    assert (points <= high + 3).all()
    assert voxel_volume(upsample_user.result, "Object") == pytest.approx(0.25)


def test_a_real_segment_keeps_its_volume_on_the_finer_grid(upsampling):
    volume = slicer.util.loadVolume(str(FILES[0]))
    segmentation = slicer.util.loadSegmentation(str(FILES[1]))
    name = segmentation.GetSegmentation().GetNthSegment(0).GetName()
    upsampling.parameters.inputVolume = volume
    upsampling.user.choose(upsampling.ui.segmentationSelector, segmentation.GetName())
    upsampling.user.choose(upsampling.ui.segmentComboBox, name)
    upsampling.click("upsampleButton")
    upsampling.wait_for("fine is there, drawn by the implicit decoder", 150)
    assert voxel_volume(upsampling.result, name) == pytest.approx(0.25)
    nearest, *_others, network = upsampling.table()
    assert float(network[4]) == pytest.approx(float(nearest[4]), rel=0.05)  # ml
    assert 0 < float(network[2]) < 0.6  # mm: within the voxels of 1 mm
