"""The weights that ship make a real segment finer, through the panel."""

from __future__ import annotations

import pytest
import slicer
import slicer.util

from MedSAMLib.sam import ModelState, Store, find_entry
from Testing.gui.upsample_user import voxel_volume
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
