"""MedSAMSegmentTest, which users run inside Slicer, passes in the host; its sample data load."""

from __future__ import annotations

import sys
import types

import numpy as np
import pytest
import slicer
import slicer.util

from Testing.gui.panel_user import MODULE
from Testing.SlicerHost.modules.scripted_module import load_module


@pytest.fixture
def module(main_window, monkeypatch):
    """The module as the application loads it, with nothing to install."""
    from MedSAMSlicerLib.panels import services
    from MedSAMSlicerLib.self_test.bright_pixels import NothingToInstall, StandInModels

    monkeypatch.setattr(services, "CatalogueModels", StandInModels)
    monkeypatch.setattr(services, "Dependencies", lambda _environment: NothingToInstall())
    module = load_module(MODULE)
    yield module
    main_window.moduleSelector().selectModule("")
    module.unload()


def test_the_self_test_passes(module):
    module.script.MedSAMSegmentTest().runTest()


@pytest.fixture
def sources(monkeypatch):
    """What is registered at a stand-in for the module SampleData."""
    registered = []

    class SampleDataLogic:
        @staticmethod
        def registerCustomSampleDataSource(**source):
            registered.append(source)

    fake = types.ModuleType("SampleData")
    fake.SampleDataLogic = SampleDataLogic
    monkeypatch.setitem(sys.modules, "SampleData", fake)
    return registered


def test_what_is_downloaded_has_checksums(module, sources):
    module.script.registerSampleData()
    downloads = [source for source in sources if "uris" in source]
    assert [source["sampleName"] for source in downloads] == ["MRHead", "CTChest"]
    for source in downloads:
        assert source["checksums"].startswith("SHA256:")
        assert source["uris"].endswith(source["checksums"].removeprefix("SHA256:"))


def test_three_samples_need_no_network(module, sources):
    module.script.registerSampleData()
    made = {s["sampleName"]: s["customDownloader"](s) for s in sources if "uris" not in s}
    (phantom,), (nodule,), (image, segmentation) = made.values()
    assert list(made) == ["MedSAMPhantom", "MedSAMNodule", "MedSAMReview"]
    arrays = [slicer.util.arrayFromVolume(volume) for volume in (phantom, nodule, image)]
    assert [array.dtype for array in arrays] == [np.int16] * 3
    assert arrays[0].max() > 800
    assert arrays[1].min() < -850
    assert segmentation.GetSegmentation().GetNumberOfSegments() == 4


def test_one_organ_of_the_review_sample_is_spoilt_in_three_slices(module):
    from MedSAMSlicerLib import sample_data, sample_images

    affine = sample_images.affine_of(sample_images.PHANTOM_SHAPE, sample_images.PHANTOM_SPACING)
    truth = sample_images.organ_masks(affine)
    assert np.sum(list(truth.values()), axis=0).max() == 1, "no voxel belongs to two"
    volume, segmentation = sample_data.loadReview()
    for name, mask in truth.items():
        segment_id = segmentation.GetSegmentation().GetSegmentIdBySegmentName(name)
        found = slicer.util.arrayFromSegmentBinaryLabelmap(segmentation, segment_id, volume)
        differing = (found.astype(bool) != mask).any(axis=(1, 2))
        assert differing.sum() == (3 if name == sample_data.SPOILT_ORGAN else 0)
