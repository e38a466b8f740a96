"""The weights that ship judge a real segmentation with slices that were spoilt on purpose."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import slicer.util

from MedSAMLib.sam import ModelState, Store, find_entry
from MedSAMSlicerLib.sample_images import spoilt
from Testing.gui.quality_fixtures import quality  # noqa: F401
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
]
WORST = 5  # of about forty objects


@pytest.fixture(scope="module")
def models():
    """Loaded once, because on a busy machine that takes half a minute."""
    from MedSAMSlicerLib.scene.catalogue_models import CatalogueModels
    from MedSAMSlicerLib.session.ports import ModelChoice

    models = CatalogueModels()
    models.load(ModelChoice("starter")).embed(np.zeros((64, 64), np.uint8))
    return models


def test_a_slice_that_lacks_half_of_the_object_is_among_the_worst(quality):  # noqa: F811
    volume = slicer.util.loadVolume(str(FILES[0]))
    segmentation = slicer.util.loadSegmentation(str(FILES[1]))
    first = segmentation.GetSegmentation().GetNthSegmentID(0)
    mask = slicer.util.arrayFromSegmentBinaryLabelmap(segmentation, first, volume)
    occupied = np.flatnonzero(mask.any(axis=(1, 2)))
    lacking = int(occupied[3 * len(occupied) // 4])  # half of it is taken away
    voxels = spoilt(mask).astype(np.uint8)
    slicer.util.updateSegmentBinaryLabelmapFromArray(voxels, segmentation, first, volume)
    quality.parameters.inputVolume = volume
    quality.user.choose(quality.ui.segmentationSelector, segmentation.GetName())
    quality.click("judgeButton")
    quality.user.wait_until(lambda: quality.session.report is not None, 50)
    quality.wait_until_idle()
    worst = [(row.segment_id, row.object.slice) for row in quality.session.review.shown]
    assert len(worst) > 20
    assert (first, lacking) in worst[:WORST]
    quality.unfold("missedButton")
    quality.click("searchSliceButton")
    quality.user.wait_until(lambda: quality.session.missed.was_searched, 50)
    quality.wait_until_idle()
    assert quality.session.bench.error == ""
